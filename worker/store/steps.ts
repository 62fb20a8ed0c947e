import type { EngineStep, EventOf } from "../../schemas/event.ts";
import type { Database } from "./database.ts";

/** One row for each step, by a single statement: the biggest plans have 10,000 of them. */
export function insertSteps(database: Database, executionId: string, steps: readonly EngineStep[]): void {
  database.run(
    `INSERT INTO step_executions (execution_id, step_id, agent, status, simulated, capability, service, estimate_micros)
     ${PLANNED}`,
    [executionId, plannedSteps(steps)],
  );
}

const PLANNED = `SELECT ?1, value ->> 0, value ->> 1, 'pending', value ->> 2, value ->> 3, value ->> 4, value ->> 5
     FROM json_each(CAST(?2 AS TEXT))`;

function plannedSteps(steps: readonly EngineStep[]): Buffer {
  return Buffer.from(
    JSON.stringify(
      steps.map((step) => [step.id, step.agent, step.simulated ? 1 : 0, step.capability, step.service, step.cost]),
    ),
  );
}

/**
 * The steps of a revised plan: new ones join, those that the plan no longer has and that were never tried leave, and all get the
 * agent, capability, service and estimate that they have now.
 */
export function stepsRevised(database: Database, event: EventOf<"plan.revised">): void {
  const steps = plannedSteps(event.plan.steps);
  database.run(
    `INSERT INTO step_executions (execution_id, step_id, agent, status, simulated, capability, service, estimate_micros)
     ${PLANNED} WHERE true
     ON CONFLICT (execution_id, step_id) DO UPDATE SET agent = excluded.agent, simulated = excluded.simulated,
       capability = excluded.capability, service = excluded.service,
       estimate_micros = excluded.estimate_micros`,
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
  status: "pending" | "ready" | "waiting",
): void {
  database.run("UPDATE step_executions SET status = ?3 WHERE execution_id = ?1 AND step_id = ?2", [
    executionId,
    stepId,
    status,
  ]);
}
