/** Time as it comes in from outside. */
export interface SliceClock {
  monotonic(): number;
  after(delay: number, callback: () => void): { cancel(): void };
}

/** What a slice may take; others wait for it. */
const SLICE_MS = { good: 4, much: 10 } as const;
/** Others get this time between two slices. */
const PAUSE_MS = 15;
const SIZE = { first: 8, most: 4_096 } as const;

/**
 * Does long work of the database in slices of a few milliseconds each, with time for others in between (catalogue J2): the size of the
 * next slice follows from the time that the last one took. Rejects when it is aborted.
 */
export function slices(clock: SliceClock, signal: AbortSignal): (slice: (size: number) => number) => Promise<void> {
  return async (slice) => {
    for (let size: number = SIZE.first; ;) {
      signal.throwIfAborted();
      const from = clock.monotonic();
      if (slice(size) < size) return;
      const took = clock.monotonic() - from;
      if (took > SLICE_MS.much) size = Math.max(1, Math.floor(size / 2));
      else if (took < SLICE_MS.good) size = Math.min(SIZE.most, size * 2);
      await pause(clock, signal);
    }
  };
}

function pause(clock: SliceClock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(PAUSE_MS, done);
    signal.addEventListener("abort", done);
  });
}
