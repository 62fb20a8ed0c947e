import type { Failure } from "../../schemas/failure.ts";
import type { RetryPolicy } from "../../schemas/plan.ts";

/**
 * Delay in ms before the attempt that follows try `tries` (from 1): base, base * factor, … plus the jitter, up to the cap
 * (catalogue C2). Jitter follows from `seed` alone, so that recovery and replay find the same delay.
 */
export function retryDelay(policy: RetryPolicy, tries: number, seed: string): number {
  const exact = policy.base * policy.factor ** (tries - 1);
  return Math.min(policy.cap, Math.round(exact * (1 + policy.jitter * (policy.jitter === 0 ? 0 : chance(seed)))));
}

/** No agent is waited for longer than this because it says so, in ms. */
const LONGEST_WORD = 3_600_000;

/** How long the agent asks to be left alone, in ms, as its failure tells; 0: it does not. */
export function askedDelay({ code, details }: Failure): number {
  const asked = code === "rate_limit" ? details?.["retryAfter"] : undefined;
  return typeof asked === "number" && asked > 0 ? Math.min(LONGEST_WORD, Math.ceil(asked)) : 0;
}

/** A number from 0 up to 1 by the FNV-1a hash of a text (http://www.isthe.com/chongo/tech/comp/fnv/), finished by a mix of its bits. */
function chance(seed: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < seed.length; index += 1) hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}
