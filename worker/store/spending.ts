import { CostCertainty, type Micros } from "../../schemas/money.ts";
import { integer, optionalInteger, optionalText, text } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Row } from "./statements.ts";

/** Something that was spent, or that an attempt of unknown cost keeps. */
export interface SpentEntry {
  readonly executionId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly service: string;
  readonly agent: string;
  /** Null: not known. */
  readonly amount: Micros | null;
  readonly currency: string;
  readonly certainty: CostCertainty;
}

/** Money that a person has allowed above a limit. */
export interface AllowedEntry {
  readonly executionId: string;
  readonly stepId: string;
  /** Of the step. */
  readonly title: string;
  readonly at: string;
  readonly by: string;
  /** Of the limit. */
  readonly key: string;
  readonly amount: Micros;
  readonly currency: string;
}

/** What an execution's amounts mean. */
export interface SpendingTerms {
  readonly environment: string | null;
  readonly currency: string;
}

/** Rows that are read at a time: a few milliseconds. */
const PAGE = 2_000;

/**
 * What was booked since a moment (ISO 8601), in pieces, so that whoever reads can let others have their turn between them. Billed
 * amounts stand for what they replace, and a cost that was refused is one that is not known.
 */
export function* ledgerPages(database: Database, since: string): Generator<SpentEntry[], void> {
  for (const query of [BOOKED, BILLED, REFUSED]) {
    let [at, rowid] = [since, -1];
    for (;;) {
      const rows = database.all(query, [at, rowid, PAGE], (row) => ({
        rowid: integer(row, "rowid"),
        entry: entry(row),
      }));
      yield rows.map((row) => row.entry);
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) break;
      [at, rowid] = [last.entry.at, last.rowid];
    }
  }
}

const BOOKED = `SELECT rowid, execution_id, at, service, agent, amount_micros, currency, certainty FROM ledger_entries
  WHERE (at, rowid) > (?1, ?2) AND replaced_by IS NULL ORDER BY at, rowid LIMIT ?3`;

const BILLED = `SELECT rowid, execution_id, at, service, agent, amount_micros, currency, 'billed' AS certainty FROM billed_amounts
  WHERE (at, rowid) > (?1, ?2) ORDER BY at, rowid LIMIT ?3`;

const REFUSED = `SELECT r.rowid AS rowid, r.execution_id, r.at, coalesce(nullif(s.service, ''), r.agent) AS service, r.agent,
    NULL AS amount_micros, e.currency, 'unknown' AS certainty
  FROM refused_costs r JOIN executions e ON e.id = r.execution_id
    LEFT JOIN step_executions s ON s.execution_id = r.execution_id AND s.step_id = r.step_id
  WHERE (r.at, r.rowid) > (?1, ?2) ORDER BY r.at, r.rowid LIMIT ?3`;

/**
 * What attempts of unknown cost keep since a moment: as the engine does it, what is left of their reservation stays taken. Amounts in
 * another currency than the execution's are not known to it.
 */
export function heldEntries(database: Database, since: string): SpentEntry[] {
  return database.all(HELD, [since], entry);
}

const HELD = `SELECT a.execution_id, coalesce(a.completed_at, a.started_at) AS at, coalesce(nullif(s.service, ''), a.agent) AS service,
    a.agent, e.currency, 'unknown' AS certainty,
    a.reserved_micros - coalesce((SELECT sum(l.amount_micros) FROM ledger_entries l
      WHERE l.execution_id = a.execution_id AND l.attempt_id = a.id AND l.currency = e.currency), 0) AS amount_micros
  FROM attempts a JOIN executions e ON e.id = a.execution_id
    JOIN step_executions s ON s.execution_id = a.execution_id AND s.step_id = a.step_id
  WHERE a.started_at >= ?1 AND a.simulated = 0 AND a.reserved_micros > 0 AND (a.unknown_costs > 0 OR a.status = 'interrupted')
    AND amount_micros > 0`;

function entry(row: Row): SpentEntry {
  return {
    executionId: text(row, "execution_id"),
    at: text(row, "at"),
    service: text(row, "service"),
    agent: text(row, "agent"),
    amount: optionalInteger(row, "amount_micros"),
    currency: text(row, "currency"),
    certainty: CostCertainty.parse(row["certainty"]),
  };
}

/** What people have allowed since a moment (ISO 8601), newest first. */
export function allowedEntries(database: Database, since: string): AllowedEntry[] {
  return database.all(
    `SELECT execution_id, step_id, title, answered_at, answered_by, limit_key, amount_micros, currency FROM decisions
     WHERE kind = 'budget' AND choice = 'allow' AND answered_at >= ? ORDER BY answered_at DESC, rowid DESC`,
    [since],
    (row) => ({
      executionId: text(row, "execution_id"),
      stepId: text(row, "step_id"),
      title: text(row, "title"),
      at: text(row, "answered_at"),
      by: text(row, "answered_by"),
      // Before there were policies, questions were about the spec's own budget.
      key: optionalText(row, "limit_key") ?? "spec",
      amount: optionalInteger(row, "amount_micros") ?? 0,
      currency: text(row, "currency"),
    }),
  );
}

/** Null: there is no such execution. */
export function spendingTerms(database: Database, executionId: string): SpendingTerms | null {
  return database.first("SELECT environment, currency FROM executions WHERE id = ?", [executionId], (row) => ({
    environment: optionalText(row, "environment"),
    currency: text(row, "currency"),
  }));
}

/** An attempt whose cost was estimated before and measured afterwards. */
export interface EstimatedAttempt {
  readonly currency: string;
  readonly estimated: Micros;
  readonly actual: Micros;
}

/** The newest successful attempts since a moment. What was only estimated again at the end would confirm itself. */
export function estimatedAttempts(database: Database, since: string, limit: number): EstimatedAttempt[] {
  return database.all(ESTIMATED, [since, limit], (row) => ({
    currency: text(row, "currency"),
    estimated: integer(row, "estimate_micros"),
    actual: integer(row, "cost_micros"),
  }));
}

const ESTIMATED = `SELECT e.currency, s.estimate_micros, a.cost_micros
  FROM executions e JOIN attempts a ON a.execution_id = e.id
    JOIN step_executions s ON s.execution_id = a.execution_id AND s.step_id = a.step_id
  WHERE a.completed_at >= ?1 AND a.status = 'succeeded' AND a.simulated = 0 AND a.cost_micros IS NOT NULL AND s.estimate_micros > 0
    AND 1 = (SELECT min(l.certainty IN ('measured', 'billed')) FROM ledger_entries l
      WHERE l.execution_id = a.execution_id AND l.attempt_id = a.id)
  ORDER BY a.completed_at DESC LIMIT ?2`;
