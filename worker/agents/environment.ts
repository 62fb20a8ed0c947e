import type { AgentDefinition } from "../../schemas/agent.ts";
import type { AttemptContext, StepResult } from "./adapter.ts";

export const ATTEMPT_VARIABLE = "PLANWRIGHT_ATTEMPT_ID";
export const WORKER_VARIABLE = "PLANWRIGHT_WORKER";
/** In the environment of a spawner, and so of what it has forked until that runs its own program. */
export const SPAWNER_VARIABLE = "PLANWRIGHT_SPAWNER";

/** What a program needs to know of its person and machine. Everything else, such as keys and tokens, stays out (semantics, Specs). */
const ALLOWED: ReadonlySet<string> = new Set([
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "TERM",
  "TMPDIR",
  "TZ",
]);

/** Without these, programs on Windows do not start; names there are not case-sensitive. */
const ALLOWED_ON_WINDOWS: ReadonlySet<string> = new Set([
  ..."SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT TEMP TMP USERPROFILE USERNAME HOMEDRIVE HOMEPATH APPDATA".split(
    " ",
  ),
  ..."LOCALAPPDATA PROGRAMDATA PROGRAMFILES PROGRAMFILES(X86) NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE OS".split(
    " ",
  ),
]);

/** The environment of an attempt's processes: the allow list, then the agent's, then the step's, then our own variables. */
export function attemptEnvironment(context: AttemptContext, from: NodeJS.ProcessEnv): Record<string, string> {
  return { ...programEnvironment(from), ...stepVariables(context), ...markVariables(context) };
}

/** What a step's work is told wherever it runs: the agent's variables, then the step's, then our own. */
export function stepVariables(context: AttemptContext): Record<string, string> {
  const { agent, step } = context;
  return {
    ...ownVariables(agent),
    ...step.parameters.env,
    PLANWRIGHT_EXECUTION_ID: context.executionId,
    PLANWRIGHT_STEP_ID: context.stepId,
    PLANWRIGHT_ATTEMPT: String(context.attempt),
    PLANWRIGHT_IDEMPOTENCY_KEY: context.idempotencyKey,
    ...(context.missing.length > 0 ? { PLANWRIGHT_MISSING: context.missing.join("\n") } : {}),
    ...resultVariables(context.results),
  };
}

/** By which the processes of an attempt on this machine are found. */
export function markVariables({ attemptId, workerMark }: AttemptContext): Record<string, string> {
  return { [ATTEMPT_VARIABLE]: attemptId, [WORKER_VARIABLE]: workerMark };
}

/** `PLANWRIGHT_OUTPUT_STEP_NAME` for each named output of the steps before: in capitals, with `_` for what no variable's name may hold. */
function resultVariables(results: readonly StepResult[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { stepId, outputs } of results)
    for (const { name, value } of outputs)
      variables[`PLANWRIGHT_OUTPUT_${`${stepId}_${name}`.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}`] = String(value);
  return variables;
}

/** The environment of a process that outlives attempts. It has an id of its own in the place of an attempt's. */
export function sharedEnvironment(
  agent: AgentDefinition,
  processId: string,
  workerMark: string,
  from: NodeJS.ProcessEnv,
): Record<string, string> {
  return {
    ...programEnvironment(from),
    ...ownVariables(agent),
    [ATTEMPT_VARIABLE]: processId,
    [WORKER_VARIABLE]: workerMark,
  };
}

function ownVariables({ adapter }: AgentDefinition): Readonly<Record<string, string>> {
  return "env" in adapter ? adapter.env : {};
}

/** What any program may know: the allow list. */
export function programEnvironment(from: NodeJS.ProcessEnv): Record<string, string> {
  const isAllowed = (name: string): boolean =>
    process.platform === "win32"
      ? ALLOWED_ON_WINDOWS.has(name.toUpperCase()) || ALLOWED.has(name.toUpperCase())
      : ALLOWED.has(name) || name.startsWith("LC_");
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(from))
    if (value !== undefined && isAllowed(name)) environment[name] = value;
  return environment;
}
