import type { Artifact, AttemptResult, CostEntry } from "../../schemas/event.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import type {
  Adapter,
  AdapterEnd,
  Adapters,
  AgentClock,
  AttemptContext,
  AttemptHandle,
  AttemptSink,
} from "./adapter.ts";
import { collectArtifacts } from "./artifacts.ts";
import { commandAdapter, shellArgv } from "./command.ts";
import { attemptEnvironment } from "./environment.ts";
import { Endpoints } from "./http/endpoints.ts";
import { httpAdapter } from "./http/http-adapter.ts";
import { keptJson } from "./kept-json.ts";
import { OutputTail } from "./output-tail.ts";
import { endFailure } from "./process-failure.ts";
import { runProcess } from "./run-process.ts";
import { simulatedAdapter } from "./simulated.ts";
import { stoppable, type Stops } from "./stoppable.ts";
import { workingFolder } from "./workspace-path.ts";

const TAIL_CHARACTERS = 2_000;

/** What is known when an attempt is over. */
export interface AttemptEnd {
  readonly outcome: "succeeded" | "failed" | "cancelled";
  /** Null unless it failed. */
  readonly failure: Failure | null;
  readonly result: AttemptResult;
  readonly costs: CostEntry[];
  readonly artifacts: Artifact[];
  /** In ms, by the clock that was given. */
  readonly duration: number;
}

export interface StepRunnerPorts {
  readonly clock: AgentClock;
  /** What the environment of processes is chosen from. */
  readonly environment: NodeJS.ProcessEnv;
}

/** The adapters that come built in. */
export function builtInAdapters({ clock, environment }: StepRunnerPorts): Adapters {
  const unready: Adapter = {
    start: () => {
      throw new Error("this kind of agent is not connected yet");
    },
  };
  return {
    command: commandAdapter(environment),
    simulated: simulatedAdapter(clock),
    process: unready,
    http: httpAdapter({ clock, environment, endpoints: new Endpoints(clock) }),
  };
}

/**
 * Runs one attempt: the agent first, then the declared outputs must exist, then the step's check must pass (catalogue C11, C13);
 * what an agent says of its own success is not enough. A simulated attempt has no outputs and no check. Does not time out by
 * itself: whoever watches the time calls `stop`.
 */
export function startAttempt(
  context: AttemptContext,
  adapters: Adapters,
  sink: AttemptSink,
  ports: StepRunnerPorts,
): AttemptHandle<AttemptEnd> {
  const from = ports.clock.monotonic();
  const tail = new OutputTail(TAIL_CHARACTERS);
  const tapped: AttemptSink = {
    output(stream, chunk) {
      tail.push(chunk);
      sink.output(stream, chunk);
    },
    log(level, message, metadata) {
      sink.log(level, message, metadata);
    },
    cost(report) {
      sink.cost(report);
    },
    message(direction, message) {
      sink.message(direction, keptJson(message));
    },
  };
  return stoppable(async (stops) => {
    const end = await run(context, adapters, tapped, ports, stops).catch((error: unknown) => internalEnd(error));
    const { outcome, failure: reason, costs, artifacts } = end;
    return {
      outcome,
      failure: reason,
      result: {
        end: end.end,
        check: end.check,
        tail: tail.text(),
        ...(end.answer === undefined ? {} : { answer: keptJson(end.answer) }),
      },
      costs,
      artifacts,
      duration: Math.max(0, Math.round(ports.clock.monotonic() - from)),
    };
  });
}

interface RunEnd extends AdapterEnd {
  readonly check: AttemptResult["check"];
  readonly artifacts: Artifact[];
}

async function run(
  context: AttemptContext,
  adapters: Adapters,
  sink: AttemptSink,
  ports: StepRunnerPorts,
  stops: Stops,
): Promise<RunEnd> {
  const isSimulated = context.step.simulated || context.agent.adapter.kind === "simulated";
  const adapter = adapters[isSimulated ? "simulated" : context.agent.adapter.kind];
  const agentEnd: RunEnd = { ...(await stops.follow(adapter.start(context, sink))), check: null, artifacts: [] };
  if (agentEnd.outcome !== "succeeded" || isSimulated) return agentEnd;
  if (stops.isStopped) return { ...agentEnd, outcome: "cancelled" };
  const verified = await verify(context, sink, ports, stops);
  return { ...agentEnd, ...verified };
}

type Verified = Pick<RunEnd, "outcome" | "failure" | "check" | "artifacts">;

/** Whether the step is done, whatever its agent says. */
async function verify(
  context: AttemptContext,
  sink: AttemptSink,
  ports: StepRunnerPorts,
  stops: Stops,
): Promise<Verified> {
  const { step, folder } = context;
  const none = { check: null, artifacts: [] };
  if (step.outputs.length === 0 && step.check === null) return { outcome: "succeeded", failure: null, ...none };
  const cwd = await workingFolder(folder, step.parameters.cwd);
  if (!cwd.ok) return { outcome: "failed", failure: cwd.failure, ...none };
  const found = await collectArtifacts(step.outputs, folder, cwd.value, stops.signal).catch((error: unknown) => {
    if (stops.isStopped) return null;
    throw error;
  });
  if (found === null || stops.isStopped) return { outcome: "cancelled", failure: null, ...none };
  if (!found.ok) return { outcome: "failed", failure: found.failure, ...none };
  const artifacts = found.value;
  if (step.check === null) return { outcome: "succeeded", failure: null, check: null, artifacts };
  return { ...(await runCheck(step.check, cwd.value, context, sink, ports, stops)), artifacts };
}

async function runCheck(
  command: string,
  cwd: string,
  context: AttemptContext,
  sink: AttemptSink,
  ports: StepRunnerPorts,
  stops: Stops,
): Promise<Pick<RunEnd, "outcome" | "failure" | "check">> {
  sink.log("info", `check: ${command}`);
  const request = {
    argv: shellArgv(command),
    cwd,
    env: attemptEnvironment(context, ports.environment),
    input: null,
    attemptId: context.attemptId,
  };
  const ended = await stops.follow(runProcess(request, sink));
  const check = ended.end === null ? null : { command, end: ended.end };
  if (ended.wasStopped) return { outcome: "cancelled", failure: null, check };
  const reason = endFailure(`the check "${command}"`, ended, true);
  if (reason === null) {
    sink.log("success", "the check passed");
    return { outcome: "succeeded", failure: null, check };
  }
  sink.log("error", reason.message);
  return {
    outcome: "failed",
    failure: ended.end === null ? reason : { ...reason, code: "check_failed", retryable: false },
    check,
  };
}

/** An adapter that breaks its contract costs its attempt, not the execution. */
function internalEnd(error: unknown): RunEnd {
  const text = error instanceof Error ? error.message : String(error);
  const reason = failure("internal", `the attempt could not be run because of a mistake in Planwright: ${text}`);
  return { outcome: "failed", failure: reason, end: null, costs: [], check: null, artifacts: [] };
}
