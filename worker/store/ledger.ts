import type { CostEntry, EventOf } from "../../schemas/event.ts";
import type { Database } from "./database.ts";

/** Books one cost of an attempt. Simulated attempts are not booked; returns whether this one was. */
export function insertLedgerEntry(
  database: Database,
  event: EventOf<"attempt.finished">,
  entry: number,
  cost: CostEntry,
): boolean {
  const booked = database.run(
    `INSERT INTO ledger_entries
       (execution_id, attempt_id, entry, step_id, agent, service, amount_micros, currency, certainty, at)
     SELECT execution_id, id, ?4, step_id, agent, ?5, ?6, ?7, ?8, ?9 FROM attempts
     WHERE execution_id = ?1 AND step_id = ?2 AND number = ?3 AND simulated = 0`,
    [
      event.executionId,
      event.stepId,
      event.attempt,
      entry,
      cost.service,
      cost.amount,
      cost.currency,
      cost.certainty,
      event.at,
    ],
  );
  return booked > 0;
}
