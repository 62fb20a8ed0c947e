import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";
import { insertArtifact } from "./artifacts.ts";
import type { Database } from "./database.ts";
import {
  executionCancelling,
  executionFinished,
  executionInterrupted,
  insertExecution,
  recordProgress,
} from "./executions.ts";
import { insertLedgerEntry } from "./ledger.ts";
import {
  attemptFinished,
  attemptStarted,
  attemptStopping,
  insertSteps,
  stepAttempted,
  stepFinished,
  stepWaiting,
} from "./steps.ts";

/**
 * Brings the tables up to date with events of one execution, in order, inside the transaction that stores them. The tables
 * hold nothing that the events do not say; when both ever differ, the events are right.
 */
export function project(database: Database, executionId: string, events: readonly ExecutionEvent[]): void {
  const totals: Totals = { spent: null, unknown: 0 };
  const ends = new Map<string, EventOf<"step.finished">>();
  for (const event of events) if (event.type === "step.finished") ends.set(event.stepId, event);
  for (const event of events) projectOne(database, event, totals, ends);
  const last = events.at(-1);
  if (last) recordProgress(database, executionId, last.seq, totals.spent, totals.unknown);
}

/** What the attempts of one batch cost together; null while nothing is known. */
interface Totals {
  spent: number | null;
  unknown: number;
}

/** `ends` holds the ends of steps that are still to be written; the end of a step's last attempt takes its own along. */
function projectOne(
  database: Database,
  event: ExecutionEvent,
  totals: Totals,
  ends: Map<string, EventOf<"step.finished">>,
): void {
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
      finishAttempt(database, event, totals, ends.get(event.stepId) ?? null);
      ends.delete(event.stepId);
      break;
    case "retry.scheduled":
      stepWaiting(database, event);
      break;
    case "step.finished":
      if (ends.delete(event.stepId)) stepFinished(database, event);
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
      break;
    default:
      event satisfies never;
  }
}

/** Costs of simulated attempts never enter the ledger (semantics, Approval); the tables keep them with their mark. */
function finishAttempt(
  database: Database,
  event: EventOf<"attempt.finished">,
  totals: Totals,
  end: EventOf<"step.finished"> | null,
): void {
  attemptFinished(database, event);
  stepAttempted(database, event, end);
  event.costs.forEach((cost, index) => {
    if (!insertLedgerEntry(database, event, index, cost)) return;
    if (cost.amount === null) totals.unknown += 1;
    else totals.spent = (totals.spent ?? 0) + cost.amount;
  });
  for (const artifact of event.artifacts) insertArtifact(database, event, artifact);
}
