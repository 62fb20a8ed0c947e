import { z } from "zod";
import { AgentCapability } from "./agent.ts";
import { Milliseconds } from "./duration.ts";
import { CostCertainty } from "./money.ts";

/**
 * What the worker and a process agent say to each other (catalogue D4): one JSON object a message, over Node's IPC channel or as a line
 * of standard input and output. Costs are read by hand (`reported-cost.ts`), because a wrong one must be refused without losing the rest.
 */

const Text = z.string().max(100_000);

/** As an agent reports it; anything may stand in `amount`. */
export const ReportedCost = z.object({
  amount: z.unknown(),
  currency: z.string().optional(),
  service: z.string().max(200).optional(),
  certainty: CostCertainty.extract(["estimated", "measured", "billed"]).optional(),
  tokens: z.object({ input: z.int().min(0), output: z.int().min(0) }).optional(),
});
export type ReportedCost = z.infer<typeof ReportedCost>;

const about = { task: z.string() };

/** From an agent. `task` is the id of the task that it was given. */
export const FromAgent = z.discriminatedUnion("type", [
  /** It is warmed up and takes work. An agent that offers capabilities of its own names them here. */
  z.object({ type: z.literal("ready"), capabilities: z.array(AgentCapability).optional() }),
  z.object({ type: z.literal("heartbeat") }),
  z.object({
    type: z.literal("progress"),
    ...about,
    message: Text.default(""),
    fraction: z.number().min(0).max(1).nullable().default(null),
  }),
  z.object({
    type: z.literal("decision"),
    ...about,
    message: Text,
    /** What it measured on the way, such as milliseconds or confidence. */
    metrics: z.record(z.string(), z.json()).default({}),
  }),
  z.object({
    type: z.literal("action"),
    ...about,
    name: Text,
    amount: z.number().nullable().default(null),
    result: z.json().default(null),
  }),
  z.object({
    type: z.literal("llm_call"),
    ...about,
    model: z.string().max(200),
    /** Whether the answer came from a cache. */
    cached: z.boolean().default(false),
    duration: Milliseconds.nullable().default(null),
    cost: ReportedCost.nullable().default(null),
  }),
  z.object({ type: z.literal("cost"), ...about, cost: ReportedCost }),
  z.object({
    type: z.literal("log"),
    /** Null: about no task. */
    task: z.string().nullable().default(null),
    level: z.enum(["debug", "info", "success", "warn", "error", "critical"]).default("info"),
    message: Text,
  }),
  z.object({ type: z.literal("result"), ...about, result: z.json().default(null), cost: ReportedCost.optional() }),
  /** The task failed; with `task` null the agent itself has a fault and goes on. */
  z.object({
    type: z.literal("error"),
    task: z.string().nullable().default(null),
    code: z.string().max(200).default("error"),
    message: Text,
    /** Whether another try may help. */
    retryable: z.boolean().default(false),
    cost: ReportedCost.optional(),
  }),
]);
export type FromAgent = z.infer<typeof FromAgent>;

/** To an agent. */
export const ToAgent = z.discriminatedUnion("type", [
  /** First of all: how often to beat. */
  z.object({ type: z.literal("hello"), protocol: z.literal(1), agent: z.string(), heartbeat: Milliseconds }),
  z.object({
    type: z.literal("task"),
    /** Of this attempt; everything about it names it. */
    task: z.string(),
    executionId: z.string(),
    stepId: z.string(),
    attempt: z.int().min(1),
    /** The same for all attempts of the step: what was done under it must not be done twice. */
    idempotencyKey: z.string(),
    capability: z.string(),
    prompt: z.string(),
    parameters: z.record(z.string(), z.json()),
    folder: z.string(),
    timeout: Milliseconds.nullable(),
  }),
  /** Stop working on a task; the answer is an `error` or a `result`. */
  z.object({ type: z.literal("cancel"), task: z.string() }),
  /** Finish and leave within the stop grace. */
  z.object({ type: z.literal("shutdown") }),
]);
export type ToAgent = z.infer<typeof ToAgent>;

/** What is sent to an HTTP agent. */
export const HttpRequest = z.object({
  id: z.string(),
  timestamp: z.iso.datetime(),
  capability: z.string(),
  parameters: z.record(z.string(), z.json()),
  timeout: Milliseconds.optional(),
  correlationId: z.string(),
});
export type HttpRequest = z.infer<typeof HttpRequest>;

/** Any JSON, as JSON.parse made it: walking through 10 MB of it once more would take a tenth of a second. */
const ParsedJson = z.custom<z.infer<ReturnType<typeof z.json>>>((value) => value !== undefined);

/** What it answers. */
export const HttpAnswer = z.object({
  id: z.string(),
  timestamp: z.string(),
  success: z.boolean(),
  result: ParsedJson.optional(),
  error: z.object({ code: z.string(), message: z.string(), details: ParsedJson.optional() }).optional(),
  /** A number in the agent's currency, or a report with more in it. */
  cost: ParsedJson.optional(),
  correlationId: z.string(),
});
export type HttpAnswer = z.infer<typeof HttpAnswer>;

/** What it answers when its health is asked, if it answers with JSON; then it may register what it can do. */
export const HttpHealthAnswer = z.object({ capabilities: z.array(AgentCapability).max(200).optional() });
export type HttpHealthAnswer = z.infer<typeof HttpHealthAnswer>;
