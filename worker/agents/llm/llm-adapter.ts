import { createHash } from "node:crypto";
import type { CostEntry } from "../../../schemas/event.ts";
import { failure, type Failure } from "../../../schemas/failure.ts";
import type { Adapter, AdapterEnd, AttemptContext, AttemptSink } from "../adapter.ts";
import { declaredCosts, serviceOf } from "../declared-costs.ts";
import { Endpoints } from "../http/endpoints.ts";
import { redactedSink } from "../redacted-sink.ts";
import { stoppable, type Stops } from "../stoppable.ts";
import { answerFile, writeAnswer } from "./answer-file.ts";
import { answerValue } from "./answer-text.ts";
import type { ModelQuestion, ModelSettings, ModelStop, ModelUsage } from "./model-answer.ts";
import { modelObstacle } from "./model-keys.ts";
import type { ModelPorts } from "./model-ports.ts";
import { affordableTokens, priceOf } from "./model-price.ts";
import { askModel, type Asked } from "./ask-model.ts";

/**
 * Asks a language model for a text (catalogue D4). It is asked once an attempt: another address is tried when one cannot be reached or
 * does not begin to answer, and everything else is for the engine to repeat. What it writes is its output; where the step declares one
 * output, that file is made of it.
 */
export function llmAdapter(ports: ModelPorts): Adapter {
  const endpoints = new Endpoints(ports.clock);
  return {
    start: (context, plain) =>
      stoppable(async (stops) => {
        const redactor = ports.models.redactor();
        const sink = redactedSink(plain, redactor);
        const end = await attempt({ context, sink, ports, stops, endpoints });
        sink.flush();
        return redactor.json(end);
      }),
    obstacle: ({ adapter }) =>
      adapter.kind === "llm" ? modelObstacle(adapter, ports.models.secret, ports.models.editor.isThere) : null,
  };
}

interface Attempt {
  readonly context: AttemptContext;
  readonly sink: AttemptSink;
  readonly ports: ModelPorts;
  readonly stops: Stops;
  readonly endpoints: Endpoints;
}

async function attempt(about: Attempt): Promise<AdapterEnd> {
  const { context, sink, ports } = about;
  const settings = context.agent.adapter;
  if (settings.kind !== "llm") throw new Error(`agent ${context.agent.id} is no language model`);
  const obstacle = modelObstacle(settings, ports.models.secret, ports.models.editor.isThere);
  if (obstacle !== null) return failed(about, unusable(context, settings, obstacle));
  const question = await questionOf(context, settings);
  if (question.maxOutputTokens === 0) {
    const message = `the question alone costs more than the step may cost (${context.allowance ?? 0} ${context.currency}): raise cost of the step, or split it`;
    return failed(about, failure("budget_exceeded", message));
  }
  const cacheKey = settings.cache ? keyOf(question) : null;
  const kept = cacheKey === null ? null : (ports.models.answers()?.find(cacheKey) ?? null);
  sink.message("request", { model: settings.model, provider: settings.provider, prompt: question.prompt });
  if (kept !== null) {
    sink.log("info", `an answer of ${kept.madeAt} to the same question is used again`, { cached: true });
    sink.output("stdout", Buffer.from(kept.text));
    return answered(about, kept.text, []);
  }
  const asked = await askModel(question, { ...about, agentId: context.agent.id });
  const end = await endOf(about, settings, asked);
  if (cacheKey !== null && end.outcome === "succeeded")
    ports.models.answers()?.keep(cacheKey, { provider: settings.provider, model: settings.model, text: asked.text });
  return end;
}

function unusable({ agent }: AttemptContext, settings: ModelSettings, obstacle: string): Failure {
  const message = `agent ${agent.id} cannot be used: ${obstacle}`;
  return failure(
    settings.provider !== "vscode" && obstacle.startsWith("its key") ? "needs_login" : "agent_unavailable",
    message,
  );
}

async function questionOf(
  { prompt, agent, allowance, currency }: AttemptContext,
  settings: ModelSettings,
): Promise<ModelQuestion> {
  const price = priceOf(settings, agent.currency);
  const affordable = allowance === null ? null : await affordableTokens(prompt, price, { amount: allowance, currency });
  const limits = [settings.maxOutputTokens, affordable].flatMap((limit) => limit ?? []);
  return { settings, prompt, maxOutputTokens: limits.length === 0 ? null : Math.min(...limits) };
}

/** Hash of everything that shapes an answer. */
function keyOf({ settings, prompt, maxOutputTokens }: ModelQuestion): string {
  const { provider, model, urls, temperature } = settings;
  const shape = JSON.stringify([provider, model, urls, temperature, maxOutputTokens, prompt]);
  return createHash("sha256").update(shape).digest("hex");
}

async function endOf(about: Attempt, settings: ModelSettings, asked: Asked): Promise<AdapterEnd> {
  const { context, sink, stops } = about;
  const costs = asked.isSent ? await costsOf(about, settings, asked.usage) : [];
  sink.message("response", { text: asked.text, model: asked.model, usage: asked.usage && { ...asked.usage } });
  if (stops.isStopped) {
    sink.log("warn", "stopped: the connection was closed, and what the model still writes is not read");
    return { outcome: "cancelled", failure: null, end: null, costs };
  }
  if (asked.failure !== null)
    return failed(about, { ...asked.failure, message: `agent ${context.agent.id}: ${asked.failure.message}` }, costs);
  if (asked.stop === "cut")
    return failed(about, failure("transport", `agent ${context.agent.id}: its answer broke off before the end`), costs);
  const problem = stopProblem(asked.stop, asked.text);
  if (problem !== null) return failed(about, failure("agent_error", `agent ${context.agent.id}: ${problem}`), costs);
  return answered(about, asked.text, costs);
}

/** Why an answer that came is none that can be used. */
function stopProblem(stop: Exclude<ModelStop, "cut">, text: string): string | null {
  switch (stop) {
    case "length":
      return "its answer was cut off at the most that it may write: raise maxOutputTokens of the agent or the cost of the step, or split the step";
    case "refused":
      return `the model, or a filter before it, refused${text.trim() === "" ? "" : `: ${text.trim().slice(0, 300).toWellFormed()}`}`;
    case "end":
    case "other":
      return text.trim() === "" ? "it answered with nothing" : null;
  }
}

async function answered(about: Attempt, text: string, costs: CostEntry[]): Promise<AdapterEnd> {
  const { context, sink } = about;
  const file = answerFile(context);
  if (file !== null) {
    const problem = await writeAnswer(context, file, text);
    if (problem !== null) return failed(about, problem, costs);
    sink.log("info", `the answer was written into ${file}`);
  }
  return { outcome: "succeeded", failure: null, end: null, costs, answer: answerValue(text) };
}

/** Tokens are measured, their price is a list's: the amount is estimated. Unknown is not zero. */
async function costsOf(
  { context, sink }: Attempt,
  settings: ModelSettings,
  usage: ModelUsage | null,
): Promise<CostEntry[]> {
  const { agent, step } = context;
  if (usage === null) return declaredCosts(context);
  const tokens = { input: usage.input, output: usage.output };
  const cost = await priceOf(settings, agent.currency)(usage);
  if (cost === null) {
    const service = serviceOf(step, agent);
    return [{ amount: null, currency: agent.currency, certainty: "unknown", service, tokens }];
  }
  sink.cost({ ...cost, certainty: "estimated", tokens });
  return [];
}

function failed({ sink }: Attempt, reason: Failure, costs: CostEntry[] = []): AdapterEnd {
  sink.log("error", reason.message);
  return { outcome: "failed", failure: reason, end: null, costs };
}
