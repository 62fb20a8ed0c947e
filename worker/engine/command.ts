import type { DecisionChoice } from "../../schemas/decision.ts";
import type { EventBody } from "../../schemas/event.ts";
import { failed, failure, success, type Outcome } from "../../schemas/failure.ts";
import type { Micros } from "../../schemas/money.ts";
import { alike } from "./permission.ts";
import { reviseWith, type Revision } from "./revision.ts";
import { stopOf } from "./stop-reason.ts";
import { isMet, stepAt, type ExecutionState, type StepState } from "./state.ts";

/** What a person can ask of an execution (catalogue C5, F1). */
export type Command =
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  /** `force`: running attempts are killed at once. */
  | { readonly kind: "cancel"; readonly force: boolean }
  /**
   * `amount`: what `allow` adds to the limit; null: what was asked for. `revision`: the changed plan under which `retry` goes on;
   * null: the plan stays as it is.
   */
  | {
      readonly kind: "answer";
      readonly decisionId: string;
      readonly choice: DecisionChoice;
      readonly amount: Micros | null;
      readonly revision: Revision | null;
    }
  /** A step that failed, was cancelled or not run, with what was not run because of it; null: all of them. */
  | { readonly kind: "retry"; readonly stepId: string | null }
  /** A step and, unless `only`, everything that depends on it, also what has completed. */
  | { readonly kind: "rerun"; readonly stepId: string; readonly only: boolean }
  /** Ends the attempt of a step that runs; its failure policy says what follows. */
  | { readonly kind: "kill"; readonly stepId: string }
  | { readonly kind: "revise"; readonly revision: Revision };

/**
 * What a command means for an execution, as events to record; none when it is so already. A command that cannot be obeyed is
 * refused with the reason: `conflict` when it comes too late, `not_found` or `bad_request` when it names something wrong.
 */
export function accept(state: ExecutionState, command: Command, by: string): Outcome<EventBody[]> {
  switch (command.kind) {
    case "pause":
      if (state.finished) return over(state);
      return success(state.paused || state.cancel ? [] : [{ type: "execution.paused", by }]);
    case "resume":
      if (state.finished) return over(state);
      return success(state.paused || state.interrupted !== null ? [{ type: "execution.resumed", by }] : []);
    case "cancel": {
      const isNew = !state.finished && (!state.cancel || (command.force && !state.cancel.force));
      return success(isNew ? [{ type: "cancel.requested", by, force: command.force }] : []);
    }
    case "answer":
      return answerDecision(state, command, by);
    case "retry":
      return command.stepId === null ? retryAll(state, by) : retryStep(state, command.stepId, by);
    case "rerun":
      return rerun(state, command.stepId, command.only, by);
    case "kill":
      return kill(state, command.stepId, by);
    case "revise":
      return revise(state, command.revision, by);
  }
}

function over<T>(state: ExecutionState): Outcome<T> {
  return failed(failure("conflict", `execution ${state.executionId} has ended: it is ${state.finished?.status ?? ""}`));
}

function answerDecision(
  state: ExecutionState,
  { decisionId, choice, amount, revision }: Extract<Command, { kind: "answer" }>,
  by: string,
): Outcome<EventBody[]> {
  const earlier = state.answered.get(decisionId);
  if (earlier) {
    return failed(failure("conflict", `${decisionId} was answered already by ${earlier.by}: ${earlier.choice}`));
  }
  const decision = state.decisions.get(decisionId);
  if (!decision) {
    return failed(failure("not_found", `${decisionId} does not wait for an answer: planwright inbox lists what does`));
  }
  if (!decision.choices.includes(choice)) {
    return failed(
      failure("bad_request", `${decisionId} can be answered with ${decision.choices.join(", ")}, not ${choice}`),
    );
  }
  if (amount !== null && choice !== "allow")
    return failed(failure("bad_request", `an amount goes with allow, not with ${choice}`));
  const added = choice === "allow" ? (amount ?? decision.amount) : null;
  const answered = {
    type: "decision.answered" as const,
    decisionId,
    stepId: decision.stepId,
    choice,
    by,
    amount: added,
    limit: decision.limit,
  };
  const isKept = choice === "allow_session" || choice === "allow_always";
  const others = (isKept ? alike(state, decision) : []).map((other): EventBody => {
    return { ...answered, decisionId: other.decisionId, stepId: other.stepId };
  });
  if (revision === null) return success([answered, ...others]);
  const revised = revise(state, revision, by, decisionId);
  return revised.ok ? success([answered, ...revised.value]) : revised;
}

/** A step that waits for its backoff or for an answer is tried now; one that has ended badly is begun anew. */
function retryStep(state: ExecutionState, stepId: string, by: string): Outcome<EventBody[]> {
  const step = find(state, stepId);
  if (!step) return noStep(state, stepId);
  for (const { decisionId, stepId: about, choices } of state.decisions.values()) {
    if (about === stepId && choices.includes("retry"))
      return answerDecision(state, { kind: "answer", decisionId, choice: "retry", amount: null, revision: null }, by);
  }
  if (step.phase.kind === "waiting") return success([{ type: "step.requeued", stepId, reason: "answered" }]);
  if (step.phase.kind !== "ended")
    return failed(failure("conflict", `"${step.definition.title}" ${standing(step)} and needs no retry`, { stepId }));
  if (step.definition.skip) return leftOut(state, step);
  if (isMet(step) && step.phase.status !== "failed") {
    const done = `"${step.definition.title}" is ${step.phase.status}: to run it again, rerun it`;
    return failed(failure("conflict", done, { stepId }));
  }
  return reopened(state, withUnrun(state, [step]), by);
}

