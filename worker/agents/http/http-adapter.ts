import { ReportedCost, type HttpAnswer, type HttpRequest } from "../../../schemas/agent-protocol.ts";
import type { CostEntry } from "../../../schemas/event.ts";
import { failure, type Failure } from "../../../schemas/failure.ts";
import type { Adapter, AdapterEnd, AgentClock, AttemptContext, AttemptSink, JsonValue } from "../adapter.ts";
import { parametersOf } from "../agent-parameters.ts";
import { declaredCosts } from "../declared-costs.ts";
import { keptJson } from "../kept-json.ts";
import { stoppable, type Stops } from "../stoppable.ts";
import type { Lifecycle } from "../lifecycle.ts";
import { credentialsOf, type HttpSettings } from "./credentials.ts";
import { Endpoints } from "./endpoints.ts";
import { HttpHealth } from "./http-health.ts";
import { exchange, nameOf, type Received } from "./exchange.ts";
import { readAnswer } from "./read-answer.ts";
import { retryAfter } from "./retry-after.ts";

export interface HttpPorts {
  readonly clock: AgentClock;
  /** Where tokens are. */
  readonly environment: NodeJS.ProcessEnv;
  readonly lifecycle: Lifecycle;
}

interface Ports extends Pick<HttpPorts, "clock" | "environment"> {
  readonly endpoints: Endpoints;
}

/**
 * Posts a request to a service and waits for its answer (catalogue D4). The agent is asked once an attempt: another address is tried
 * only when no connection was made, because a request that was sent may have been worked on.
 */
export function httpAdapter({ clock, environment, lifecycle }: HttpPorts): Adapter {
  const ports = { clock, environment, endpoints: new Endpoints(clock) };
  const health = new HttpHealth({ ...ports, lifecycle, random: Math.random });
  return {
    start(context, sink) {
      const release = health.use(context.agent);
      return stoppable((stops) => post(context, sink, ports, stops).finally(release));
    },
    health: (agent) => health.health(agent),
    capabilities: (agent) => health.capabilities(agent),
    known: (agent) => health.known(agent),
    close() {
      health.close();
      return Promise.resolve();
    },
  };
}

async function post(context: AttemptContext, sink: AttemptSink, ports: Ports, stops: Stops): Promise<AdapterEnd> {
  const { agent } = context;
  const settings = agent.adapter;
  if (settings.kind !== "http") throw new Error(`agent ${agent.id} is no HTTP agent`);
  const credentials = credentialsOf(settings, ports.environment);
  if (!credentials.ok) {
    const message = `agent ${agent.id} cannot be used: ${credentials.failure.message}`;
    return over("failed", [], failure("agent_unavailable", message));
  }
  const request = requestOf(context, ports.clock);
  sink.message("request", { ...request, timeout: request.timeout ?? null });
  const received = await ask(context, settings, credentials.value, request, sink, ports, stops);
  const end = endOf(received, { context, request, sink, isLate: stops.isStopped, now: ports.clock.wall() });
  if (end.failure !== null) sink.log("error", end.failure.message);
  return end;
}

function requestOf(context: AttemptContext, clock: AgentClock): HttpRequest {
  const { step, attempt, attemptId } = context;
  return {
    id: `${attemptId}/${attempt}`,
    timestamp: clock.wall().toISOString(),
    capability: step.capability,
    parameters: parametersOf(context),
    ...(step.timeout === "none" ? {} : { timeout: step.timeout }),
    correlationId: attemptId,
  };
}

/** Asks the addresses in turn until one can be reached. */
async function ask(
  { agent, idempotencyKey, attemptId }: AttemptContext,
  settings: HttpSettings,
  credentials: Readonly<Record<string, string>>,
  request: HttpRequest,
  sink: AttemptSink,
  { clock, endpoints }: Ports,
  stops: Stops,
): Promise<Received> {
  let received: Received = { kind: "stopped", isSent: false };
  const body = JSON.stringify(request);
  const urls = endpoints.order(agent.id, settings.urls);
  for (const [index, url] of urls.entries()) {
    if (stops.isStopped) return { kind: "stopped", isSent: false };
    sink.log("info", `POST ${nameOf(new URL(url))} (${agent.id}, request ${request.id})`);
    const headers = {
      accept: "application/json",
      "user-agent": "planwright",
      "idempotency-key": idempotencyKey,
      "x-correlation-id": attemptId,
    };
    const { redirects, allowPrivate, maxBytes } = settings;
    const question = { url, method: "POST" as const, headers, credentials, body, redirects, allowPrivate, maxBytes };
    received = await stops.follow(exchange(question, clock));
    if (received.kind !== "failed" || received.isSent) {
      endpoints.answered(url);
      return received;
    }
    endpoints.failed(url);
    const next = urls[index + 1];
    if (next !== undefined) sink.log("warn", `${received.message}; the next address is tried`);
  }
  return received;
}

