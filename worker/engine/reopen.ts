import type { EventOf } from "../../schemas/event.ts";
import { reindex } from "./reindex.ts";
import { stepNamed, type ExecutionState, type StepState } from "./state.ts";

/** Steps that have ended are begun anew; whatever had ended the execution is forgotten, and its timeout counts from now. */
export function reopen(state: ExecutionState, event: EventOf<"steps.reopened">): void {
  state.finished = null;
  state.cancel = null;
  state.failFast = null;
  state.aborted = null;
  state.expired = false;
  state.timeoutFrom = event.t;
  state.idleSince = null;
  for (const id of event.steps) {
    const step = stepNamed(state, id);
    if (step.phase.kind !== "ended") throw new Error(`step ${id} is reopened and has not ended`);
    beginAnew(step);
  }
  reindex(state);
}

/** A review has found faults: what it looked at, and everything from there to the review itself, is begun anew. */
export function sendBack(state: ExecutionState, event: EventOf<"review.returned">): void {
  for (const id of event.steps) beginAnew(stepNamed(state, id));
  stepNamed(state, event.stepId).rounds = event.round;
  stepNamed(state, event.target).findings = event.findings;
  reindex(state);
}

/** Forgets what the step has reached, but not what it has cost nor how often it was tried. */
export function beginAnew(step: StepState): void {
  step.phase = { kind: "pending" };
  countAnew(step);
  step.result = null;
  step.artifacts = [];
  step.endedAt = null;
}

/** Attempts, waits and rounds count from now on. */
export function countAnew(step: StepState): void {
  step.tries = 0;
  step.chain = 0;
  step.interruptions = 0;
  step.quota = null;
  step.rounds = 0;
}