/** Everything that has ended badly. */
function retryAll(state: ExecutionState, by: string): Outcome<EventBody[]> {
  const bad = state.steps.filter((step) => step.phase.kind === "ended" && !isMet(step));
  return bad.length > 0
    ? reopened(state, bad, by)
    : failed(failure("conflict", `nothing of execution ${state.executionId} has failed or was left out`));
}

function rerun(state: ExecutionState, stepId: string, only: boolean, by: string): Outcome<EventBody[]> {
  const step = find(state, stepId);
  if (!step) return noStep(state, stepId);
  if (step.phase.kind !== "ended")
    return failed(
      failure("conflict", `"${step.definition.title}" has not ended yet: it ${standing(step)}`, { stepId }),
    );
  if (step.definition.skip) return leftOut(state, step);
  const all = only ? [step] : descendants(state, step);
  const live = all.find(({ phase }) => phase.kind === "running" || phase.kind === "settling");
  if (live) {
    const message = `"${live.definition.title}" depends on it and is running: wait for its end, or kill it first`;
    return failed(failure("conflict", message, { stepId: live.definition.id }));
  }
  return reopened(
    state,
    all.filter(({ phase }) => phase.kind === "ended"),
    by,
  );
}

function reopened(state: ExecutionState, steps: readonly StepState[], by: string): Outcome<EventBody[]> {
  const ids = steps.map(({ definition }) => definition.id);
  return refuseWhileEnding(state) ?? success([{ type: "steps.reopened", steps: ids, by }]);
}

function revise(
  state: ExecutionState,
  revision: Revision,
  by: string,
  answered: string | null = null,
): Outcome<EventBody[]> {
  const refused = refuseWhileEnding(state);
  if (refused) return refused;
  if (revision.over === null || revision.over === state.planHash)
    return success(reviseWith(state, revision, by, answered));
  const message = `execution ${state.executionId} goes on under another plan since this one was made: make it again with --against ${state.executionId}`;
  return failed(failure("conflict", message));
}

/** What is being stopped cannot go on: its attempts would count as failed. */
function refuseWhileEnding(state: ExecutionState): Outcome<EventBody[]> | null {
  const stop = state.finished ? null : stopOf(state);
  return stop && failed(failure("conflict", `execution ${state.executionId} is being stopped: wait for its end`));
}

/** The steps, and what was not run because of them. */
function withUnrun(state: ExecutionState, steps: readonly StepState[]): StepState[] {
  const found = new Set(steps);
  for (const step of found) {
    for (const index of step.dependents) {
      const dependent = stepAt(state, index);
      if (dependent.phase.kind === "ended" && dependent.phase.status !== "failed" && !isMet(dependent))
        found.add(dependent);
    }
  }
  return inPlanOrder(found);
}

function descendants(state: ExecutionState, step: StepState): StepState[] {
  const found = new Set([step]);
  for (const { dependents } of found) for (const index of dependents) found.add(stepAt(state, index));
  return inPlanOrder(found);
}

function inPlanOrder(steps: ReadonlySet<StepState>): StepState[] {
  return [...steps].sort((a, b) => a.index - b.index);
}

function kill(state: ExecutionState, stepId: string, by: string): Outcome<EventBody[]> {
  const step = find(state, stepId);
  if (!step) return noStep(state, stepId);
  if (step.phase.kind !== "running") {
    return failed(failure("conflict", `"${step.definition.title}" does not run: it ${standing(step)}`, { stepId }));
  }
  const { attemptId, attempt, stopping } = step.phase.live;
  if (stopping !== null) return success([]);
  return success([{ type: "attempt.stopping", stepId, attemptId, attempt, reason: "killed", by }]);
}

function find(state: ExecutionState, stepId: string): StepState | null {
  const index = state.indexOf.get(stepId);
  return index === undefined ? null : stepAt(state, index);
}

/** Where a step stands, for the end of a sentence. */
function standing({ phase }: StepState): string {
  switch (phase.kind) {
    case "pending":
      return "waits for what it depends on";
    case "ready":
      return "waits for its turn";
    case "running":
      return "runs";
    case "settling":
      return "has just answered";
    case "waiting":
      return "waits for its next attempt";
    case "asking":
      return "waits for your decision";
    case "ended":
      return `is ${phase.status}`;
  }
}

/** What a person or a part of the plan has taken out is not begun anew: it would only be left out again. */
function leftOut<T>(state: ExecutionState, { definition: { id: stepId, title } }: StepState): Outcome<T> {
  const way = `plan the spec with --against ${state.executionId} to take it in, or start another run with --only ${stepId}`;
  return failed(failure("conflict", `"${title}" is left out of this execution: ${way}`, { stepId }));
}

function noStep<T>(state: ExecutionState, stepId: string): Outcome<T> {
  return failed(
    failure(
      "not_found",
      `execution ${state.executionId} has no step "${stepId}": planwright status ${state.executionId} lists them`,
    ),
  );
}
