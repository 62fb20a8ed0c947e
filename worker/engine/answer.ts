import { formatDuration } from "../../schemas/duration.ts";
import type { Artifact, AttemptResult, CostEntry, EventBody } from "../../schemas/event.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import type { ExecutionState } from "./state.ts";

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

/**
 * Turns an attempt's answer into its event. An answer of an attempt that is no longer the live one is fenced off. An attempt
 * that we stopped because of its timeout has failed, whatever the agent says of its end.
 */
export function answer(
  state: ExecutionState,
  stepId: string,
  attempt: number,
  attemptId: string,
  end: AttemptEnd,
): EventBody {
  const index = state.indexOf.get(stepId);
  const step = index === undefined ? undefined : state.steps[index];
  if (!step || step.phase.kind !== "running" || step.phase.live.attemptId !== attemptId) {
    return {
      type: "attempt.fenced",
      stepId,
      attemptId,
      attempt,
      message: `late answer (${end.outcome}) of an attempt that is over`,
    };
  }
  const common = {
    type: "attempt.finished",
    stepId,
    attemptId,
    attempt,
    result: end.result,
    costs: end.costs,
    artifacts: end.artifacts,
  } as const;
  const duration = Math.max(0, Math.round(end.duration));
  if (step.phase.live.stopping === "timeout" && end.outcome !== "succeeded") {
    const limit = formatDuration(step.definition.timeout ?? 0);
    const reason = failure(
      "timeout",
      `stopped after its timeout of ${limit}: raise "timeout" on the task, or find out why it takes so long`,
    );
    return { ...common, outcome: "failed", failure: reason, duration };
  }
  return { ...common, outcome: end.outcome, failure: end.failure, duration };
}
