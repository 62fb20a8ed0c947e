import { HookDelivery, HookPayload } from "../../schemas/hook.ts";
import { integer, json, optionalText, text } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Row } from "./statements.ts";

/** Queues what a hook is to be sent. One that is queued already stays as it is. */
export function queueDelivery(database: Database, payload: HookPayload, seq: number): void {
  const { key, hook, event, executionId, stepId, at } = payload;
  database.run(
    `INSERT OR IGNORE INTO hook_deliveries (id, hook, event, execution_id, step_id, seq, payload, state, attempts, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?)`,
    [key, hook, event, executionId, stepId, seq, JSON.stringify(payload), at],
  );
}

/** What is to be sent next to one hook about one execution: the others wait for it, so that it is told in order. */
export interface NextDelivery {
  readonly payload: HookPayload;
  /** Tries so far. */
  readonly attempts: number;
  /** ISO 8601; null: at once. */
  readonly nextAt: string | null;
}

/** The first pending delivery of each hook and execution, those first that are due first. */
export function nextDeliveries(database: Database, limit: number): NextDelivery[] {
  return database.all(
    `${FIRST_OF_EACH} SELECT d.payload, d.attempts, d.next_at FROM firsts JOIN hook_deliveries d ON d.rowid = firsts.id
     ORDER BY d.next_at IS NOT NULL, d.next_at, d.rowid LIMIT ?`,
    [limit],
    (row) => ({
      payload: HookPayload.parse(json(row, "payload")),
      attempts: integer(row, "attempts"),
      nextAt: optionalText(row, "next_at"),
    }),
  );
}

/** Goes from each to the next by the index, because thousands may wait behind the first of one hook. */
const FIRST_OF_EACH = `WITH RECURSIVE firsts (id, hook, execution_id) AS (
  SELECT * FROM (SELECT rowid, hook, execution_id FROM hook_deliveries WHERE state = 'pending'
    ORDER BY hook, execution_id, seq LIMIT 1)
  UNION ALL
  SELECT n.rowid, n.hook, n.execution_id FROM firsts JOIN hook_deliveries n ON n.rowid =
    coalesce(
      (SELECT rowid FROM hook_deliveries WHERE state = 'pending' AND hook = firsts.hook
        AND execution_id > firsts.execution_id ORDER BY execution_id, seq LIMIT 1),
      (SELECT rowid FROM hook_deliveries WHERE state = 'pending' AND hook > firsts.hook
        ORDER BY hook, execution_id, seq LIMIT 1))
)`;

/** It arrived. The first answer that a hook gives to an occasion is the one that counts. */
export function deliveryDone(database: Database, key: string, answer: unknown): void {
  database.run(
    `UPDATE hook_deliveries SET state = 'delivered', attempts = attempts + 1, next_at = NULL, problem = NULL, answer = ?
     WHERE id = ? AND state <> 'delivered'`,
    [answer === null || answer === undefined ? null : JSON.stringify(answer), key],
  );
}

/** It did not arrive. `nextAt` null: it is given up. */
export function deliveryFailed(database: Database, key: string, problem: string, nextAt: string | null): void {
  database.run(
    `UPDATE hook_deliveries SET state = ?, attempts = attempts + 1, next_at = ?, problem = ?
     WHERE id = ? AND state = 'pending'`,
    [nextAt === null ? "given-up" : "pending", nextAt, problem, key],
  );
}

/** What was given up is pending again; returns how many. Null: of all executions. */
export function retryDeliveries(database: Database, executionId: string | null): number {
  return database.run(
    `UPDATE hook_deliveries SET state = 'pending', attempts = 0, next_at = NULL
     WHERE state = 'given-up' AND (?1 IS NULL OR execution_id = ?1)`,
    [executionId],
  );
}

/** The newest first. Null: of all executions. */
export function listDeliveries(database: Database, executionId: string | null, limit: number): HookDelivery[] {
  return database.all(
    `SELECT id, hook, event, execution_id, step_id, state, attempts, at, next_at, problem, answer FROM hook_deliveries
     WHERE ?1 IS NULL OR execution_id = ?1 ORDER BY at DESC, execution_id, seq DESC, hook LIMIT ?2`,
    [executionId, limit],
    deliveryIn,
  );
}

function deliveryIn(row: Row): HookDelivery {
  return HookDelivery.parse({
    key: text(row, "id"),
    hook: text(row, "hook"),
    event: text(row, "event"),
    executionId: text(row, "execution_id"),
    stepId: optionalText(row, "step_id"),
    state: text(row, "state"),
    attempts: integer(row, "attempts"),
    at: text(row, "at"),
    nextAt: optionalText(row, "next_at"),
    problem: optionalText(row, "problem"),
    answer: row["answer"] === null ? null : json(row, "answer"),
  });
}
