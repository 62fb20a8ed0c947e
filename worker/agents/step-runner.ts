import type { Artifact, AttemptResult, CostEntry, NamedOutput, ReviewVerdict } from "../../schemas/event.ts";
import { failure, type Failure, type Outcome } from "../../schemas/failure.ts";
import { acpAdapter } from "./acp/acp-adapter.ts";
import type { AdapterEnd, Adapters, AgentClock, AttemptContext, AttemptHandle, AttemptSink } from "./adapter.ts";
import { collectArtifacts } from "./artifacts.ts";
import { commandAdapter, shellArgv } from "./command.ts";
import { containerAdapter } from "./container/container-adapter.ts";
import { attemptEnvironment } from "./environment.ts";
import { httpAdapter } from "./http/http-adapter.ts";
import { extractOutputs, LOOKED_AT_BYTES } from "./extract.ts";
import { keptJson } from "./kept-json.ts";
import { LastBytes } from "./last-bytes.ts";
import { llmAdapter } from "./llm/llm-adapter.ts";
import { mcpAdapter } from "./mcp/mcp-adapter.ts";
import type { ModelSources } from "./llm/model-ports.ts";
import { OutputTail } from "./output-tail.ts";
import { endFailure } from "./process-failure.ts";
import { processAdapter } from "./process/process-adapter.ts";
import type { SupervisorPorts } from "./process/supervised-agent.ts";
import { redactedSink, type RedactedSink } from "./redacted-sink.ts";
import { readVerdict } from "./review-verdict.ts";
import { runProcess } from "./run-process.ts";
import { simulatedAdapter } from "./simulated.ts";
import { stoppable, type Stops } from "./stoppable.ts";
import { workingFolder } from "./workspace-path.ts";

/** Of what a command prints, and of what an agent says: the steps behind it are told that. */
const TAIL_CHARACTERS = { command: 2_000, agent: 8_000 } as const;

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

/** What adapters need from outside. */
export interface AdapterPorts extends SupervisorPorts {
  readonly models: ModelSources;
}

