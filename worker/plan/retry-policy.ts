import type { AgentRetry } from "../../schemas/agent.ts";
import type { AttemptFailureCode } from "../../schemas/failure.ts";
import type { RetryPolicy } from "../../schemas/plan.ts";
import type { TaskAttributes } from "../../schemas/spec.ts";

/**
 * When attempts of a step are tried again (catalogue C2; semantics, Execution): what the task says, else its agent, else the
 * default. With stated `retries`, failed commands and checks are tried again too, unless the task has `retryOn`. Of base and
 * cap, the one that is stated closer to the task holds where they do not fit, so that the cap is never below the base.
 */
export function retryPolicy(
  task: Pick<TaskAttributes, "retries" | "backoff" | "retryOn">,
  agent: AgentRetry | null,
): RetryPolicy {
  const base = task.backoff?.base ?? agent?.base ?? DEFAULTS.base;
  const cap = task.backoff?.cap ?? agent?.cap ?? DEFAULTS.cap;
  const isCapCloser =
    task.backoff?.base == null &&
    (task.backoff?.cap != null || (agent?.base === undefined && agent?.cap !== undefined));
  return {
    maxAttempts: task.retries === null ? (agent?.maxAttempts ?? DEFAULTS.maxAttempts) : task.retries + 1,
    base: isCapCloser ? Math.min(base, cap) : base,
    factor: task.backoff?.factor ?? agent?.factor ?? DEFAULTS.factor,
    cap: isCapCloser ? cap : Math.max(base, cap),
    jitter: task.backoff?.jitter ?? agent?.jitter ?? DEFAULTS.jitter,
    retryOn: [...(task.retryOn ?? retriedCodes(task.retries !== null, agent))],
  };
}

function retriedCodes(isAsked: boolean, agent: AgentRetry | null): Iterable<AttemptFailureCode> {
  const always = agent?.retryOn ?? ALWAYS;
  return isAsked ? new Set([...always, ...WHEN_ASKED]) : always;
}

const DEFAULTS = { maxAttempts: 3, base: 2_000, factor: 2, cap: 8_000, jitter: 0 } as const;
const ALWAYS = ["timeout", "transport", "crash", "rate_limit", "unhealthy"] as const;
const WHEN_ASKED = ["exit_nonzero", "check_failed", "output_missing"] as const;
