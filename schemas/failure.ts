import { z } from "zod";

/**
 * Every way in which something expected goes wrong. Retries and exit codes are decided by the code, never by the text. `unhealthy`: an
 * agent's heartbeat was missing. `protocol_error`: an agent's answer is not what was agreed (bad JSON, another id, too large). `stalled`:
 * an agent gave no sign of life or did the same over and over. `no_change`: a change was demanded and nothing was changed. `not_readonly`: an
 * agent that may only read has changed something. `protected_path`: the configuration of the person's tools was changed, and nobody asked for
 * that (`protected-paths.ts`). `review_rejected`: a review still finds faults after its last round.
 */
export const FailureCode = z.enum([
  "bad_request",
  "bad_spec",
  "bad_agents_file",
  "bad_budget_file",
  "bad_hooks_file",
  "bad_settings_file",
  "not_found",
  "unreadable",
  "not_approved",
  "undecided_step",
  "timeout",
  "transport",
  "crash",
  "rate_limit",
  "unhealthy",
  "protocol_error",
  "command_not_found",
  "exit_nonzero",
  "check_failed",
  "output_missing",
  "agent_error",
  "agent_unavailable",
  "needs_login",
  "stalled",
  "no_change",
  "not_readonly",
  "protected_path",
  "merge_conflict",
  "review_rejected",
  "budget_exceeded",
  "dependency_failed",
  "cancelled",
  "killed",
  "stale",
  "conflict",
  "interrupted",
  "worker_unavailable",
  "worker_busy",
  "version_mismatch",
  "database_damaged",
  "database_newer",
  "database_foreign",
  "database_full",
  "database_unsupported",
  "database_owned",
  "internal",
]);
export type FailureCode = z.infer<typeof FailureCode>;

/** What an attempt can fail with, and so what `retryOn` may name. */
export const AttemptFailureCode = FailureCode.extract([
  "timeout",
  "transport",
  "crash",
  "rate_limit",
  "unhealthy",
  "protocol_error",
  "exit_nonzero",
  "check_failed",
  "output_missing",
  "agent_error",
  "agent_unavailable",
  "command_not_found",
  "stalled",
  "no_change",
  "merge_conflict",
]);
export type AttemptFailureCode = z.infer<typeof AttemptFailureCode>;

/** Where a failure is, for the person who must act. `line` and `column` count from 1. */
export const FailurePlace = z.object({
  file: z.string(),
  line: z.int().min(1).nullable(),
  column: z.int().min(1).nullable(),
  field: z.string().nullable(),
});
export type FailurePlace = z.infer<typeof FailurePlace>;

/** An expected failure as a value. `message` says what is wrong and what to do. */
export const Failure = z.object({
  code: FailureCode,
  message: z.string(),
  retryable: z.boolean(),
  place: FailurePlace.optional(),
  stepId: z.string().optional(),
  /** A quota that comes back: a retry waits at least so long, and the attempt does not count. */
  retryAfter: z.int().min(0).optional(),
  details: z.record(z.string(), z.json()).optional(),
});
export type Failure = z.infer<typeof Failure>;

/** Codes that are retried without anyone asking for it (catalogue C2). */
const RETRIED_BY_DEFAULT: ReadonlySet<FailureCode> = new Set([
  "timeout",
  "transport",
  "crash",
  "rate_limit",
  "unhealthy",
]);

export function isRetriedByDefault(code: FailureCode): boolean {
  return RETRIED_BY_DEFAULT.has(code);
}

export function failure(
  code: FailureCode,
  message: string,
  more: Omit<Partial<Failure>, "code" | "message"> = {},
): Failure {
  return { retryable: isRetriedByDefault(code), ...more, code, message };
}

/** A value or the reason why there is none. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failed<T = never>(reason: Failure): Outcome<T> {
  return { ok: false, failure: reason };
}

/** Carries a Failure through code that can only throw (an RPC handler, a constructor). The one error class that is not a bug. */
export class FailureError extends Error {
  override readonly name = "FailureError";
  readonly failure: Failure;
  constructor(reason: Failure) {
    super(reason.message);
    this.failure = reason;
  }
}

export function throwFailure(
  code: FailureCode,
  message: string,
  more: Omit<Partial<Failure>, "code" | "message"> = {},
): never {
  throw new FailureError(failure(code, message, more));
}