/** The adapters that come built in. */
export function builtInAdapters(ports: AdapterPorts): Adapters {
  const { clock, environment, models } = ports;
  return {
    command: commandAdapter(environment),
    simulated: simulatedAdapter(clock),
    process: processAdapter(ports),
    http: httpAdapter(ports),
    acp: acpAdapter(ports),
    llm: llmAdapter({ clock, models }),
    mcp: mcpAdapter({ clock, environment }),
    container: containerAdapter(environment),
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
  listener: AttemptSink,
  ports: StepRunnerPorts,
): AttemptHandle<AttemptEnd> {
  const from = ports.clock.monotonic();
  const { extract, reviews, role } = context.step;
  const tail = new OutputTail(TAIL_CHARACTERS[role === null ? "command" : "agent"]);
  const printed = new LastBytes(LOOKED_AT_BYTES);
  const isLookedAt = reviews !== null || extract.some((extractor) => extractor.from === "output");
  const tapped: AttemptSink = {
    output(stream, chunk) {
      tail.push(chunk);
      if (isLookedAt && stream === "stdout") printed.push(chunk);
      listener.output(stream, chunk);
    },
    log(level, message, metadata) {
      listener.log(level, message, metadata);
    },
    cost(report) {
      listener.cost(report);
    },
    ask: (request) => listener.ask(request),
    message(direction, message) {
      listener.message(direction, keptJson(message));
    },
  };
  const sink = redactedSink(tapped, context.redactor);
  return stoppable(async (stops) => {
    const said = await run({ context, sink, ports, stops, printed }, adapters).catch((error: unknown) =>
      internalEnd(error),
    );
    sink.flush();
    const end = context.redactor.json(said);
    const { outcome, failure: reason, costs, artifacts } = end;
    return {
      outcome,
      failure: reason,
      result: {
        end: end.end,
        check: end.check,
        tail: tail.text(),
        ...(end.answer === undefined ? {} : { answer: keptJson(end.answer) }),
        ...(end.outputs === undefined ? {} : { outputs: end.outputs }),
        ...(end.review === undefined ? {} : { review: end.review }),
        ...(end.stopReason === undefined ? {} : { stopReason: end.stopReason }),
        ...(end.ran === undefined ? {} : { ran: [...end.ran] }),
      },
      costs,
      artifacts,
      duration: Math.max(0, Math.round(ports.clock.monotonic() - from)),
    };
  });
}

/** What a check has said. */
export type CheckEnd = Pick<RunEnd, "outcome" | "failure" | "check">;

/** Runs the check of a step once more, in the folder of the context, as after its agent. A step without one passes. */
export function startCheck(
  context: AttemptContext,
  listener: AttemptSink,
  ports: StepRunnerPorts,
): AttemptHandle<CheckEnd> {
  const sink = redactedSink(listener, context.redactor);
  return stoppable(async (stops): Promise<CheckEnd> => {
    const { check, parameters } = context.step;
    if (check === null) return { outcome: "succeeded", failure: null, check: null };
    const cwd = await workingFolder(context.folder, parameters.cwd);
    if (!cwd.ok) return { outcome: "failed", failure: cwd.failure, check: null };
    const end = await runCheck(check, cwd.value, { context, sink, ports, stops, printed: new LastBytes(0) });
    sink.flush();
    return end;
  });
}

interface RunEnd extends AdapterEnd {
  readonly check: AttemptResult["check"];
  readonly artifacts: Artifact[];
  readonly outputs?: NamedOutput[];
  readonly review?: ReviewVerdict;
}

/** One attempt under way. */
interface Running {
  readonly context: AttemptContext;
  readonly sink: RedactedSink;
  readonly ports: StepRunnerPorts;
  readonly stops: Stops;
  /** Its standard output, where named outputs are taken from it. */
  readonly printed: LastBytes;
}

async function run(running: Running, adapters: Adapters): Promise<RunEnd> {
  const { context, sink, stops } = running;
  const isSimulated = context.step.simulated || context.agent.adapter.kind === "simulated";
  const adapter = adapters[isSimulated ? "simulated" : context.agent.adapter.kind];
  const agentEnd: RunEnd = { ...(await stops.follow(adapter.start(context, sink))), check: null, artifacts: [] };
  sink.flush();
  if (agentEnd.outcome !== "succeeded" || isSimulated) return agentEnd;
  if (stops.isStopped) return { ...agentEnd, outcome: "cancelled" };
  return { ...agentEnd, ...(await verify(running, agentEnd)) };
}

type Verified = Pick<RunEnd, "outcome" | "failure" | "check" | "artifacts" | "outputs" | "review">;

/** Whether the step is done, whatever its agent says. */
async function verify(running: Running, { answer }: AdapterEnd): Promise<Verified> {
  const { context, stops, printed } = running;
  const { step, folder } = context;
  const none = { check: null, artifacts: [] };
  const isPlain = step.outputs.length + step.extract.length === 0 && step.check === null && step.reviews === null;
  if (isPlain) return { outcome: "succeeded", failure: null, ...none };
  const cwd = await workingFolder(folder, step.parameters.cwd);
  if (!cwd.ok) return { outcome: "failed", failure: cwd.failure, ...none };
  const { signal } = stops;
  const found = await unlessStopped(stops, collectArtifacts(step.outputs, folder, cwd.value, signal));
  if (found === null) return { outcome: "cancelled", failure: null, ...none };
  if (!found.ok) return { outcome: "failed", failure: found.failure, ...none };
  const source = { printed: printed.bytes(), folder, cwd: cwd.value, signal };
  const named = await unlessStopped(
    stops,
    extractOutputs(step.extract, answer === undefined ? source : { ...source, answer }),
  );
  if (named === null) return { outcome: "cancelled", failure: null, ...none };
  if (!named.ok) return { outcome: "failed", failure: named.failure, check: null, artifacts: found.value };
  const outputs = named.value;
  const review = step.reviews === null ? null : verdictOf(printed, answer);
  const made = {
    artifacts: addressed(found.value, outputs),
    ...(step.extract.length > 0 ? { outputs } : {}),
    ...(review?.ok === true ? { review: review.value } : {}),
  };
  if (review?.ok === false) return { outcome: "failed", failure: review.failure, check: null, ...made };
  if (step.check === null) return { outcome: "succeeded", failure: null, check: null, ...made };
  return { ...(await runCheck(step.check, cwd.value, running)), ...made };
}

function verdictOf(printed: LastBytes, answer: AdapterEnd["answer"]): Outcome<ReviewVerdict> {
  const said = { printed: printed.bytes().toString("utf8") };
  return readVerdict(answer === undefined ? said : { ...said, answer });
}

/** Null when it was stopped meanwhile. */
async function unlessStopped<T>(stops: Stops, work: Promise<T>): Promise<T | null> {
  const done = await work.catch((error: unknown) => {
    if (stops.isStopped) return null;
    throw error;
  });
  return stops.isStopped ? null : done;
}

/** Where a step makes one artifact and tells one address, that is where the artifact is to be found. */
function addressed(artifacts: Artifact[], outputs: readonly NamedOutput[]): Artifact[] {
  const [only, another] = artifacts;
  const [url, second] = outputs.flatMap(({ type, value }) => (type === "url" ? [String(value)] : []));
  return only && !another && url !== undefined && second === undefined ? [{ ...only, url }] : artifacts;
}

async function runCheck(command: string, cwd: string, { context, sink, ports, stops }: Running): Promise<CheckEnd> {
  sink.log("info", `check: ${command}`);
  const request = {
    argv: shellArgv(command),
    cwd,
    env: attemptEnvironment(context, ports.environment),
    input: null,
    attemptId: context.attemptId,
    redactor: context.redactor,
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
