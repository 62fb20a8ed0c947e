import type { Failure } from "../../schemas/failure.ts";
import type { RetryPolicy } from "../../schemas/plan.ts";
import type { StepState } from "./state.ts";

/**
 * Delay in ms before the attempt that follows try `tries` (from 1): base, base * factor, … plus the jitter, up to the cap
 * (catalogue C2). Jitter follows from `seed` alone, so that recovery and replay find the same delay.
 */
export function retryDelay(policy: RetryPolicy, tries: number, seed: string): number {
  const exact = policy.base * policy.factor ** (tries - 1);
  return Math.min(policy.cap, Math.round(exact * (1 + policy.jitter * (policy.jitter === 0 ? 0 : chance(seed)))));
}

/** A quota is waited for so many times in a row at most, and not longer than so many ms from the first time on. */
const QUOTA_WAITS = 20;
const QUOTA_MS = 86_400_000;

/** The agent's quota is used up and it says when it comes back. */
export function isQuota(reason: Failure | null): reason is Failure & { readonly retryAfter: number } {
  return reason !== null && reason.code === "rate_limit" && reason.retryAfter !== undefined;
}

/** Whether a quota is waited for once more, for so many ms from `t` on. */
export function mayAwaitQuota({ quota }: Pick<StepState, "quota">, t: number, delay: number): boolean {
  return (quota?.waits ?? 0) < QUOTA_WAITS && t + delay - (quota?.since ?? t) <= QUOTA_MS;
}

/** A number from 0 up to 1 by the FNV-1a hash of a text (http://www.isthe.com/chongo/tech/comp/fnv/), finished by a mix of its bits. */
function chance(seed: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < seed.length; index += 1) hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}
