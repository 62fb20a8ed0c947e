import type { EngineStep, EventOf } from "../../schemas/event.ts";
import type { Micros } from "../../schemas/money.ts";
import type { Database } from "./database.ts";

/** One row for each step, by a single statement: the biggest plans have 10,000 of them. */
export function insertSteps(database: Database, executionId: string, steps: readonly EngineStep[]): void {
  database.run(`INSERT INTO step_executions (execution_id, step_id, agent, status, simulated, capability) ${PLANNED}`, [
    executionId,
    plannedSteps(steps),
  ]);
}

const PLANNED = `SELECT ?1, value ->> 0, value ->> 1, 'pending', value ->> 2, value ->> 3
     FROM json_each(CAST(?2 AS TEXT))`;

function plannedSteps(steps: readonly EngineStep[]): Buffer {
  return Buffer.from(
    JSON.stringify(steps.map((step) => [step.id, step.agent, step.simulated ? 1 : 0, step.capability])),
  );
}

/**
 * The steps of a revised plan: new ones join, those that the plan no longer has and that were never tried leave, and all get the
 * agent and capability that they have now.
 */
export function stepsRevised(database: Database, event: EventOf<"plan.revised">): void {
  const steps = plannedSteps(event.plan.steps);
  database.run(
    `INSERT INTO step_executions (execution_id, step_id, agent, status, simulated, capability) ${PLANNED} WHERE true
     ON CONFLICT (execution_id, step_id) DO UPDATE SET agent = excluded.agent, simulated = excluded.simulated,
       capability = excluded.capability`,
    [event.executionId, steps],
  );
  database.run(
    `DELETE FROM step_executions WHERE execution_id = ?1 AND attempts = 0
       AND step_id NOT IN (SELECT value ->> 0 FROM json_each(CAST(?2 AS TEXT)))`,
    [event.executionId, steps],
  );
}

/** Steps begin anew, whatever they had reached; those that run are still running. */
export function stepsReopened(database: Database, executionId: string, stepIds: readonly string[]): void {
  database.run(
    `UPDATE step_executions SET status = 'pending', completed_at = NULL, error_code = NULL, error_message = NULL,
       result = NULL
     WHERE execution_id = ?1 AND status <> 'running'
       AND step_id IN (SELECT value FROM json_each(CAST(?2 AS TEXT)))`,
    [executionId, Buffer.from(JSON.stringify(stepIds))],
  );
}

/** What was left out or cancelled gets another chance under a revised plan. */
export function unrunStepsReopened(database: Database, executionId: string): void {
  database.run(
    `UPDATE step_executions SET status = 'pending', completed_at = NULL, error_code = NULL, error_message = NULL
     WHERE execution_id = ?1 AND (status = 'cancelled' OR (status = 'skipped' AND error_code IS NOT NULL))`,
    [executionId],
  );
}

export function stepStanding(
  database: Database,
  executionId: string,
  stepId: string,
  status: "ready" | "waiting",
): void {
  database.run("UPDATE step_executions SET status = ?3 WHERE execution_id = ?1 AND step_id = ?2", [
    executionId,
    stepId,
    status,
  ]);
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
