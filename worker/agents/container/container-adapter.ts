import { createHash } from "node:crypto";
import { failed, failure, success, type Failure, type Outcome } from "../../../schemas/failure.ts";
import type { Adapter, AdapterEnd, AttemptContext, AttemptHandle, AttemptSink } from "../adapter.ts";
import { shellArgv } from "../command.ts";
import { declaredCosts } from "../declared-costs.ts";
import { markVariables, stepVariables } from "../environment.ts";
import { endFailure } from "../process-failure.ts";
import type { ProcessEnd, ProcessRequest } from "../process-request.ts";
import { runProcess } from "../run-process.ts";
import { stoppable, type Stops } from "../stoppable.ts";
import { workingFolder } from "../workspace-path.ts";
import { Engine, engineVariables } from "./engine.ts";
import { EngineWatch } from "./engine-watch.ts";
import { ATTEMPT_LABEL, KEY_LABEL, passedOn, runArguments, type ContainerSettings } from "./run-arguments.ts";

/** Exit codes of `docker run` that are none of what runs inside. */
const ENGINE_FAILED = 125;
const NOT_RUNNABLE = 126;
const NOT_FOUND = 127;
const KILLED = 137;

/**
 * Runs the step's command, or the agent's `argv` with the prompt on its standard input, in a container that ends with the attempt
 * (catalogue D4). The folder that the step works in is mounted; nothing else of this machine is seen, and no network unless configured.
 */
export function containerAdapter(environment: NodeJS.ProcessEnv): Adapter {
  const watch = new EngineWatch(environment);
  return {
    start: (context, sink) => stoppable((stops) => run(context, sink, environment, stops)),
    health: (agent) => watch.health(settingsOf(agent)),
    known: (agent) => watch.look(settingsOf(agent)),
    recover: (agent, key) => new Engine(settingsOf(agent).engine, environment).removeAll(`${KEY_LABEL}=${key}`),
  };
}

function settingsOf({ id, adapter }: AttemptContext["agent"]): ContainerSettings {
  if (adapter.kind !== "container") throw new Error(`agent ${id} is no container agent`);
  return adapter;
}

async function run(
  context: AttemptContext,
  sink: AttemptSink,
  environment: NodeJS.ProcessEnv,
  stops: Stops,
): Promise<AdapterEnd> {
  const settings = settingsOf(context.agent);
  const name = containerName(context.attemptId);
  const request = await requestOf(context, settings, name, environment);
  if (stops.isStopped) return over("cancelled", null);
  if (!request.ok) return over("failed", request.failure);
  const engine = new Engine(settings.engine, environment);
  const ended = await stops.follow(contained(runProcess(request.value, sink), engine, name));
  const costs = ended.hasStarted ? declaredCosts(context) : [];
  if (ended.wasStopped) return { outcome: "cancelled", failure: null, end: ended.end, costs };
  const reason = reasonOf(ended, settings, context);
  return { outcome: reason === null ? "succeeded" : "failed", failure: reason, end: ended.end, costs };
}

/** The engine's program is not what runs: whoever ends the one ends the other with it. */
function contained(program: AttemptHandle<ProcessEnd>, engine: Engine, name: string): AttemptHandle<ProcessEnd> {
  let stopping: Promise<void> | null = null;
  return {
    result: program.result.then(async (end) => {
      // One that ended by itself is removed by --rm. A program that was ended may have left it behind, or be about to create it.
      await stopping;
      if (stopping !== null || end.end === null || end.end.signal !== null) await engine.remove(name);
      return end;
    }),
    stop(graceMs) {
      stopping = engine.stop(name, graceMs);
      program.stop(graceMs);
    },
  };
}

async function requestOf(
  context: AttemptContext,
  settings: ContainerSettings,
  name: string,
  environment: NodeJS.ProcessEnv,
): Promise<Outcome<ProcessRequest>> {
  const { step, attemptId, folder, workerMark, redactor, prompt } = context;
  const { command } = step.parameters;
  if (settings.argv === null && command === null) {
    const text = `the step has no command, and agent "${context.agent.id}" runs nothing else in its container: give it a command or another agent`;
    return failed(failure("bad_spec", text));
  }
  const cwd = await workingFolder(folder, step.parameters.cwd);
  if (!cwd.ok) return cwd;
  const inside = command?.kind === "argv" ? command.argv : shellArgv(command?.script ?? "");
  const env = stepVariables(context);
  const argv = await runArguments({
    name,
    settings,
    argv: settings.argv ?? inside,
    folder,
    cwd: cwd.value,
    env,
    hasInput: settings.argv !== null,
    labels: { [KEY_LABEL]: workerMark.split(":")[0] ?? "", [ATTEMPT_LABEL]: attemptId },
    user: userOf(),
  });
  if (!argv.ok) return argv;
  return success({
    argv: argv.value,
    cwd: folder,
    env: { ...passedOn(env), ...engineVariables(environment), ...markVariables(context) },
    input: settings.argv === null ? null : prompt,
    attemptId,
    redactor,
  });
}

/** Files that it writes belong to the person. Systems with a machine between engine and person map owners themselves. */
function userOf(): string | null {
  if (process.platform !== "linux" || !process.getuid || !process.getgid) return null;
  return `${process.getuid()}:${process.getgid()}`;
}

/** Names of containers hold letters, digits, dot, dash and underscore. */
function containerName(attemptId: string): string {
  return `planwright-${createHash("sha256").update(attemptId).digest("hex").slice(0, 24)}`;
}

function reasonOf(
  ended: ProcessEnd,
  { engine, image, memory }: ContainerSettings,
  context: AttemptContext,
): Failure | null {
  const { lastError } = ended;
  const what = `the container of agent ${context.agent.id}`;
  if (!ended.hasStarted && ended.failure?.code === "command_not_found")
    return failure("agent_unavailable", `agent ${context.agent.id} cannot be used: ${ended.failure.message}`);
  switch (ended.end?.exitCode) {
    case ENGINE_FAILED:
      return engineFailure(engine, image, lastError);
    case NOT_RUNNABLE:
    case NOT_FOUND: {
      const text = `${what} cannot run its command (exit code ${ended.end.exitCode})${lastError === "" ? "" : `: ${lastError}`}. It must be a program of the image ${image}`;
      return failure("command_not_found", text, { details: { exitCode: ended.end.exitCode } });
    }
    case KILLED: {
      const limit = memory === null ? "" : ` Perhaps it needed more memory than the ${memory} that the agent allows.`;
      return failure("crash", `${what} was ended by SIGKILL.${limit}`, { details: { exitCode: KILLED } });
    }
    default:
      return endFailure(what, ended, false);
  }
}

/** What the engine's own program says when it could not start a container. */
function engineFailure(engine: string, image: string, said: string): Failure {
  const details = { exitCode: ENGINE_FAILED };
  if (/cannot connect|is the docker daemon running|connection refused|podman machine/i.test(said))
    return failure("agent_unavailable", `${engine} is installed, but its service does not run: start it (${said})`, {
      details,
    });
  if (/pull access denied|manifest|unable to find image|no such image|not found/i.test(said))
    return failure(
      "agent_unavailable",
      `the image ${image} is not to be had: build it, or correct its name (${said})`,
      { details },
    );
  return failure(
    "agent_error",
    `${engine} could not start the container: ${said === "" ? "it gave no reason" : said}`,
    { details },
  );
}

function over(outcome: "failed" | "cancelled", reason: Failure | null): AdapterEnd {
  return { outcome, failure: reason, end: null, costs: [] };
}