interface Surroundings {
  readonly context: AttemptContext;
  readonly request: HttpRequest;
  readonly sink: AttemptSink;
  /** The attempt was stopped while it waited. */
  readonly isLate: boolean;
  readonly now: Date;
}

function endOf(received: Received, around: Surroundings): AdapterEnd {
  const { context, sink, isLate } = around;
  if (received.kind === "stopped") {
    sink.log("warn", "stopped: the connection was closed, and an answer that still comes is not read");
    return over("cancelled", received.isSent ? declaredCosts(context) : []);
  }
  if (received.kind === "failed") {
    const costs = received.isSent ? declaredCosts(context) : [];
    if (isLate) return over("cancelled", costs);
    if (received.code === "protocol_error") sink.message("response", { refused: received.message });
    const message = `agent ${context.agent.id}: ${received.message}`;
    return over("failed", costs, failure(received.code, message));
  }
  return received.status < 200 || received.status > 299 ? refusalOf(received, around) : answerOf(received, around);
}

type Full = Extract<Received, { kind: "received" }>;

/** A status that says that it was not done. An answer in the agreed form says more, and what it has cost. */
function refusalOf({ status, headers, body }: Full, around: Surroundings): AdapterEnd {
  const { context, request, sink, isLate, now } = around;
  const read = readAnswer(body, request);
  if (read.kind === "answer") return answeredEnd(read.answer, around, status);
  sink.message("response", { status, text: read.text });
  const said = read.text.trim() === "" ? "" : `: ${read.text.replace(/\s+/g, " ").slice(0, 200)}`;
  const message = `agent ${context.agent.id} answered with status ${status}${said}`;
  if (isLate) return over("cancelled", []);
  const reason = statusFailure(status, headers["retry-after"], message, now);
  return over("failed", reason.code === "rate_limit" ? [] : declaredCosts(context), reason);
}

function statusFailure(status: number, header: string | undefined, message: string, now: Date): Failure {
  const pause = status === 429 || status === 503 ? retryAfter(header, now) : null;
  if (pause !== null) return failure("rate_limit", message, { retryAfter: pause, details: { status } });
  if (status === 429) return failure("rate_limit", message, { details: { status } });
  return failure(status >= 500 ? "transport" : "agent_error", message, { details: { status } });
}

function answerOf({ body, status }: Full, around: Surroundings): AdapterEnd {
  const { context, request, sink, isLate } = around;
  const read = readAnswer(body, request);
  if (read.kind === "answer") return answeredEnd(read.answer, around, status);
  sink.message("response", { refused: read.why, text: read.text });
  if (isLate) return over("cancelled", declaredCosts(context));
  const message = `the answer of agent ${context.agent.id} was refused: ${read.why}`;
  return over("failed", declaredCosts(context), failure("protocol_error", message));
}

/** An answer to this request. */
function answeredEnd(answer: HttpAnswer, { context, sink, isLate }: Surroundings, status: number): AdapterEnd {
  const { agent } = context;
  const { result = null, error, cost } = answer;
  sink.message("response", messageOf(answer));
  if (cost !== undefined && cost !== null) sink.cost(reportOf(cost));
  const costs = cost === undefined || cost === null ? declaredCosts(context) : [];
  if (isLate) {
    sink.log("warn", "the answer came after the attempt was stopped: it is recorded and changes nothing");
    return over("cancelled", costs);
  }
  if (!answer.success || status > 299) {
    const { code, message } = error ?? { code: `status ${status}`, message: "it gave no reason" };
    const details = error?.details === undefined ? {} : { details: keptJson(error.details) };
    const text = `agent ${agent.id} failed (${code.slice(0, 200)}): ${message.slice(0, 2_000)}`;
    return over("failed", costs, failure("agent_error", text, { details: { status, error: code, ...details } }));
  }
  if (result !== null) sink.output("stdout", Buffer.from(textOf(result)));
  return { ...over("succeeded", costs), answer: result };
}

function messageOf({ result, error, cost, ...rest }: HttpAnswer): JsonValue {
  return {
    ...rest,
    ...(result === undefined ? {} : { result }),
    ...(error === undefined
      ? {}
      : { error: { code: error.code, message: error.message, details: error.details ?? null } }),
    ...(cost === undefined ? {} : { cost }),
  };
}

/** A bare number is an amount in the agent's currency. Whatever is wrong with it is found, and recorded, by whoever books it. */
function reportOf(cost: unknown): ReportedCost {
  const parsed = typeof cost === "object" ? ReportedCost.safeParse(cost) : null;
  return parsed?.success === true ? parsed.data : { amount: cost };
}

function textOf(result: JsonValue): string {
  const text = typeof result === "string" ? result : JSON.stringify(result, null, 2);
  return text.endsWith("\n") ? text : `${text}\n`;
}

function over(outcome: AdapterEnd["outcome"], costs: CostEntry[], reason: Failure | null = null): AdapterEnd {
  return { outcome, failure: reason, end: null, costs };
}
