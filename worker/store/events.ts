import { ExecutionEvent } from "../../schemas/event.ts";
import { integer, json, text } from "./columns.ts";
import type { Database } from "./database.ts";
import { project } from "./projections.ts";

/**
 * Appends events of one execution and brings the tables up to date, in one transaction. They are durable after
 * `database.durable()`. Throws `database_full` with nothing stored, so that the same events can be appended again;
 * any other error than a FailureError is a bug, such as a sequence number that exists.
 */
export function appendEvents(database: Database, executionId: string, events: readonly ExecutionEvent[]): void {
  if (events.length === 0) return;
  const stray = events.find((event) => event.executionId !== executionId);
  if (stray) throw new Error(`an event of execution ${stray.executionId} was appended to ${executionId}`);
  database.transaction(() => {
    project(database, executionId, events);
    for (const event of events) {
      const body = JSON.stringify({ ...event, ...IN_COLUMNS });
      database.run(INSERT_EVENT, [executionId, event.seq, event.at, event.t, event.type, Buffer.from(body)]);
    }
  });
}

/** Events after a sequence number, in order, at most `limit`. */
export function readEvents(
  database: Database,
  executionId: string,
  after = 0,
  limit = Number.MAX_SAFE_INTEGER,
): ExecutionEvent[] {
  return database.all(
    `SELECT seq, at, t, type, event FROM execution_events
     WHERE execution_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
    [executionId, after, limit],
    (row) => {
      const stamp = { executionId, seq: integer(row, "seq"), at: text(row, "at"), t: integer(row, "t") };
      const body = json(row, "event");
      return ExecutionEvent.parse({ ...(typeof body === "object" ? body : null), type: text(row, "type"), ...stamp });
    },
  );
}

/** What has columns of its own is left out of the JSON. */
const IN_COLUMNS = { executionId: undefined, seq: undefined, at: undefined, t: undefined, type: undefined };

/** The longest text of the hot path goes in as bytes, because sql.js encodes texts one character at a time. */
const INSERT_EVENT =
  "INSERT INTO execution_events (execution_id, seq, at, t, type, event) VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT))";
