import { formatDuration } from "../../schemas/duration.ts";
import type { Artifact, AttemptResult, CostEntry, EventBody, EventOf } from "../../schemas/event.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import { timeAsking } from "./asking-time.ts";
import { amountIn } from "./limits.ts";
import { stopOf } from "./stop-reason.ts";
import type { ExecutionState, LiveAttempt, StepState } from "./state.ts";

/** What the shell learned when an attempt ended. */
export interface AttemptEnd {
  readonly outcome: "succeeded" | "failed" | "cancelled";
  readonly failure: Failure | null;
  readonly result: AttemptResult | null;
  readonly costs: CostEntry[];
  readonly artifacts: Artifact[];
  /** In ms, by the monotonic clock. */
  readonly duration: number;
}

/** Turns what a running attempt says of its costs into its event. What comes after its end is fenced off. */
export function report(
  state: ExecutionState,
  { stepId, attempt, attemptId }: EventOf<"attempt.started">,
  { costs, refused }: Pick<EventOf<"attempt.reported">, "costs" | "refused">,
): EventBody {
  if (!liveOf(state, stepId, attemptId)) {
    const message = "late report of costs of an attempt that is over";
    return { type: "attempt.fenced", stepId, attemptId, attempt, message };
  }
  return {
    type: "attempt.reported",
    stepId,
    attemptId,
    attempt,
    costs: costs.every(isBookable) ? costs : costs.map(bookable),
    refused,
  };
}

/**
 * Turns an attempt's answer into its event, at the time `t` of the execution's clock. An answer of an attempt that is no longer the live
 * one is fenced off. The time that it waited for a person is none of its duration.
 */
export function answer(
  state: ExecutionState,
  stepId: string,
  attempt: number,
  attemptId: string,
  end: AttemptEnd,
  t: number,
): EventBody {
  const running = liveOf(state, stepId, attemptId);
  if (!running) {
    const message = `late answer (${end.outcome}) of an attempt that is over`;
    return { type: "attempt.fenced", stepId, attemptId, attempt, message };
  }
  const { outcome, failure: reason } = judge(state, running.step, running.live, end);
  return {
    type: "attempt.finished",
    stepId,
    attemptId,
    attempt,
    outcome,
    failure: reason,
    result: end.result,
    costs: end.costs.every(isBookable) ? end.costs : end.costs.map(bookable),
    artifacts: end.artifacts,
    duration: Math.max(0, Math.round(end.duration - timeAsking(running.live, t))),
  };
}

/** The step and its live attempt, when that is the one that is meant. */
export function liveOf(
  state: ExecutionState,
  stepId: string,
  attemptId: string,
): { readonly step: StepState; readonly live: LiveAttempt } | null {
  const index = state.indexOf.get(stepId);
  const step = index === undefined ? undefined : state.steps[index];
  if (!step || step.phase.kind !== "running" || step.phase.live.attemptId !== attemptId) return null;
  return { step, live: step.phase.live };
}

/**
 * How the attempt counts. One that we stopped did not end by itself, whatever its agent says of its end, unless it succeeded before
 * it noticed. One that says to be cancelled although nobody stopped it has failed. A failed one always has a reason.
 */
function judge(
  state: ExecutionState,
  step: StepState,
  live: LiveAttempt,
  end: AttemptEnd,
): Pick<AttemptEnd, "outcome" | "failure"> {
  if (live.isStale) return { outcome: "cancelled", failure: STALE };
  if (end.outcome === "succeeded") return SUCCEEDED;
  if (live.stopping === "killed") {
    return { outcome: "failed", failure: failure("killed", `stopped by ${live.stoppedBy ?? "a person"}`) };
  }
  if (live.stopping === "timeout") {
    const limit = formatDuration(step.definition.timeout ?? 0);
    const message = `stopped after its timeout of ${limit}: raise "timeout" on the task, or find out why it takes so long`;
    return { outcome: "failed", failure: failure("timeout", message) };
  }
  if (live.stopping === "budget")
    return { outcome: "failed", failure: failure("budget_exceeded", tooDear(state, step, live)) };
  if (live.stopping !== null || end.outcome === "cancelled") {
    const stop = stopOf(state);
    return stop
      ? { outcome: "cancelled", failure: stop.why }
      : { outcome: "failed", failure: failure("agent_error", "the agent stopped by itself before it was done") };
  }
  return { outcome: "failed", failure: end.failure ?? failure("agent_error", "the agent failed and gave no reason") };
}

function tooDear(
  state: ExecutionState,
  { definition: { cap } }: StepState,
  { granted, reported }: LiveAttempt,
): string {
  const cost = amountIn(state, reported);
  if (cap !== null && reported > cap)
    return `stopped because it had cost ${cost}, and its cap is ${amountIn(state, cap)}: raise "cost" on the task, or find out why it costs so much`;
  return `stopped because it had cost ${cost}, ${amountIn(state, granted)} was set aside for it, and a limit was passed`;
}

const SUCCEEDED = { outcome: "succeeded", failure: null } as const;
const STALE = failure("stale", "the plan was revised while it ran, so what it did does not count");

/** A cost that is no amount of money (NaN, negative, infinite, a fraction of a millionth) is not known (catalogue E4). */
function bookable(cost: CostEntry): CostEntry {
  return isBookable(cost) ? cost : { ...cost, amount: null, certainty: "unknown" };
}

function isBookable({ amount }: CostEntry): boolean {
  return amount === null || (Number.isSafeInteger(amount) && amount >= 0);
}
