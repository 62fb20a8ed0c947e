import type { DecisionChoice, DecisionKind } from "../../schemas/decision.ts";
import type { EventBody } from "../../schemas/event.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import { hasFallbackFor } from "./fallback.ts";
import { findsFaults, rejectionBy, sendBackBy } from "./review.ts";
import { isQuota, mayAwaitQuota, retryDelay } from "./retry.ts";
import type { ExecutionState, StepState } from "./state.ts";
import { stopOf } from "./stop-reason.ts";

/**
 * What follows for a step of which something new is known: it ends, waits for its next attempt, begins anew, or a person is asked.
 * `number` is that of the next decision.
 */
export function settle(state: ExecutionState, step: StepState, t: number, number: number): EventBody {
  const stepId = step.definition.id;
  if (step.phase.kind !== "settling") throw new Error(`step ${stepId} is not settling`);
  const { outcome, failure: reason } = step.phase;
  const isDone = outcome === "succeeded" && !findsFaults(step);
  if (isDone) return { type: "step.finished", stepId, status: "completed", failure: null };
  if (outcome === "abort") return { type: "step.finished", stepId, status: "failed", failure: reason ?? GIVEN_UP };
  if (outcome === "skip") return { type: "step.finished", stepId, status: "skipped", failure: reason };
  const stop = stopOf(state);
  if (stop && outcome !== "failed")
    return { type: "step.finished", stepId, status: "cancelled", failure: reason ?? stop.why };
  switch (outcome) {
    case "succeeded":
      return sendBackBy(state, step) ?? giveUp(state, step, rejectionBy(step), number);
    case "failed":
      return stop === null ? retryOrGiveUp(state, step, reason, t, number) : failStep(stepId, reason);
    case "interrupted":
      return afterInterruption(state, step, number);
    case "stale":
      return { type: "step.requeued", stepId, reason: "stale" };
    case "retry":
      return { type: "step.requeued", stepId, reason: "answered" };
    case "cancelled":
      return { type: "step.finished", stepId, status: "cancelled", failure: reason };
  }
}

const GIVEN_UP = failure("cancelled", "given up by a person");

function retryOrGiveUp(
  state: ExecutionState,
  step: StepState,
  reason: Failure | null,
  t: number,
  number: number,
): EventBody {
  const { id: stepId, retry } = step.definition;
  const isOther = reason !== null && hasFallbackFor(step, reason.code);
  if (isOther && reason.code === "agent_unavailable") return { type: "step.requeued", stepId, reason: "fallback" };
  const usual = retryDelay(retry, step.tries, `${state.executionId}/${stepId}/${step.attempts}`);
  const again = ({ code }: Failure, delay: number, quota: boolean): EventBody => {
    return { type: "retry.scheduled", stepId, attempt: step.attempts + 1, due: t + delay, delay, code, quota };
  };
  if (isQuota(reason)) {
    // Only the agent whose quota is used up is left alone for so long.
    const delay = isOther ? usual : Math.max(usual, reason.retryAfter);
    return mayAwaitQuota(step, t, delay) ? again(reason, delay, true) : giveUp(state, step, reason, number);
  }
  const isRetried = reason !== null && isRetriedBy(step, reason) && step.tries < retry.maxAttempts;
  return isRetried ? again(reason, usual, false) : giveUp(state, step, reason, number);
}

/** An agent knows of its own errors whether trying again can help; money that is lacking stays lacking. */
function isRetriedBy({ definition: { retry } }: StepState, { code, retryable }: Failure): boolean {
  if (code === "budget_exceeded") return false;
  return retry.retryOn.includes(code) || (code === "agent_error" && retryable);
}

/** The step has failed for good; its policy says what follows. */
function giveUp(state: ExecutionState, step: StepState, reason: Failure | null, number: number): EventBody {
  const { id: stepId, title, onFailure } = step.definition;
  if (onFailure !== "pause") return failStep(stepId, reason);
  const conflict = reason?.code === "merge_conflict" ? step.result?.conflict : undefined;
  if (reason !== null && conflict !== undefined) {
    return { ...asked(state, step, "conflict", `"${title}" is not merged: ${reason.message}`, number), conflict };
  }
  if (reason?.code === "review_rejected") return asked(state, step, "step_failed", reason.message, number);
  const isAgent = reason?.code === "agent_unavailable";
  const message = `"${title}" failed${step.tries > 1 ? ` ${step.tries} times` : ""}: ${reason?.message ?? "no reason was given"}`;
  return asked(state, step, isAgent ? "agent_unavailable" : "step_failed", message, number);
}

/** Interrupted by a crash of ours: run again, unless that does harm or has happened too often. */
function afterInterruption(state: ExecutionState, step: StepState, number: number): EventBody {
  const { id: stepId, title, idempotent, retry } = step.definition;
  if (!idempotent) {
    const message = `"${title}" was interrupted by a crash of Planwright and must not simply run again: look how far it came, then retry it, or skip it if it is done`;
    return asked(state, step, "interrupted", message, number);
  }
  if (step.tries < retry.maxAttempts) return { type: "step.requeued", stepId, reason: "interrupted" };
  const reason = failure("interrupted", `interrupted ${step.interruptions} times by crashes of Planwright`);
  return giveUp(state, step, reason, number);
}

const CHOICES: DecisionChoice[] = ["retry", "skip", "abort"];

function asked(
  state: ExecutionState,
  { definition: { id: stepId, title } }: StepState,
  kind: DecisionKind,
  message: string,
  number: number,
): Extract<EventBody, { type: "decision.asked" }> {
  const decisionId = decisionIdOf(state, number);
  return {
    type: "decision.asked",
    decisionId,
    stepId,
    title,
    kind,
    message,
    choices: [...CHOICES],
    amount: null,
    limit: null,
    request: null,
    conflict: null,
  };
}

/** Ids of decisions follow from their order alone, so that recovery asks under the same name. */
export function decisionIdOf(state: ExecutionState, number: number): string {
  return `${state.executionId}/ask-${number}`;
}

function failStep(stepId: string, reason: Failure | null): EventBody {
  return { type: "step.finished", stepId, status: "failed", failure: reason };
}
