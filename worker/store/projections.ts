import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";
import { insertArtifact } from "./artifacts.ts";
import type { Database } from "./database.ts";
import { decisionAnswered, decisionWithdrawn, insertDecision } from "./decisions.ts";
import {
  addCosts,
  executionCancelling,
  executionFinished,
  executionInterrupted,
  executionPaused,
  executionRevised,
  executionRunning,
  insertExecution,
} from "./executions.ts";
import { insertLedgerEntry } from "./ledger.ts";
import {
  attemptFinished,
  attemptStarted,
  attemptStopping,
  insertSteps,
  stepAttempted,
  stepFinished,
  stepsReopened,
  stepsRevised,
  stepStanding,
  unrunStepsReopened,
} from "./steps.ts";

/**
 * Brings the tables up to date with events of one execution, in order, inside the transaction that stores them. The tables
 * hold nothing that the events do not say; when both ever differ, the events are right.
 */
export function project(database: Database, executionId: string, events: readonly ExecutionEvent[]): void {
  const batch = lookAhead(events);
  for (const event of events) projectOne(database, event, batch);
  if (batch.spent !== null || batch.unknown > 0) addCosts(database, executionId, batch.spent, batch.unknown);
}

interface Batch {
  /** What the attempts of the batch cost together; null while nothing is known. */
  spent: number | null;
  unknown: number;
  /** Ends of steps whose last attempt ends in this batch too, by that attempt: such a row is written once. */
  readonly ends: ReadonlyMap<string, EventOf<"step.finished">>;
  /** The same ends, by event. A step may be begun anew and end a second time within a batch. */
  readonly carried: ReadonlySet<ExecutionEvent>;
}

function lookAhead(events: readonly ExecutionEvent[]): Batch {
  const ends = new Map<string, EventOf<"step.finished">>();
  const carried = new Set<ExecutionEvent>();
  const lastAttempt = new Map<string, string>();
  for (const event of events) {
    if (event.type === "attempt.finished") lastAttempt.set(event.stepId, event.attemptId);
    if (event.type !== "step.finished") continue;
    const attemptId = lastAttempt.get(event.stepId);
    if (attemptId === undefined) continue;
    ends.set(attemptId, event);
    carried.add(event);
    lastAttempt.delete(event.stepId);
  }
  return { spent: null, unknown: 0, ends, carried };
}

function projectOne(database: Database, event: ExecutionEvent, batch: Batch): void {
  switch (event.type) {
    case "execution.created":
      insertExecution(database, event);
      insertSteps(database, event.executionId, event.plan.steps);
      break;
    case "attempt.started":
      attemptStarted(database, event);
      break;
    case "attempt.stopping":
      attemptStopping(database, event);
      break;
    case "attempt.finished":
      finishAttempt(database, event, batch);
      break;
    case "retry.scheduled":
      stepStanding(database, event.executionId, event.stepId, "waiting");
      break;
    case "step.finished":
      if (!batch.carried.has(event)) stepFinished(database, event);
      break;
    case "step.requeued":
      stepStanding(database, event.executionId, event.stepId, "ready");
      break;
    case "decision.asked":
      insertDecision(database, event);
      if (event.kind !== "budget") stepStanding(database, event.executionId, event.stepId, "waiting");
      break;
    case "decision.answered":
      decisionAnswered(database, event);
      break;
    case "decision.withdrawn":
      decisionWithdrawn(database, event);
      break;
    case "execution.paused":
      executionPaused(database, event.executionId);
      break;
    case "execution.resumed":
      executionRunning(database, event.executionId);
      break;
    case "steps.reopened":
      executionRunning(database, event.executionId);
      stepsReopened(database, event.executionId, event.steps);
      break;
    case "plan.revised":
      executionRunning(database, event.executionId);
      executionRevised(database, event);
      stepsRevised(database, event);
      unrunStepsReopened(database, event.executionId);
      stepsReopened(database, event.executionId, event.stale);
      break;
    case "cancel.requested":
      executionCancelling(database, event.executionId);
      break;
    case "execution.interrupted":
      executionInterrupted(database, event);
      break;
    case "execution.finished":
      executionFinished(database, event);
      break;
    case "attempt.fenced":
    case "execution.expired":
      break;
    default:
      event satisfies never;
  }
}

/** Costs of simulated attempts never enter the ledger (semantics, Approval); the tables keep them with their mark. */
function finishAttempt(database: Database, event: EventOf<"attempt.finished">, batch: Batch): void {
  attemptFinished(database, event);
  stepAttempted(database, event, batch.ends.get(event.attemptId) ?? null);
  event.costs.forEach((cost, index) => {
    if (!insertLedgerEntry(database, event, index, cost)) return;
    if (cost.amount === null) batch.unknown += 1;
    else batch.spent = (batch.spent ?? 0) + cost.amount;
  });
  for (const artifact of event.artifacts) insertArtifact(database, event, artifact);
}
