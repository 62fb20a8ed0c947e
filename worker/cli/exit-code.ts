import type { ExecutionView } from "../../schemas/execution.ts";
import type { Failure, FailureCode } from "../../schemas/failure.ts";

/** Exit codes of the command line (semantics, JSON and exit codes). */
export const EXIT = { completed: 0, failed: 1, usage: 2, waits: 3, budget: 4, internal: 70, cancelled: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const USAGE: ReadonlySet<FailureCode> = new Set([
  "bad_request",
  "bad_spec",
  "bad_agents_file",
  "bad_budget_file",
  "bad_hooks_file",
  "bad_settings_file",
  "not_found",
  "unreadable",
]);
const WAITS: ReadonlySet<FailureCode> = new Set(["not_approved", "undecided_step"]);

export function exitCodeOfFailure({ code }: Failure): ExitCode {
  if (USAGE.has(code)) return EXIT.usage;
  if (WAITS.has(code)) return EXIT.waits;
  if (code === "budget_exceeded") return EXIT.budget;
  if (code === "cancelled") return EXIT.cancelled;
  if (code === "conflict") return EXIT.failed;
  return EXIT.internal;
}

export function exitCodeOfExecution({ status, failure }: ExecutionView): ExitCode {
  switch (status) {
    case "completed":
      return EXIT.completed;
    case "cancelled":
    case "cancelling":
      return EXIT.cancelled;
    case "failed":
      return failure?.code === "budget_exceeded" ? EXIT.budget : EXIT.failed;
    case "paused":
    case "waiting":
      return EXIT.waits;
    case "running":
    case "interrupted":
      return EXIT.failed;
  }
}
