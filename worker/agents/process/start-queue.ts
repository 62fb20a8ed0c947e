import type { AgentClock } from "../adapter.ts";

/** Staggers the starts of all process agents (catalogue C7): first come, first served. */
export class StartQueue {
  readonly #clock: AgentClock;
  #last: number | null = null;
  #waiting: { readonly stagger: number; readonly begin: () => void }[] = [];
  #timer: { cancel(): void } | null = null;

  constructor(clock: AgentClock) {
    this.#clock = clock;
  }

  /** Calls back once when the process may start, at least `stagger` ms after the start before it. Returns the way to leave. */
  enter(stagger: number, begin: () => void): () => void {
    const one = { stagger, begin };
    this.#waiting.push(one);
    this.#next();
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== one);
    };
  }

  #next(): void {
    if (this.#timer !== null) return;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const wait = this.#last === null ? 0 : this.#last + first.stagger - this.#clock.monotonic();
      if (wait > 0) {
        this.#timer = this.#clock.after(wait, () => {
          this.#timer = null;
          this.#next();
        });
        return;
      }
      this.#waiting.shift();
      this.#last = this.#clock.monotonic();
      first.begin();
    }
  }
}
