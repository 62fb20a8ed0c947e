import type { AgentClock } from "../adapter.ts";
import { MessageAllowance } from "../process/message-allowance.ts";

const WINDOW_MS = 100;
const MOST_MESSAGES = 1_000;

/** Slows down an agent that says more than can be read beside other things (catalogue K4): it waits until its pipe is read again. */
export class Pace {
  readonly #clock: AgentClock;
  readonly #channel: { pause(): void; resume(): void };
  readonly #requests: MessageAllowance;
  #from = 0;
  #messages = 0;
  #pause: { cancel(): void } | null = null;
  #isOver = false;

  constructor(clock: AgentClock, channel: { pause(): void; resume(): void }) {
    this.#clock = clock;
    this.#channel = channel;
    this.#requests = new MessageAllowance(clock.monotonic());
  }

  /** Any message came. */
  message(): void {
    const now = this.#clock.monotonic();
    if (now - this.#from > WINDOW_MS) {
      this.#from = now;
      this.#messages = 0;
    }
    this.#messages += 1;
    if (this.#messages > MOST_MESSAGES) this.#wait(WINDOW_MS);
  }

  /** A request came, which must be answered. */
  request(): void {
    const wait = this.#requests.owe(this.#clock.monotonic());
    if (wait > 0) this.#wait(wait);
  }

  /** Whatever it still says is read. */
  end(): void {
    this.#isOver = true;
    this.#pause?.cancel();
    this.#channel.resume();
  }

  #wait(ms: number): void {
    if (this.#pause !== null || this.#isOver) return;
    this.#channel.pause();
    this.#pause = this.#clock.after(ms, () => {
      this.#pause = null;
      this.#channel.resume();
    });
  }
}
