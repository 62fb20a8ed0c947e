import type { ExecutionEvent } from "../../schemas/event.ts";
import { FailureError } from "../../schemas/failure.ts";
import { integer, text } from "./columns.ts";
import type { Database, Deferred } from "./database.ts";
import { readEvents } from "./events.ts";
import { project } from "./projections.ts";

/** Beyond this many events the tables follow at once: memory stays bounded. */
const MOST_WAITING = 2_000;

/**
 * A further table that follows from the events. Called once with each of them, in order and in the transaction in which the other
 * tables were brought up to date.
 */
export type Projection = (database: Database, executionId: string, events: readonly ExecutionEvent[]) => void;

/**
 * Keeps the tables up to date with the events. What only tells of attempts and steps is written a moment later, several batches at
 * once, and in any case before somebody reads: a row that changes four times within that moment is written once. After a crash
 * `catchUp` writes what is missing, because the events are stored first.
 */
export class Projector implements Deferred {
  readonly #database: Database;
  readonly #further: Projection;
  readonly #waiting = new Map<string, ExecutionEvent[]>();
  #count = 0;

  constructor(database: Database, further: Projection = NOTHING_FURTHER) {
    this.#database = database;
    this.#further = further;
  }

  /** The tables may follow later. */
  later(executionId: string, events: readonly ExecutionEvent[]): void {
    const waiting = this.#waiting.get(executionId);
    if (waiting) waiting.push(...events);
    else this.#waiting.set(executionId, [...events]);
    this.#count += events.length;
    this.#database.defer(this, this.#count > MOST_WAITING);
  }

  /** Inside a transaction, in which nothing is deferred any more. */
  now(executionId: string, events: readonly ExecutionEvent[]): void {
    project(this.#database, executionId, events);
    this.#further(this.#database, executionId, events);
    mark(this.#database, executionId, events);
  }

  apply(): void {
    for (const [executionId, events] of this.#waiting) this.now(executionId, events);
  }

  applied(): void {
    this.#waiting.clear();
    this.#count = 0;
  }
}

export const NOTHING_FURTHER: Projection = () => undefined;

function mark(database: Database, executionId: string, events: readonly ExecutionEvent[]): void {
  const last = events.at(-1);
  if (last) database.run("UPDATE executions SET projected_seq = ? WHERE id = ?", [last.seq, executionId]);
}

/**
 * Writes into the tables what a crash has kept from them. An execution whose events cannot be read stays as it is and is named in
 * what is returned: it must not keep the others from being used.
 */
export function catchUp(database: Database, further: Projection): string[] {
  const behind = database.all(
    `SELECT e.id, e.projected_seq FROM executions e
     WHERE e.projected_seq < (SELECT max(b.last_seq) FROM event_batches b WHERE b.execution_id = e.id)`,
    [],
    (row) => ({ executionId: text(row, "id"), seq: integer(row, "projected_seq") }),
  );
  return behind.flatMap(({ executionId, seq }) => {
    try {
      const events = readEvents(database, executionId, seq);
      database.transaction(() => {
        project(database, executionId, events);
        further(database, executionId, events);
        mark(database, executionId, events);
      });
      return [];
    } catch (error) {
      if (error instanceof FailureError) throw error;
      const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
      return [`the record of execution ${executionId} cannot be read: ${why}`];
    }
  });
}
