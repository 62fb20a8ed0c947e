import type { CommandEnd } from "../../schemas/event.ts";
import type { Failure } from "../../schemas/failure.ts";

/** What is to be run. */
export interface ProcessRequest {
  /** The program and its arguments, without a shell in between. */
  readonly argv: readonly string[];
  /** An existing folder. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Written to standard input, which is empty otherwise. */
  readonly input: string | null;
  /** Stands in `env`, and finds what belongs to the process. */
  readonly attemptId: string;
}

/** How it went. */
export interface ProcessEnd {
  /** Null when it did not start, or could not be ended. */
  readonly end: CommandEnd | null;
  readonly hasStarted: boolean;
  /** Stopping was asked for before it ended by itself. */
  readonly wasStopped: boolean;
  readonly failure: Failure | null;
  /** The last line of its standard error. */
  readonly lastError: string;
}
