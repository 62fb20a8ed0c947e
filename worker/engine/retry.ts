import type { RetryPolicy } from "../../schemas/plan.ts";

/** Delay in ms before the attempt that follows attempt `attempt` (from 1): base, base * factor, … up to the cap (catalogue C2). */
export function retryDelay(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.cap, Math.round(policy.base * policy.factor ** (attempt - 1)));
}
