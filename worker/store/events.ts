import { z } from "zod";
import { EventBody, EventStamp, type ExecutionEvent } from "../../schemas/event.ts";
import { integer, json } from "./columns.ts";
import type { Database } from "./database.ts";

/**
 * What is stored together stands in one row: what the events of one moment share is written once, and their numbers follow from the
 * row's first one. `body` is checked when it is read.
 */
const Batch = z.array(
  z.object({ v: EventStamp.shape.v, at: EventStamp.shape.at, t: EventStamp.shape.t, events: z.array(z.unknown()) }),
);
type Batch = z.infer<typeof Batch>;

/**
 * Appends events of one execution as one row, so that what is stored together costs one entry of a table and an index. Throws
 * `database_full` with nothing stored, so that the same events can be appended again; any other error than a FailureError is a bug,
 * such as a sequence number that exists.
 */
export function insertEvents(database: Database, executionId: string, events: readonly ExecutionEvent[]): void {
  const [first] = events;
  const last = events.at(-1);
  if (!first || !last) return;
  const stray = events.find((event) => event.executionId !== executionId);
  if (stray) throw new Error(`an event of execution ${stray.executionId} was appended to ${executionId}`);
  // Long texts go in as bytes, because sql.js encodes texts one character at a time.
  database.run(
    "INSERT INTO event_batches (execution_id, first_seq, last_seq, events) VALUES (?, ?, ?, CAST(? AS TEXT))",
    [executionId, first.seq, last.seq, Buffer.from(JSON.stringify(packed(events)))],
  );
}

function packed(events: readonly ExecutionEvent[]): Batch {
  const batch: Batch = [];
  let moment: Batch[number] | undefined;
  let seq = events[0]?.seq ?? 0;
  for (const event of events) {
    const { v, executionId, seq: number, at, t, ...body } = event;
    if (number !== seq) throw new Error(`event ${number} of execution ${executionId} follows ${seq - 1}`);
    seq += 1;
    if (moment?.at !== at || moment.t !== t) {
      moment = { v, at, t, events: [] };
      batch.push(moment);
    }
    moment.events.push(body);
  }
  return batch;
}

/** Events after a sequence number, in order, at most `limit`. Throws when what is stored cannot be events. */
export function readEvents(
  database: Database,
  executionId: string,
  after = 0,
  limit = Number.MAX_SAFE_INTEGER,
): ExecutionEvent[] {
  const events: ExecutionEvent[] = [];
  if (limit < 1) return events;
  for (const event of eachEvent(database, executionId, after)) {
    events.push(event);
    if (events.length === limit) break;
  }
  return events;
}

/** All events after a sequence number, in order, of which only a few are in memory at a time. Throws as `readEvents`. */
export function* eachEvent(database: Database, executionId: string, from = 0): Generator<ExecutionEvent> {
  let after = from;
  let rows = ROWS_AT_A_TIME;
  while (rows === ROWS_AT_A_TIME) {
    const batches = batchesAfter(database, executionId, after, ROWS_AT_A_TIME);
    rows = batches.length;
    for (const batch of batches) {
      for (const event of eventsOf(executionId, batch, after)) {
        after = event.seq;
        yield event;
      }
    }
  }
}

const ROWS_AT_A_TIME = 50;

interface StoredBatch {
  readonly seq: number;
  readonly moments: Batch;
}

/** The tables that are made of events need not be up to date for it. */
function batchesAfter(database: Database, executionId: string, after: number, rows: number): StoredBatch[] {
  return database.allAsStored(
    "SELECT first_seq, events FROM event_batches WHERE execution_id = ? AND last_seq > ? ORDER BY last_seq LIMIT ?",
    [executionId, after, rows],
    (row) => ({ seq: integer(row, "first_seq"), moments: Batch.parse(json(row, "events")) }),
  );
}

function* eventsOf(
  executionId: string,
  { seq: first, moments }: StoredBatch,
  after: number,
  isWanted: (body: unknown) => boolean = () => true,
): Generator<ExecutionEvent> {
  let seq = first;
  for (const { v, at, t, events } of moments) {
    for (const body of events) {
      if (seq > after && isWanted(body)) yield { v, executionId, seq, at, t, ...EventBody.parse(body) };
      seq += 1;
    }
  }
}

/**
 * The events that name one step, and those that end every attempt of an execution that runs, in order. Rows are chosen by their
 * text, which our own writer made, so that of a long journal only a few are parsed.
 */
export function eventsOfStep(database: Database, executionId: string, stepId: string): ExecutionEvent[] {
  const batches = database.allAsStored(
    `SELECT first_seq, events FROM event_batches WHERE execution_id = ?
       AND (instr(events, ?) > 0 OR instr(events, '"execution.interrupted"') > 0) ORDER BY last_seq`,
    [executionId, `"stepId":${JSON.stringify(stepId)}`],
    (row) => ({ seq: integer(row, "first_seq"), moments: Batch.parse(json(row, "events")) }),
  );
  const isWanted = (body: unknown): boolean =>
    typeof body === "object" &&
    body !== null &&
    (("stepId" in body && body.stepId === stepId) || ("type" in body && body.type === "execution.interrupted"));
  return batches.flatMap((batch) => [...eventsOf(executionId, batch, 0, isWanted)]);
}

/** The events of some types, in order; rows are chosen as in `eventsOfStep`. */
export function eventsOfTypes(
  database: Database,
  executionId: string,
  types: readonly ExecutionEvent["type"][],
): ExecutionEvent[] {
  const batches = database.allAsStored(
    `SELECT first_seq, events FROM event_batches WHERE execution_id = ?
       AND (${types.map(() => "instr(events, ?) > 0").join(" OR ")}) ORDER BY last_seq`,
    [executionId, ...types.map((type) => `"type":${JSON.stringify(type)}`)],
    (row) => ({ seq: integer(row, "first_seq"), moments: Batch.parse(json(row, "events")) }),
  );
  const wanted: ReadonlySet<unknown> = new Set(types);
  const isWanted = (body: unknown): boolean =>
    typeof body === "object" && body !== null && "type" in body && wanted.has(body.type);
  return batches.flatMap((batch) => [...eventsOf(executionId, batch, 0, isWanted)]);
}

/** Sequence number of the last event that is stored; 0: there is none. */
export function lastSeq(database: Database, executionId: string): number {
  const [seq] = database.allAsStored(
    "SELECT coalesce(max(last_seq), 0) AS seq FROM event_batches WHERE execution_id = ?",
    [executionId],
    (row) => integer(row, "seq"),
  );
  return seq ?? 0;
}
