/** One line of the table that `npm run bench` prints. */
export interface BenchResult {
  readonly name: string;
  /** Our figure and the peer's, both in `unit`; null when there is no peer. */
  readonly ours: number;
  readonly peer: number | null;
  readonly unit: string;
  /** Ours divided by the peer's, as measured pair by pair; null without a peer. */
  readonly ratio: number | null;
  /** What must hold, for people, such as "ratio <= 1.2". */
  readonly limit: string;
  readonly pass: boolean;
  /** How it was measured, in a few words. */
  readonly note: string;
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error("there is no median of nothing");
  return (upper + lower) / 2;
}

/** The smallest value that is at least as large as this share (0 to 1) of all values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error("there is no percentile of nothing");
  return value;
}
