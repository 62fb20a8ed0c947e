import { formatDuration } from "../../../schemas/duration.ts";
import type { AgentClock } from "../adapter.ts";
import { signatureOf, type KnownCall } from "./tool-calls.ts";

/** A tool that runs may say nothing for so many times as long, because builds and tests do. */
const WORK_FACTOR = 3;

export interface TurnGuardOptions {
  readonly clock: AgentClock;
  /** Without a sign of life for so long, in ms, a turn is stalled. */
  readonly stall: number;
  readonly loopLimit: number;
  /** Whether one of its tools is at work. */
  readonly isAtWork: () => boolean;
  /** The turn is stalled, or goes round in circles: what is wrong, after "it". Called once a turn; must not throw. */
  readonly alarm: (why: string) => void;
}

/** Watches a turn for silence and for loops (catalogue C7). Time that a person takes to answer is nobody's silence. */
export class TurnGuard {
  readonly #options: TurnGuardOptions;
  #lastSign = 0;
  #timer: { cancel(): void } | null = null;
  #waiting = 0;
  #last: { readonly id: string; signature: string | null } | null = null;
  #inARow = 0;

  constructor(options: TurnGuardOptions) {
    this.#options = options;
  }

  /** A turn begins. */
  begin(): void {
    this.end();
    this.#last = null;
    this.#inARow = 0;
    this.heard();
    this.#look();
  }

  /** Nothing is watched any more. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  heard(): void {
    this.#lastSign = this.#options.clock.monotonic();
  }

  /** A person is asked, until the function that it returns is called. */
  waits(): () => void {
    this.#waiting += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#waiting -= 1;
      this.heard();
    };
  }

  /** A tool call has ended, after all that is told of it. */
  called(call: KnownCall): void {
    if (this.#timer === null || this.#last?.id === call.id) return;
    const signature = signatureOf(call);
    const isSame = signature !== null && signature === this.#last?.signature;
    this.#inARow = isSame ? this.#inARow + 1 : 1;
    this.#last = { id: call.id, signature };
    if (signature === null || this.#inARow < this.#options.loopLimit) return;
    this.#alarm(`made the same tool call ${this.#inARow} times in a row (${call.kind}: ${call.title})`);
  }

  #look(): void {
    const { clock, stall, isAtWork } = this.#options;
    const silent = clock.monotonic() - this.#lastSign;
    const limit = isAtWork() ? stall * WORK_FACTOR : stall;
    if (this.#waiting === 0 && silent >= limit) {
      this.#alarm(`gave no sign of life for ${formatDuration(limit)}`);
      return;
    }
    // While somebody is asked the end of that counts as a sign.
    const rest = this.#waiting > 0 ? stall : limit - silent;
    this.#timer = clock.after(Math.max(10, Math.min(rest, stall)), () => this.#look());
  }

  #alarm(why: string): void {
    this.end();
    this.#options.alarm(why);
  }
}
