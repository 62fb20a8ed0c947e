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

/** What a tool call does: `ToolKind` of the Agent Client Protocol, version 1. */
export const ToolKind = z.enum([
  "read",
  "edit",
  "delete",
  "move",
  "search",
  "execute",
  "think",
  "fetch",
  "switch_mode",
  "other",
]);
export type ToolKind = z.infer<typeof ToolKind>;

/** What happens when an agent asks whether it may: `ask` leaves it to a person. */
export const ToolPolicy = z.enum(["allow", "ask", "reject"]);
export type ToolPolicy = z.infer<typeof ToolPolicy>;

const Environment = z.record(z.string(), z.string()).default({});

/** A server of the Model Context Protocol: a program on whose standard streams it speaks, or an address (streamable HTTP). */
export const McpServer = z.discriminatedUnion("transport", [
  z.strictObject({
    transport: z.literal("stdio"),
    argv: z.array(z.string().min(1)).min(1),
    env: Environment,
  }),
  z.strictObject({
    transport: z.literal("http"),
    url: z.url({ protocol: /^https?$/ }),
    headers: z.record(z.string(), z.string()).default({}),
    /** Name of the environment variable whose value is sent as a bearer token. */
    tokenEnv: z.string().nullable().default(null),
    allowPrivate: z.boolean().default(false),
  }),
]);
export type McpServer = z.infer<typeof McpServer>;

/** What one million tokens cost, in the agent's currency. */
export const TokenPrice = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  /** Of input that was read from the service's cache; as `input` when it is left out. */
  cachedInput: z.number().min(0).optional(),
});
export type TokenPrice = z.infer<typeof TokenPrice>;

/**
 * How an agent is reached. `command` starts `argv` in a process of its own and writes the step's prompt to its standard input;
 * without `argv` it runs the step's own command. `process` starts a program that speaks `agent-protocol.ts` and is supervised. `http`
 * posts to a service. `acp` drives a coding agent over the Agent Client Protocol. `llm` asks a language model for a text. `mcp` calls one
 * tool of a server. `container` runs a command in a container. `simulated` waits and makes up a result, and is marked wherever it shows.
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
    kind: z.literal("acp"),
    /** Id of a known coding agent, which is found and started as the table of them says; null: `argv` speaks the protocol. */
    program: z.string().nullable().default(null),
    /** Instead of what the table says. */
    argv: z.array(z.string().min(1)).min(1).nullable().default(null),
    env: Environment,
    /** Variables of the worker's own environment that it gets besides the allow list, such as the one with its key. */
    passEnv: z.array(z.string().min(1)).default([]),
    /** As the agent names it; null: its own choice. */
    model: z.string().nullable().default(null),
    /** By kind of tool call; kinds that are left out go by `permissions`. */
    tools: z.partialRecord(ToolKind, ToolPolicy).default({}),
    /** Without any sign of life for so long it is reminded once, then stopped. */
    stall: Milliseconds.min(1_000).default(300_000),
    /** The same tool call so many times in a row is a loop: it is reminded once, then stopped. */
    loopLimit: z.int().min(2).max(1_000).default(8),
    price: TokenPrice.nullable().default(null),
  }),
  z.strictObject({
    kind: z.literal("llm"),
    /** `vscode`: the models of the editor, while a window of this folder is open. */
    provider: z.enum(["openai-compatible", "openai", "anthropic", "google", "vscode"]),
    model: z.string().min(1),
    /** Where the service is, where that is not its usual place. With several, the next one is tried when one cannot be reached. */
    urls: z.array(z.url({ protocol: /^https?$/ })).default([]),
    /** Name of the secret or environment variable that holds the key; null: the provider's usual variable. */
    key: z.string().nullable().default(null),
    maxOutputTokens: z.int().min(1).max(1_000_000).nullable().default(null),
    temperature: z.number().min(0).max(2).nullable().default(null),
    /** Until the first piece of its answer. */
    beginWithin: Milliseconds.min(100).default(60_000),
    /** Whether an answer to the same question is kept and used again (catalogue D7). */
    cache: z.boolean().default(false),
    price: TokenPrice.nullable().default(null),
  }),
  z.strictObject({
    kind: z.literal("mcp"),
    server: McpServer,
    tool: z.string().min(1),
    /** Arguments of every call; those of the step come on top. */
    arguments: z.record(z.string(), z.json()).default({}),
  }),
  z.strictObject({
    kind: z.literal("container"),
    image: z.string().min(1),
    /** What runs in it; null: the step's own command. */
    argv: z.array(z.string().min(1)).min(1).nullable().default(null),
    env: Environment,
    /** The program of the engine, such as docker or podman. */
    engine: z.string().min(1).default("docker"),
    /** Besides the folder that the step works in, which is mounted at `/workspace`. Sources are relative to that folder. */
    mounts: z
      .array(
        z.strictObject({
          source: z.string().min(1),
          target: z.string().startsWith("/"),
          readonly: z.boolean().default(true),
        }),
      )
      .default([]),
    network: z.string().min(1).default("none"),
    /** As the engine reads it, such as `512m`. */
    memory: z
      .string()
      .regex(/^[1-9][0-9]*[bkmg]?$/)
      .nullable()
      .default(null),
    cpus: z.number().positive().max(1_024).nullable().default(null),
    /** Processes at the same time. */
    pids: z.int().min(1).max(100_000).default(1_024),
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

/** Whether a program that an agent needs is there, and how to get it. */
export const AgentInstallation = z.object({
  /** `unknown`: it is there, and whether a login is needed shows when it is used. */
  state: z.enum(["found", "missing", "needs_login", "unknown"]),
  version: z.string().nullable(),
  /** How it is spoken with: over the protocol, or by its own streaming command line. */
  protocol: z.enum(["acp", "stream"]).nullable(),
  /** What to do, in one sentence; null: nothing. */
  advice: z.string().nullable(),
});
export type AgentInstallation = z.infer<typeof AgentInstallation>;

/** An agent as lists show it. */
export const AgentView = z.object({
  ...identity,
  adapter: z.enum(["command", "process", "http", "acp", "llm", "mcp", "container", "simulated"]),
  /** The program that it starts; null: it runs the step's own command, or starts none. */
  argv: z.array(z.string()).nullable(),
  /** The first address of a service. */
  url: z.string().nullable(),
  /** What a plan that names it shows to the person who approves: what is started or asked, and with what; null: the steps' own commands. */
  approves: z.array(z.string()).nullable(),
  /** The model that answers, the tool that is called or the image that is run; null for other kinds. */
  subject: z.string().nullable(),
  simulated: z.boolean(),
  origin: z.enum(["built-in", "workspace"]),
  available: z.boolean(),
  /** Why it cannot be used, or null. */
  unavailableReason: z.string().nullable(),
  load: z.int().min(0),
  health: AgentHealth,
  /** Of coding agents; null: nothing is installed for it. */
  installation: AgentInstallation.nullable(),
});
export type AgentView = z.infer<typeof AgentView>;
