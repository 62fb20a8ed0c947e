import type { Micros } from "../../schemas/money.ts";
import { optionalInteger, text } from "./columns.ts";
import type { Database } from "./database.ts";

/** One run of the record that estimates may rest on. */
export interface RecordedRun {
  /** ISO 8601. */
  readonly startedAt: string;
  /** Milliseconds; null: unknown. */
  readonly duration: number | null;
  /** Null: unknown, only estimated, or in another currency. */
  readonly cost: Micros | null;
}

export interface RunsOf {
  readonly agent: string;
  readonly capability: string;
  readonly currency: string;
}

/** How many attempts of the agent are looked through for those of the capability. */
const LOOKED_THROUGH = 5_000;

/**
 * The newest successful attempts of an agent at a capability, newest first. Simulated ones never count (semantics, Approval), nor do
 * costs that were only estimated: an estimate must not confirm itself.
 */
export function recordedRuns(database: Database, of: RunsOf, limit: number): RecordedRun[] {
  return database.all(RUNS, [of.agent, of.capability, of.currency, LOOKED_THROUGH, limit], (row) => ({
    startedAt: text(row, "started_at"),
    duration: optionalInteger(row, "duration_ms"),
    cost: optionalInteger(row, "cost"),
  }));
}

const RUNS = `
WITH newest AS (
  SELECT execution_id, step_id, id, started_at, duration_ms FROM attempts
  WHERE agent = ?1 AND status = 'succeeded' AND simulated = 0
  ORDER BY started_at DESC LIMIT ?4
)
SELECT a.started_at, a.duration_ms, (
    SELECT CASE WHEN count(l.amount_micros) = count(*) AND min(l.certainty IN ('measured', 'billed') AND l.currency = ?3) = 1
      THEN sum(l.amount_micros) END
    FROM ledger_entries l WHERE l.execution_id = a.execution_id AND l.attempt_id = a.id
  ) AS cost
FROM newest a JOIN step_executions s ON s.execution_id = a.execution_id AND s.step_id = a.step_id
WHERE s.capability = ?2
ORDER BY a.started_at DESC LIMIT ?5`;
