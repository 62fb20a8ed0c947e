import type { CostEntry, EventOf } from "../../schemas/event.ts";
import type { Database } from "./database.ts";

type Bill = EventOf<"attempt.finished" | "attempt.reported">;

/** What one event can bring; numbers of entries are apart by this, so that they are the same whenever the tables are written. */
const ENTRIES_OF_EVENT = 10_000;

/** Books one cost of an attempt. Simulated attempts are not booked; returns whether this one was. */
export function insertLedgerEntry(database: Database, event: Bill, index: number, cost: CostEntry): boolean {
  const entry = event.type === "attempt.finished" ? index : event.seq * ENTRIES_OF_EVENT + index;
  const booked = database.run(
    `INSERT INTO ledger_entries
       (execution_id, attempt_id, entry, step_id, agent, service, amount_micros, currency, certainty, at,
        tokens_in, tokens_out, original_micros, original_currency)
     SELECT execution_id, id, ?4, step_id, agent, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 FROM attempts
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
      cost.tokens?.input ?? null,
      cost.tokens?.output ?? null,
      cost.original?.amount ?? null,
      cost.original?.currency ?? null,
    ],
  );
  return booked > 0;
}

/** Records what an agent said of its costs and what is no amount of money (catalogue E4); returns how many entries there are. */
export function insertRefusedCosts(database: Database, event: EventOf<"attempt.reported">): number {
  let count = 0;
  event.refused.forEach(({ said, reason }, index) => {
    count += database.run(
      `INSERT INTO refused_costs (execution_id, attempt_id, seq, entry, step_id, agent, said, reason, at)
       SELECT execution_id, id, ?4, ?5, step_id, agent, ?6, ?7, ?8 FROM attempts
       WHERE execution_id = ?1 AND step_id = ?2 AND number = ?3 AND simulated = 0`,
      [event.executionId, event.stepId, event.attempt, event.seq, index, said, reason, event.at],
    );
  });
  return count;
}
