import type { Failure } from "../../schemas/failure.ts";
import { failureOf } from "../failure-of.ts";

/** The failure that an error carries; a bug becomes `internal`. */
export function failureIn(error: unknown): Failure {
  const text = error instanceof Error ? error.message : String(error);
  return (
    failureOf(error) ?? {
      code: "internal",
      message: `Planwright made a mistake, please report it: ${text}`,
      retryable: false,
    }
  );
}
