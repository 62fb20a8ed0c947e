import type { Calibration, Quantiles } from "../../schemas/calibration.ts";
import { recordedRuns, type RecordedRun } from "../store/calibration.ts";
import type { Database } from "../store/database.ts";

/** More runs would hardly move the figures. */
const RUNS_READ = 200;

/** After this long a run counts half: agents, models and the work itself change. */
const HALF_LIFE_MS = 30 * 86_400_000;

/** What a figure needs: so many runs, and so many that count whole when their age is taken into account. */
const NEEDED = { typical: { runs: 5, weight: 2 }, high: { runs: 10, weight: 4 } } as const;

/** The record as plans ask it (catalogue A9): each agent and capability is read once. */
export function recordedHistory(
  database: Database,
  now: Date,
): (agent: string, capability: string, currency: string) => Calibration {
  const known = new Map<string, Calibration>();
  return (agent, capability, currency) => {
    const key = JSON.stringify([agent, capability, currency]);
    let calibration = known.get(key);
    if (!calibration) {
      calibration = calibrate(recordedRuns(database, { agent, capability, currency }, RUNS_READ), now);
      known.set(key, calibration);
    }
    return calibration;
  };
}

/** What runs say of cost and duration, recent ones more than old ones. Unknown figures are left out: they are not zero. */
export function calibrate(runs: readonly RecordedRun[], now: Date): Calibration {
  const of = (figure: (run: RecordedRun) => number | null): Quantiles =>
    quantiles(
      runs.flatMap((run) => {
        const value = figure(run);
        return value === null ? [] : [{ value, weight: weightOf(run, now) }];
      }),
    );
  return { cost: of(({ cost }) => cost), duration: of(({ duration }) => duration) };
}

interface Weighted {
  readonly value: number;
  readonly weight: number;
}

/** A run from the future, after the clock was set back, counts as one of now. */
function weightOf({ startedAt }: RecordedRun, now: Date): number {
  const age = Math.max(0, now.getTime() - Date.parse(startedAt));
  return 2 ** (-age / HALF_LIFE_MS);
}

function quantiles(values: readonly Weighted[]): Quantiles {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const enough = ({ runs, weight }: (typeof NEEDED)[keyof typeof NEEDED]): boolean =>
    sorted.length >= runs && total >= weight;
  return {
    typical: enough(NEEDED.typical) ? quantile(sorted, total * 0.5) : null,
    high: enough(NEEDED.high) ? quantile(sorted, total * 0.9) : null,
    runs: sorted.length,
    needed: NEEDED.typical.runs,
  };
}

/** The smallest of the sorted values up to which the weights make `share`. */
function quantile(sorted: readonly Weighted[], share: number): number | null {
  let sum = 0;
  for (const { value, weight } of sorted) {
    sum += weight;
    // Sums of weights are not exact.
    if (sum >= share * (1 - 1e-9)) return value;
  }
  return sorted.at(-1)?.value ?? null;
}
