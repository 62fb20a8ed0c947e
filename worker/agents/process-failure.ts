import { stat } from "node:fs/promises";
import { constants } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { failure, type Failure } from "../../schemas/failure.ts";
import type { ProcessEnd, ProcessRequest } from "./process-request.ts";

/** Why a program could not be started, for the person who wrote its name. */
export async function startFailure(request: ProcessRequest, error: Error): Promise<Failure> {
  const program = request.argv[0] ?? "";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const details = { program, cause: code };
  switch (code) {
    case "ENOENT":
      return failure("command_not_found", await notFoundText(request, program), { details });
    case "EACCES":
    case "EPERM":
      // Also what a search through a PATH with closed folders ends with.
      if (!/[\\/]/.test(program) && !(await isOnPath(program, request))) {
        return failure("command_not_found", await notFoundText(request, program), { details });
      }
      return failure(
        "command_not_found",
        `"${program}" may not be run (${code}): make the file executable, or name another program`,
        { details },
      );
    case "ENOEXEC":
      return failure(
        "command_not_found",
        `"${program}" is no program for this system: begin a script with a line such as #!/bin/sh, or name its interpreter`,
        { details },
      );
    case "E2BIG":
      return failure(
        "bad_spec",
        `the command is too long for this system (${code}): put it into a script file and run that`,
        {
          details,
        },
      );
    case "EAGAIN":
    case "ENOMEM":
    case "EMFILE":
    case "ENFILE":
      return failure("crash", `"${program}" could not be started because the system is out of resources (${code})`, {
        details,
      });
    default:
      return failure("bad_spec", `"${program}" could not be started: ${error.message}`, { details });
  }
}

/** What the end of a command says: null for success. `what` begins the sentence, such as "the command". */
export function endFailure(what: string, ended: ProcessEnd, isShell: boolean): Failure | null {
  if (ended.failure) return ended.failure;
  const said = ended.lastError === "" ? "" : `: ${ended.lastError}`;
  if (!ended.end) return failure("crash", `${what} could not be ended and was given up${said}`, { retryable: false });
  const { exitCode, signal } = ended.end;
  if (exitCode === 0) return null;
  if (exitCode === null || signal !== null)
    return failure("crash", `${what} was ended by ${signal ?? "an unknown cause"}${said}`, { details: { signal } });
  const details = { exitCode };
  if (isShell && exitCode === 126 && /permission denied/i.test(ended.lastError)) {
    return failure("command_not_found", `the program may not be run${said}. Make the file executable`, { details });
  }
  if (isShell && exitCode === 127 && /not found|no such file|permission denied/i.test(ended.lastError)) {
    return failure(
      "command_not_found",
      `command not found${said}. Install the program, or write its full path: commands run with /bin/sh and the PATH of the worker`,
      { details },
    );
  }
  return failure("exit_nonzero", `${what} failed with exit code ${exitCode}${signalHint(exitCode)}${said}`, {
    details,
  });
}

/** A missing folder and a missing interpreter give the same error as a missing program. */
async function notFoundText({ cwd, env }: ProcessRequest, program: string): Promise<string> {
  if (!(await exists(cwd))) return `the working folder ${cwd} no longer exists`;
  if (!/[\\/]/.test(program)) {
    return `the program "${program}" was not found on PATH: install it, or write its full path (PATH is ${env["PATH"] ?? "empty"})`;
  }
  const file = isAbsolute(program) ? program : join(cwd, program);
  return (await exists(file))
    ? `"${program}" exists, but the interpreter that its first line names was not found`
    : `the program "${program}" does not exist`;
}

async function isOnPath(program: string, { cwd, env }: ProcessRequest): Promise<boolean> {
  for (const part of (env["PATH"] ?? "").split(delimiter)) if (await exists(resolve(cwd, part, program))) return true;
  return false;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Shells report a program that a signal ended as 128 plus the signal's number. */
function signalHint(exitCode: number): string {
  const name = Object.entries(constants.signals).find(([, number]) => number + 128 === exitCode)?.[0];
  return name === undefined ? "" : ` (ended by ${name})`;
}
