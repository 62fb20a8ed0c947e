import { fromMicros } from "../../schemas/money.ts";
import { flag, integer, optionalInteger, optionalText, text } from "./columns.ts";
import type { Database } from "./database.ts";

/** One attempt of an agent, as it is counted. */
export interface AgentRun {
  readonly agent: string;
  readonly status: string;
  readonly simulated: boolean;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Milliseconds; null: unknown. */
  readonly duration: number | null;
  readonly errorCode: string | null;
}

/** All attempts since a moment (ISO 8601), oldest first. */
export function agentRuns(database: Database, since: string, agent: string | null): AgentRun[] {
  return database.all(
    `SELECT agent, status, simulated, started_at, duration_ms, error_code FROM attempts
     WHERE started_at >= ?1 AND (?2 IS NULL OR agent = ?2) ORDER BY started_at`,
    [since, agent],
    (row) => ({
      agent: text(row, "agent"),
      status: text(row, "status"),
      simulated: flag(row, "simulated"),
      startedAt: text(row, "started_at"),
      duration: optionalInteger(row, "duration_ms"),
      errorCode: optionalText(row, "error_code"),
    }),
  );
}

/** What agents have spent since a moment, by agent and currency. `unknown` counts entries without a known amount. */
export function agentCosts(
  database: Database,
  since: string,
  agent: string | null,
): { agent: string; currency: string; amount: number; unknown: number }[] {
  return database.all(
    `SELECT agent, currency, coalesce(sum(amount_micros), 0) AS micros, sum(amount_micros IS NULL) AS unknown
     FROM ledger_entries WHERE at >= ?1 AND (?2 IS NULL OR agent = ?2) GROUP BY agent, currency ORDER BY agent, currency`,
    [since, agent],
    (row) => ({
      agent: text(row, "agent"),
      currency: text(row, "currency"),
      amount: fromMicros(integer(row, "micros")),
      unknown: integer(row, "unknown"),
    }),
  );
}
