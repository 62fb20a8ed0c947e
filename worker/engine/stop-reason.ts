import { formatDuration } from "../../schemas/duration.ts";
import type { StopReason } from "../../schemas/event.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import { stepAt, type ExecutionState } from "./state.ts";

/** Why an execution is being wound down. */
export interface Stop {
  readonly reason: Extract<StopReason, "cancel" | "abort" | "fail-fast" | "deadline">;
  /** The reason for everything that ends with it. */
  readonly why: Failure;
}

/** Null while the execution may still start steps. A person's word goes before everything else. */
export function stopOf(state: ExecutionState): Stop | null {
  if (state.cancel) return { reason: "cancel", why: failure("cancelled", `cancelled by ${state.cancel.by}`) };
  if (state.aborted) {
    const { by, stepId } = state.aborted;
    return { reason: "abort", why: failure("cancelled", `stopped by ${by} because of "${titleOf(state, stepId)}"`) };
  }
  if (state.failFast) {
    const why = `stopped because "${titleOf(state, state.failFast.stepId)}" failed and its policy is fail-fast`;
    return { reason: "fail-fast", why: failure("cancelled", why) };
  }
  if (!state.expired) return null;
  const limit = formatDuration(state.plan.timeout ?? 0);
  return { reason: "deadline", why: failure("timeout", `the execution's timeout of ${limit} has passed`) };
}

function titleOf(state: ExecutionState, stepId: string): string {
  const index = state.indexOf.get(stepId);
  return index === undefined ? stepId : stepAt(state, index).definition.title;
}
