import type { Clock } from "../../worker/run/ports.ts";

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #due = new Set<{ at: number; callback: () => void }>();

  monotonic(): number {
    return this.#now;
  }

  wall(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#now);
  }

  after(delay: number, callback: () => void): { cancel(): void } {
    const timer = { at: this.#now + Math.max(0, delay), callback };
    this.#due.add(timer);
    return {
      cancel: () => {
        this.#due.delete(timer);
      },
    };
  }

  /** Moves on and calls what falls due, in the order of its time. */
  advance(by: number): void {
    const end = this.#now + by;
    for (;;) {
      const next = [...this.#due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#due.delete(next);
      next.callback();
    }
    this.#now = end;
  }
}
