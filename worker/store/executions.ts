import type { EnginePlan, EventOf } from "../../schemas/event.ts";
import { ExecutionStatus, ResultState, type ExecutionSummary } from "../../schemas/execution.ts";
import { fromMicros } from "../../schemas/money.ts";
import { flag, integer, optionalInteger, optionalText, text } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Row } from "./statements.ts";

/** The newest executions first. */
export function listExecutions(database: Database, limit: number): ExecutionSummary[] {
  return database.all(
    `${SUMMARIES} WHERE e.purged_at IS NULL ORDER BY e.started_at DESC, e.rowid DESC LIMIT ?`,
    [limit],
    summary,
  );
}

/** Those that have not ended and so many that ended last, the newest first: an old one that still waits for a person is among them. */
export function listCurrentExecutions(database: Database, ended: number): ExecutionSummary[] {
  return database.all(
    `${SUMMARIES} WHERE e.completed_at IS NULL
       OR e.id IN (SELECT id FROM executions WHERE completed_at IS NOT NULL AND purged_at IS NULL ORDER BY completed_at DESC, rowid DESC LIMIT ?)
     ORDER BY e.started_at DESC, e.rowid DESC`,
    [ended],
    summary,
  );
}

export function findExecution(database: Database, executionId: string): ExecutionSummary | null {
  return database.first(`${SUMMARIES} WHERE e.id = ? AND e.purged_at IS NULL`, [executionId], summary);
}

/** What is left of an execution whose details were removed for their age; null: there is none. */
export function findPurged(
  database: Database,
  executionId: string,
): (ExecutionSummary & { readonly purgedAt: string }) | null {
  return database.first(`${SUMMARIES} WHERE e.id = ? AND e.purged_at IS NOT NULL`, [executionId], (row) => ({
    ...summary(row),
    purgedAt: text(row, "purged_at"),
  }));
}

/** Whether an execution runs or ran by this plan. */
export function isExecuted(database: Database, planId: string): boolean {
  return database.first("SELECT 1 FROM executions WHERE plan_id = ? LIMIT 1", [planId], () => true) ?? false;
}

/** Ids of executions that have not ended and are not marked as interrupted: after a start, those of a worker that died. */
export function unfinishedExecutions(database: Database): string[] {
  return database.all(
    "SELECT id FROM executions WHERE status IN ('running', 'paused', 'cancelling') ORDER BY started_at",
    [],
    (row) => text(row, "id"),
  );
}

export function insertExecution(database: Database, event: EventOf<"execution.created">): void {
  const { plan } = event;
  database.run(
    `INSERT INTO executions
       (id, plan_id, status, started_at, simulated, budget_mode, budget_limit_micros, currency, write_back,
        environment)
     VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?)`,
    [
      event.executionId,
      event.planId,
      event.at,
      hasSimulated(plan) ? 1 : 0,
      plan.budget?.mode ?? null,
      plan.budget?.limit ?? null,
      plan.currency,
      event.writeBack ? 1 : 0,
      plan.environment,
    ],
  );
}

function hasSimulated({ steps }: EnginePlan): boolean {
  return steps.some((step) => step.simulated && !step.skip);
}

/** The execution goes on under another plan. */
export function executionRevised(database: Database, event: EventOf<"plan.revised">): void {
  const { plan } = event;
  database.run(
    `UPDATE executions SET plan_id = ?2, simulated = ?3, budget_mode = ?4, budget_limit_micros = ?5, currency = ?6,
       environment = ?7
     WHERE id = ?1`,
    [
      event.executionId,
      event.planId,
      hasSimulated(plan) ? 1 : 0,
      plan.budget?.mode ?? null,
      plan.budget?.limit ?? null,
      plan.currency,
      plan.environment,
    ],
  );
}

/** What an execution counts in. */
export function currencyOf(database: Database, executionId: string): string | null {
  return database.first("SELECT currency FROM executions WHERE id = ?", [executionId], (row) => text(row, "currency"));
}

/** What had ended runs again, or what stood still goes on. */
export function executionRunning(database: Database, executionId: string): void {
  database.run(
    `UPDATE executions SET status = 'running', completed_at = NULL, error_code = NULL, error_message = NULL WHERE id = ?`,
    [executionId],
  );
}

