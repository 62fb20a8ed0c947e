import type { Micros } from "../../schemas/money.ts";
import { flag, text } from "./columns.ts";
import type { Database } from "./database.ts";

/** An amount of a billing source, as it is booked. */
export interface BilledEntry {
  /** Of the source. */
  readonly id: string;
  readonly executionId: string;
  /** Null: for the whole execution. */
  readonly stepId: string | null;
  readonly service: string;
  /** In the execution's currency. */
  readonly amount: Micros;
  readonly currency: string;
  /** What the source said, where that was converted. */
  readonly original: { readonly amount: Micros; readonly currency: string } | null;
  /** ISO 8601. */
  readonly bookedAt: string;
}

export function isBilled(database: Database, id: string): boolean {
  return database.first("SELECT 1 FROM billed_amounts WHERE id = ?", [id], () => true) ?? false;
}

/** Whether a step is simulated; null: the execution has no such step. */
export function isSimulatedStep(database: Database, executionId: string, stepId: string): boolean | null {
  return database.first(
    "SELECT simulated FROM step_executions WHERE execution_id = ? AND step_id = ?",
    [executionId, stepId],
    (row) => flag(row, "simulated"),
  );
}

/**
 * Books an amount once by its id. It stands for everything that was booked before for this service of its step, or of its execution,
 * and counts at the time of the last of that. What is booked later comes on top. `otherwise` is the time where there is nothing.
 */
export function insertBilledAmount(database: Database, entry: BilledEntry, otherwise: string): void {
  const { id, executionId, stepId, service, amount, currency, original, bookedAt } = entry;
  const which = [executionId, stepId, service] as const;
  const last = database.first(
    `SELECT at, agent FROM ledger_entries WHERE ${REPLACED} ORDER BY at DESC LIMIT 1`,
    which,
    (row) => ({
      at: text(row, "at"),
      agent: text(row, "agent"),
    }),
  );
  database.run(`UPDATE ledger_entries SET replaced_by = ?4 WHERE ${REPLACED}`, [...which, id]);
  database.run(
    `INSERT INTO billed_amounts
       (id, execution_id, step_id, agent, service, amount_micros, currency, original_micros, original_currency, at, booked_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      id,
      executionId,
      stepId,
      last?.agent ?? "",
      service,
      amount,
      currency,
      original?.amount ?? null,
      original?.currency ?? null,
      last?.at ?? otherwise,
      bookedAt,
    ],
  );
}

const REPLACED = "execution_id = ?1 AND (?2 IS NULL OR step_id = ?2) AND service = ?3 AND replaced_by IS NULL";
