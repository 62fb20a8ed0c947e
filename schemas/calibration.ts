import { z } from "zod";

/** What the runs of the record say of one figure. Null: too few runs, or too long ago. */
export const Quantiles = z.object({
  /** Half of the runs stay at or below it. */
  typical: z.int().min(0).nullable(),
  /** Nine of ten runs do. */
  high: z.int().min(0).nullable(),
  /** Runs that the figure is known of. */
  runs: z.int().min(0),
  /** Runs that `typical` needs. */
  needed: z.int().min(1),
});
export type Quantiles = z.infer<typeof Quantiles>;

/** What an agent's runs of one capability have cost and taken (catalogue A9). */
export const Calibration = z.object({
  /** In micros of one currency. */
  cost: Quantiles,
  /** In milliseconds. */
  duration: Quantiles,
});
export type Calibration = z.infer<typeof Calibration>;
