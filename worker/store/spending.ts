import type { Micros } from "../../schemas/money.ts";
import { integer, optionalText, text } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Row } from "./statements.ts";

/** Something that was spent, or that an attempt of unknown cost keeps, in the currency of its execution. */
export interface SpentEntry {
  readonly executionId: string;
  /** Milliseconds of wall time. */
  readonly at: number;
  readonly service: string;
  readonly agent: string;
  readonly amount: Micros;
}

/** Money that a person has allowed above a limit. */
export interface AllowedEntry {
  readonly executionId: string;
  readonly at: number;
  /** Of the limit. */
  readonly key: string;
  readonly amount: Micros;
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
 * amounts stand for what they replace.
 */
export function* spentPages(database: Database, since: string): Generator<SpentEntry[], void> {
  for (const query of [BOOKED, BILLED]) {
    let [at, rowid] = [since, -1];
    for (;;) {
      const rows = database.all(query, [at, rowid, PAGE], (row) => ({ row, entry: spentEntry(row) }));
      yield rows.map(({ entry }) => entry);
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) break;
      [at, rowid] = [text(last.row, "at"), integer(last.row, "rowid")];
    }
  }
  yield database.all(HELD, [since], spentEntry);
}

const BOOKED = `SELECT l.rowid AS rowid, l.execution_id, l.at, l.service, l.agent, l.amount_micros
  FROM ledger_entries l JOIN executions e ON e.id = l.execution_id AND e.currency = l.currency
  WHERE (l.at, l.rowid) > (?1, ?2) AND l.amount_micros > 0 AND l.replaced_by IS NULL ORDER BY l.at, l.rowid LIMIT ?3`;

const BILLED = `SELECT rowid, execution_id, at, service, agent, amount_micros FROM billed_amounts
  WHERE (at, rowid) > (?1, ?2) AND amount_micros > 0 ORDER BY at, rowid LIMIT ?3`;

/** As the engine does it: what is left of the reservation of an attempt whose cost is not known stays taken. */
const HELD = `SELECT a.execution_id, coalesce(a.completed_at, a.started_at) AS at, coalesce(nullif(s.service, ''), a.agent) AS service, a.agent,
    a.reserved_micros - coalesce((SELECT sum(l.amount_micros) FROM ledger_entries l
      WHERE l.execution_id = a.execution_id AND l.attempt_id = a.id AND l.currency = e.currency), 0) AS amount_micros
  FROM attempts a JOIN executions e ON e.id = a.execution_id
    JOIN step_executions s ON s.execution_id = a.execution_id AND s.step_id = a.step_id
  WHERE a.started_at >= ?1 AND a.simulated = 0 AND a.reserved_micros > 0 AND (a.unknown_costs > 0 OR a.status = 'interrupted')
    AND amount_micros > 0`;

function spentEntry(row: Row): SpentEntry {
  return {
    executionId: text(row, "execution_id"),
    at: Date.parse(text(row, "at")),
    service: text(row, "service"),
    agent: text(row, "agent"),
    amount: integer(row, "amount_micros"),
  };
}

/** What people have allowed since a moment (ISO 8601). */
export function allowedEntries(database: Database, since: string): AllowedEntry[] {
  return database.all(
    `SELECT execution_id, answered_at, limit_key, amount_micros FROM decisions
     WHERE kind = 'budget' AND choice = 'allow' AND limit_key IS NOT NULL AND amount_micros > 0 AND answered_at >= ?`,
    [since],
    (row) => ({
      executionId: text(row, "execution_id"),
      at: Date.parse(text(row, "answered_at")),
      key: text(row, "limit_key"),
      amount: integer(row, "amount_micros"),
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
