const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * How long to wait before try number `tries` (from 0), in milliseconds: the first is made at once, then ever later. `chance` (0 to
 * below 1) spreads the tries of several windows, which lose the same worker in the same moment.
 */
export function retryDelay(tries: number, chance: number): number {
  if (tries === 0) return 0;
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** (tries - 1));
  return Math.round(full * (0.75 + chance / 4));
}
