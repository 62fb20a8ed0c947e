import type { Clock } from "../../worker/run/ports.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that moves only when told to. */
export class FakeClock implements Clock {
  #now = 0;
  #wallOffset = 0;
  readonly #timers = new Set<Timer>();

  monotonic(): number {
    return this.#now;
  }

  wall(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#now + this.#wallOffset);
  }

  after(delay: number, callback: () => void): { cancel(): void } {
    const timer = { at: this.#now + delay, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Somebody sets the clock on the wall. */
  setWallBy(ms: number): void {
    this.#wallOffset += ms;
  }

  /** The process stands still for so long: what is due meanwhile comes with the next `advance`, all of it too late. */
  freeze(duration: number): void {
    this.#now += duration;
  }

  /** Goes `duration` ms on, one timer after the other; what each of them sets off is over before the next. */
  async advance(duration: number): Promise<void> {
    const end = this.#now + duration;
    await quiet();
    for (let next = this.#nextBefore(end); next; next = this.#nextBefore(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await quiet();
    }
    this.#now = end;
    await quiet();
  }

  #nextBefore(end: number): Timer | undefined {
    const due = [...this.#timers].filter(({ at }) => at <= end);
    return due.reduce<Timer | undefined>((first, timer) => (first && first.at <= timer.at ? first : timer), undefined);
  }
}

/** Resolves when all promises that can settle by themselves have done so: a turn of the event loop comes after all of them. */
export async function quiet(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
