import type { EngineStep, EventOf } from "../../schemas/event.ts";
import type { Micros } from "../../schemas/money.ts";
import type { Database } from "./database.ts";

/** One row for each step, by a single statement: the biggest plans have 10,000 of them. */
export function insertSteps(database: Database, executionId: string, steps: readonly EngineStep[]): void {
  const rows = steps.map((step) => [step.id, step.agent, step.simulated ? 1 : 0]);
  database.run(
    `INSERT INTO step_executions (execution_id, step_id, agent, status, simulated)
     SELECT ?1, value ->> 0, value ->> 1, 'pending', value ->> 2 FROM json_each(CAST(?2 AS TEXT))`,
    [executionId, Buffer.from(JSON.stringify(rows))],
  );
}

export function attemptStarted(database: Database, event: EventOf<"attempt.started">): void {
  database.run(
    `INSERT INTO attempts (execution_id, step_id, number, id, agent, status, simulated, started_at, reserved_micros)
     VALUES (?, ?, ?, ?, ?, 'running', ?, ?, ?)`,
    [
      event.executionId,
      event.stepId,
      event.attempt,
      event.attemptId,
      event.agent,
      event.simulated ? 1 : 0,
      event.at,
      event.reserved,
    ],
  );
  database.run(
    `UPDATE step_executions SET status = 'running', agent = ?3, simulated = ?4, attempts = ?5,
       started_at = coalesce(started_at, ?6)
     WHERE execution_id = ?1 AND step_id = ?2`,
    [event.executionId, event.stepId, event.agent, event.simulated ? 1 : 0, event.attempt, event.at],
  );
}

export function attemptStopping(database: Database, event: EventOf<"attempt.stopping">): void {
  database.run("UPDATE attempts SET stop_reason = ? WHERE execution_id = ? AND step_id = ? AND number = ?", [
    event.reason,
    event.executionId,
    event.stepId,
    event.attempt,
  ]);
}

export function attemptFinished(database: Database, event: EventOf<"attempt.finished">): void {
  database.run(
    `UPDATE attempts SET status = ?4, completed_at = ?5, duration_ms = ?6, error_code = ?7, error_message = ?8,
       exit_code = ?9, cost_micros = ?10
     WHERE execution_id = ?1 AND step_id = ?2 AND number = ?3`,
    [
      event.executionId,
      event.stepId,
      event.attempt,
      event.outcome,
      event.at,
      event.duration,
      event.failure?.code ?? null,
      event.failure?.message ?? null,
      event.result?.end?.exitCode ?? null,
      knownCost(event),
    ],
  );
}

/**
 * Brings the step up to date with an attempt that is over, and with the step's own end when that is known already. The step's
 * cost is the sum of its attempts, and unknown as soon as that of one of them is.
 */
export function stepAttempted(
  database: Database,
  event: EventOf<"attempt.finished">,
  end: EventOf<"step.finished"> | null,
): void {
  const result = event.result === null ? null : JSON.stringify(event.result);
  const values = [event.executionId, event.stepId, event.attempt, result, knownCost(event)];
  if (end === null) {
    database.run(`UPDATE step_executions SET ${ATTEMPTED} WHERE execution_id = ?1 AND step_id = ?2`, values);
    return;
  }
  database.run(
    `UPDATE step_executions SET ${ATTEMPTED}, status = ?6, completed_at = ?7, error_code = ?8, error_message = ?9
     WHERE execution_id = ?1 AND step_id = ?2`,
    [...values, end.status, end.at, end.failure?.code ?? null, end.failure?.message ?? null],
  );
}

const ATTEMPTED = "result = ?4, cost_micros = CASE WHEN ?3 = 1 THEN ?5 ELSE cost_micros + ?5 END";

export function stepWaiting(database: Database, event: EventOf<"retry.scheduled">): void {
  database.run("UPDATE step_executions SET status = 'waiting' WHERE execution_id = ? AND step_id = ?", [
    event.executionId,
    event.stepId,
  ]);
}

export function stepFinished(database: Database, event: EventOf<"step.finished">): void {
  database.run(
    `UPDATE step_executions SET status = ?3, completed_at = ?4, error_code = ?5, error_message = ?6
     WHERE execution_id = ?1 AND step_id = ?2`,
    [
      event.executionId,
      event.stepId,
      event.status,
      event.at,
      event.failure?.code ?? null,
      event.failure?.message ?? null,
    ],
  );
}

/** Null as soon as one of the amounts is unknown; no entries cost nothing. */
function knownCost(event: EventOf<"attempt.finished">): Micros | null {
  let sum = 0;
  for (const { amount } of event.costs) {
    if (amount === null) return null;
    sum += amount;
  }
  return sum;
}
