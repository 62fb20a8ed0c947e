import type { FailureCode } from "../../schemas/failure.ts";
import type { StepState } from "./state.ts";

/** Failures that another agent may not have: they tell of the agent and the way to it, not of the work. */
const OF_THE_AGENT: ReadonlySet<FailureCode> = new Set([
  "agent_unavailable",
  "unhealthy",
  "crash",
  "transport",
  "rate_limit",
  "timeout",
]);

/** Whether the attempt after this failure goes to the next agent of the step's chain (catalogue D7). */
export function hasFallbackFor({ definition, chain }: StepState, code: FailureCode): boolean {
  return chain < definition.fallbacks.length && OF_THE_AGENT.has(code);
}
