import { failure, type Failure } from "../../schemas/failure.ts";
import { stepAt, type ExecutionState } from "./state.ts";

/** Why the execution is being wound down, as the reason for everything that ends with it; null while it may still start steps. */
export function stopReason(state: ExecutionState): Failure | null {
  if (state.cancel) return failure("cancelled", `cancelled by ${state.cancel.by}`);
  if (!state.failFast) return null;
  const index = state.indexOf.get(state.failFast.stepId);
  const title = index === undefined ? state.failFast.stepId : stepAt(state, index).definition.title;
  return failure("cancelled", `stopped because "${title}" failed and its policy is fail-fast`);
}
