import { z } from "zod";
import { AgentHealth, Supervision } from "./agent-health.ts";
import { Milliseconds } from "./duration.ts";
import { AttemptFailureCode } from "./failure.ts";
import { Amount, Currency } from "./money.ts";

/** What an agent can do (catalogue D1). Figures are the registered estimates of one run; null is unknown. */
export const AgentCapability = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/, "lower case letters, digits and underscores, such as code_review"),
  description: z.string().default(""),
  /** JSON Schema of the parameters. */
  parameters: z.record(z.string(), z.json()).default({}),
  estimatedCost: Amount.default(null),
  estimatedDuration: Milliseconds.nullable().default(null),
  /** Capabilities that must have run earlier in a plan. */
  dependencies: z.array(z.string()).default([]),
});
export type AgentCapability = z.infer<typeof AgentCapability>;

/** How attempts of an agent are tried again (catalogue C2). What is left out holds by default; what a task says comes first. */
export const AgentRetry = z
  .strictObject({
    maxAttempts: z.int().min(1).max(101).optional(),
    /** Before the first retry. */
    base: Milliseconds.optional(),
    /** By which the delay grows from retry to retry. */
    factor: z.number().min(1).max(100).optional(),
    cap: Milliseconds.optional(),
    /** Share of the delay that is added at random, 0 to 1. */
    jitter: z.number().min(0).max(1).optional(),
    retryOn: z.array(AttemptFailureCode).optional(),
  })
  .refine(({ base, cap }) => base === undefined || cap === undefined || cap >= base, {
    path: ["cap"],
    message: "not below `base` is needed",
  });
export type AgentRetry = z.infer<typeof AgentRetry>;

const identity = {
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dot, dash and underscore"),
  name: z.string().min(1),
  /** Role, such as coder or reviewer. */
  type: z.string().default("general"),
  capabilities: z.array(AgentCapability),
  permissions: z.enum(["full", "limited", "readonly"]).default("limited"),
  restrictions: z.array(z.enum(["compiler", "guest", "specialized"])).default([]),
  priority: z.int().min(-100).max(100).default(0),
  /** Runs at the same time within one execution. */
  maxLoad: z.int().min(1).max(1_000).default(4),
  timeout: z
    .union([Milliseconds, z.literal("none")], { error: 'a whole number of milliseconds or "none" is needed' })
    .default(300_000),
  retry: AgentRetry.nullable().default(null),
  currency: Currency.default("USD"),
  /** What a cost of this agent is booked under. */
  service: z.string().nullable().default(null),
  status: z.enum(["active", "inactive"]).default("active"),
};

/**
 * How an agent is reached. `command` starts `argv` in a process of its own and writes the step's prompt to its standard input;
 * without `argv` it runs the step's own command. `process` starts a program that speaks `agent-protocol.ts` and is supervised. `http`
 * posts to a service. `simulated` waits and makes up a result, and is marked wherever it shows.
 */
export const AgentAdapter = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("command"),
    argv: z.array(z.string().min(1)).min(1).nullable().default(null),
    env: z.record(z.string(), z.string()).default({}),
  }),
  z.strictObject({
    kind: z.literal("process"),
    argv: z.array(z.string().min(1)).min(1),
    env: z.record(z.string(), z.string()).default({}),
    /** `lines`: one JSON object a line on standard input and output. `ipc`: the channel that Node gives to a forked program. */
    transport: z.enum(["lines", "ipc"]).default("lines"),
    /** `attempt`: a process for each attempt. `shared`: one process serves up to `maxLoad` attempts at a time and lives on. */
    lifetime: z.enum(["attempt", "shared"]).default("attempt"),
    supervision: Supervision.prefault({}),
  }),
  z.strictObject({
    kind: z.literal("http"),
    /** Where requests are posted. With several, the next one is tried when one cannot be reached. */
    urls: z.array(z.url({ protocol: /^https?$/ })).min(1),
    headers: z.record(z.string(), z.string()).default({}),
    /** Name of the environment variable whose value is sent as a bearer token. */
    tokenEnv: z.string().nullable().default(null),
    /** Redirects that are followed; the token goes only to the origin that it is meant for. */
    redirects: z.int().min(0).max(10).default(0),
    /** Loopback, private and link-local addresses are refused unless this is true. */
    allowPrivate: z.boolean().default(false),
    /** Of an answer, in bytes. */
    maxBytes: z.int().min(1_000).max(1_000_000_000).default(10_000_000),
    /** Answers 200 when the agent is well, a JSON with `capabilities` where it registers its own; relative to each address. */
    health: z.string().nullable().default(null),
    healthInterval: Milliseconds.min(1_000).default(30_000),
  }),
  z.strictObject({
    kind: z.literal("simulated"),
    seed: z.int().default(1),
    minDelay: Milliseconds.default(1_000),
    maxDelay: Milliseconds.default(5_000),
    /** Share of attempts that fail, 0 to 1. */
    failureRate: z.number().min(0).max(1).default(0),
  }),
]);
export type AgentAdapter = z.infer<typeof AgentAdapter>;

export const AgentDefinition = z.strictObject({ ...identity, adapter: AgentAdapter });
export type AgentDefinition = z.infer<typeof AgentDefinition>;

/** The content of `.planwright/agents.json`. */
export const AgentsFile = z.strictObject({ $schema: z.string().optional(), agents: z.array(AgentDefinition) });
export type AgentsFile = z.infer<typeof AgentsFile>;

/** An agent as lists show it. */
export const AgentView = z.object({
  ...identity,
  adapter: z.enum(["command", "process", "http", "simulated"]),
  /** The program that it starts; null: it runs the step's own command, or starts none. */
  argv: z.array(z.string()).nullable(),
  /** The first address of an HTTP agent. */
  url: z.string().nullable(),
  simulated: z.boolean(),
  origin: z.enum(["built-in", "workspace"]),
  available: z.boolean(),
  /** Why it cannot be used, or null. */
  unavailableReason: z.string().nullable(),
  load: z.int().min(0),
  health: AgentHealth,
});
export type AgentView = z.infer<typeof AgentView>;
