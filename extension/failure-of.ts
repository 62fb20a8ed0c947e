import type { Failure } from "../schemas/failure.ts";

/**
 * The failure that an error carries, or null for a bug. Looks at the shape: the class comes with zod, which is not loaded before
 * something is asked of the worker.
 */
export function failureOf(error: unknown): Failure | null {
  return isFailureError(error) ? error.failure : null;
}

function isFailureError(error: unknown): error is Error & { failure: Failure } {
  return error instanceof Error && error.name === "FailureError" && "failure" in error;
}