export function executionPaused(database: Database, executionId: string): void {
  database.run("UPDATE executions SET status = 'paused' WHERE id = ?", [executionId]);
}

/** Adds what a batch of events cost; `spent` is null when it brought no known amount. */
export function addCosts(database: Database, executionId: string, spent: number | null, unknown: number): void {
  database.run(
    `UPDATE executions SET unknown_costs = unknown_costs + ?3,
       spent_micros = CASE WHEN ?2 IS NULL THEN spent_micros ELSE coalesce(spent_micros, 0) + ?2 END
     WHERE id = ?1`,
    [executionId, spent, unknown],
  );
}

export function executionCancelling(database: Database, executionId: string): void {
  database.run("UPDATE executions SET status = 'cancelling' WHERE id = ?", [executionId]);
}

export function executionInterrupted(database: Database, event: EventOf<"execution.interrupted">): void {
  database.run(
    "UPDATE executions SET status = 'interrupted', error_code = 'interrupted', error_message = ? WHERE id = ?",
    [event.message, event.executionId],
  );
  database.run(
    "UPDATE attempts SET status = 'interrupted', completed_at = ? WHERE execution_id = ? AND status = 'running'",
    [event.at, event.executionId],
  );
  // As in the engine's view: nothing of it runs any more, and nothing of it has ended. What it has cost is not known now.
  database.run(
    "UPDATE step_executions SET status = 'waiting', cost_micros = NULL WHERE execution_id = ? AND status = 'running'",
    [event.executionId],
  );
}

export function executionFinished(database: Database, event: EventOf<"execution.finished">): void {
  database.run("UPDATE executions SET status = ?, completed_at = ?, error_code = ?, error_message = ? WHERE id = ?", [
    event.status,
    event.at,
    event.failure?.code ?? null,
    event.failure?.message ?? null,
    event.executionId,
  ]);
}

const OPEN = "SELECT 1 FROM decisions d WHERE d.execution_id = e.id AND d.status = 'open'";

/**
 * An execution of which nothing goes on while a person is asked is `waiting`, as in the engine's view: what runs waits for answers, and
 * no delay ends by time, unless all is held back.
 */
const STATUS = `CASE WHEN e.status = 'running' AND EXISTS (${OPEN})
    AND NOT EXISTS (SELECT 1 FROM step_executions s WHERE s.execution_id = e.id AND s.status = 'running'
      AND NOT EXISTS (${OPEN} AND d.step_id = s.step_id AND d.kind = 'permission'))
    AND (EXISTS (${OPEN} AND d.kind NOT IN ('interrupted', 'permission', 'conflict'))
      OR NOT EXISTS (SELECT 1 FROM step_executions s WHERE s.execution_id = e.id AND s.status = 'waiting'
        AND NOT EXISTS (${OPEN} AND d.step_id = s.step_id)))
  THEN 'waiting' ELSE e.status END`;

const SUMMARIES = `SELECT e.id, e.plan_id, p.title, p.spec_path, ${STATUS} AS status, e.started_at, e.completed_at, e.simulated,
  e.spent_micros, e.unknown_costs, e.currency, e.purged_at,
  iif(w.state = 'ready' AND e.completed_at IS NULL, 'growing', w.state) AS result
  FROM executions e JOIN plans p ON p.id = e.plan_id LEFT JOIN workplaces w ON w.execution_id = e.id`;

function summary(row: Row): ExecutionSummary {
  const spent = optionalInteger(row, "spent_micros");
  return {
    executionId: text(row, "id"),
    planId: text(row, "plan_id"),
    title: text(row, "title"),
    specPath: text(row, "spec_path"),
    status: ExecutionStatus.parse(row["status"]),
    startedAt: text(row, "started_at"),
    completedAt: optionalText(row, "completed_at"),
    simulated: flag(row, "simulated"),
    cost: spent === null && integer(row, "unknown_costs") > 0 ? null : fromMicros(spent ?? 0),
    currency: text(row, "currency"),
    result: ResultState.nullable().parse(row["result"]),
  };
}
