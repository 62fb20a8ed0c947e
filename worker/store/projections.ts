import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";
import type { Database } from "./database.ts";
import { decisionAnswered, decisionWithdrawn, insertDecision } from "./decisions.ts";
import {
  executionCancelling,
  executionFinished,
  executionInterrupted,
  executionPaused,
  executionRevised,
  executionRunning,
  insertExecution,
} from "./executions.ts";
import { StepRows } from "./step-rows.ts";
import { insertSteps, stepsReopened, stepsRevised, stepStanding, unrunStepsReopened } from "./steps.ts";

/**
 * Brings the tables up to date with events of one execution, in order, inside the caller's transaction. The tables hold nothing that
 * the events do not say; when both ever differ, the events are right.
 */
export function project(database: Database, executionId: string, events: readonly ExecutionEvent[]): void {
  let rows = new StepRows();
  for (const event of events) {
    if (rows.take(event)) continue;
    rows.write(database, executionId);
    rows = new StepRows();
    projectOne(database, event);
  }
  rows.write(database, executionId);
}

/** Whether an event only tells of attempts and steps, so that the tables may follow a moment later. */
export function tellsOfStepsOnly({ type }: ExecutionEvent): boolean {
  return STEPS_ONLY.has(type);
}

const STEPS_ONLY: ReadonlySet<string> = new Set([
  "attempt.started",
  "attempt.stopping",
  "attempt.reported",
  "attempt.finished",
  "attempt.fenced",
  "budget.level",
  "retry.scheduled",
  "step.finished",
] satisfies ExecutionEvent["type"][]);

function projectOne(database: Database, event: ExecutionEvent): void {
  const { executionId } = event;
  switch (event.type) {
    case "execution.created":
      insertExecution(database, event);
      insertSteps(database, executionId, event.plan.steps);
      break;
    case "step.requeued":
      stepStanding(database, executionId, event.stepId, "ready");
      break;
    case "decision.asked":
      insertDecision(database, event);
      // The others leave their step as it is.
      if (event.kind !== "budget" && event.kind !== "permission")
        stepStanding(database, executionId, event.stepId, "waiting");
      break;
    case "decision.answered":
      decisionAnswered(database, event);
      break;
    case "decision.withdrawn":
      decisionWithdrawn(database, event);
      break;
    case "execution.paused":
      executionPaused(database, executionId);
      break;
    case "execution.resumed":
      executionRunning(database, executionId);
      break;
    case "steps.reopened":
      executionRunning(database, executionId);
      stepsReopened(database, executionId, event.steps);
      break;
    case "review.returned":
      stepsReopened(database, executionId, event.steps);
      stepStanding(database, executionId, event.stepId, "pending");
      break;
    case "plan.revised":
      planRevised(database, event);
      break;
    case "cancel.requested":
      executionCancelling(database, executionId);
      break;
    case "execution.interrupted":
      executionInterrupted(database, event);
      break;
    case "execution.finished":
      executionFinished(database, event);
      break;
    default:
      // The others are those that StepRows takes.
      break;
  }
}

function planRevised(database: Database, event: EventOf<"plan.revised">): void {
  executionRunning(database, event.executionId);
  executionRevised(database, event);
  stepsRevised(database, event);
  unrunStepsReopened(database, event.executionId);
  stepsReopened(database, event.executionId, event.stale);
}
