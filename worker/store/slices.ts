/** Time as it comes in from outside. */
export interface SliceClock {
  monotonic(): number;
  after(delay: number, callback: () => void): { cancel(): void };
}

/** What slices may take together before others get their turn. */
const TURN_MS = 4;
/** What one slice may take. */
const SLICE_MS = 8;
/** Others get this time between two turns. */
const PAUSE_MS = 15;
const SIZE = { first: 8, most: 4_096 } as const;

/**
 * Does long work of the database in slices of a few milliseconds each, with time for others in between (catalogue J2): the size of the
 * next slice follows from the time that the last one took. Whoever has much work of many small parts gives them all to the same one.
 * Rejects when it is aborted.
 */
export function slices(clock: SliceClock, signal: AbortSignal): (slice: (size: number) => number) => Promise<void> {
  let turn = 0;
  return async (slice) => {
    for (let size: number = SIZE.first; ;) {
      signal.throwIfAborted();
      const from = clock.monotonic();
      const isLast = slice(size) < size;
      const took = clock.monotonic() - from;
      turn += took;
      if (took > SLICE_MS) size = Math.max(1, Math.floor(size / 2));
      else if (took < SLICE_MS / 4) size = Math.min(SIZE.most, size * 2);
      if (turn >= TURN_MS) {
        turn = 0;
        await pause(clock, signal);
      }
      if (isLast) return;
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
