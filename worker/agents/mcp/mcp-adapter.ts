import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { CallToolResult, Tool } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { AgentAdapter, AgentDefinition } from "../../../schemas/agent.ts";
import { failed, failure, success, type Failure, type Outcome } from "../../../schemas/failure.ts";
import type { LogLevel } from "../../../schemas/log.ts";
import { VERSION } from "../../../schemas/version.ts";
import type {
  Adapter,
  AdapterEnd,
  AgentClock,
  AttemptContext,
  AttemptHandle,
  AttemptSink,
  JsonValue,
} from "../adapter.ts";
import { declaredCosts } from "../declared-costs.ts";
import { attemptEnvironment } from "../environment.ts";
import { credentialsOf } from "../http/credentials.ts";
import { keptJson } from "../kept-json.ts";
import type { ProcessEnd } from "../process-request.ts";
import { stoppable, type Stops } from "../stoppable.ts";
import { workingFolder } from "../workspace-path.ts";

/** A server that has not said what it can do within this time is given up. */
const BEGIN_WITHIN_MS = 60_000;
/** The longest time that a timer takes: how long a call may last is not for this connection to say. */
const WITHOUT_LIMIT_MS = 2_147_483_647;
/** A server that was told to cancel a call gets this share of the grace before it is asked to end. */
const CANCEL_SHARE = 0.5;
const MOST_TOOL_PAGES = 100;

type McpSettings = Extract<AgentAdapter, { kind: "mcp" }>;

export interface McpPorts {
  readonly clock: AgentClock;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Calls one tool of a server of the Model Context Protocol (catalogue D4). Each attempt has a connection of its own; a server that is a program
 * is started for it and ends with it. Nothing is started before a plan that names it is approved.
 */
export function mcpAdapter(ports: McpPorts): Adapter {
  return {
    start: (context, sink) => stoppable((stops) => run(context, sink, ports, stops)),
    obstacle: (agent) => {
      const found = headersOf(settingsOf(agent), ports.environment);
      return found.ok ? null : found.failure.message;
    },
  };
}

function settingsOf({ id, adapter }: AgentDefinition): McpSettings {
  if (adapter.kind !== "mcp") throw new Error(`agent ${id} is no MCP agent`);
  return adapter;
}

/** A way to a server, while the attempt lasts. */
interface Connection {
  readonly transport: Transport;
  /** What it is and where, for the log. */
  readonly name: string;
  /** How its program ended; null: it has none, or was not started. */
  ended(): Promise<ProcessEnd> | null;
  stop(graceMs: number): void;
}

async function run(context: AttemptContext, sink: AttemptSink, ports: McpPorts, stops: Stops): Promise<AdapterEnd> {
  const connection = await connect(context, sink, ports);
  if (stops.isStopped) return over("cancelled", null);
  if (!connection.ok) return over("failed", connection.failure);
  return stops.follow(talk(connection.value, context, sink, ports.clock));
}

async function connect(
  context: AttemptContext,
  sink: AttemptSink,
  { environment }: McpPorts,
): Promise<Outcome<Connection>> {
  const { agent, attemptId, redactor } = context;
  const settings = settingsOf(agent);
  const { server } = settings;
  if (server.transport === "stdio") {
    const cwd = await workingFolder(context.folder, context.step.parameters.cwd);
    if (!cwd.ok) return cwd;
    const { StdioConnection } = await import("./stdio-connection.ts");
    const env = { ...attemptEnvironment(context, environment), ...server.env };
    const transport = new StdioConnection({ argv: server.argv, cwd: cwd.value, env, attemptId, redactor }, sink);
    return success({
      transport,
      name: server.argv.join(" "),
      ended: () => transport.ended,
      stop: (graceMs) => transport.stop(graceMs),
    });
  }
  const headers = headersOf(settings, environment);
  if (!headers.ok) return headers;
  const [{ StreamableHTTPClientTransport }, { guardedFetch }] = await Promise.all([
    import("@modelcontextprotocol/sdk/client/streamableHttp.js"),
    import("./guarded-fetch.ts"),
  ]);
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    fetch: guardedFetch(server.allowPrivate),
    requestInit: { headers: headers.value, redirect: "manual" },
  });
  return success({ transport, name: server.url, ended: () => null, stop: () => void transport.close() });
}

function headersOf({ server }: McpSettings, environment: NodeJS.ProcessEnv): Outcome<Record<string, string>> {
  if (server.transport === "stdio") return success({});
  const { headers, tokenEnv, url } = server;
  return credentialsOf({ headers, tokenEnv, urls: [url] }, environment);
}

/** From the first word to the last. Stopping cancels the call; a server that does not end by itself is ended. */
function talk(
  connection: Connection,
  context: AttemptContext,
  sink: AttemptSink,
  clock: AgentClock,
): AttemptHandle<AdapterEnd> {
  const cancel = new AbortController();
  let timer: { cancel(): void } | null = null;
  const end = async (): Promise<AdapterEnd> => {
    const client = await newClient();
    const done = await converse(client, connection, context, sink, cancel.signal).catch(async (error: unknown) => {
      const { mcpFailure } = await import("./mcp-failure.ts");
      return over("failed", mcpFailure(error, whatOf(context), context.agent.id));
    });
    await client.close().catch(() => undefined);
    const ended = await connection.ended();
    timer?.cancel();
    if (cancel.signal.aborted) return { ...done, outcome: "cancelled", failure: null };
    return ended === null ? done : withProgram(done, ended, context);
  };
  return {
    result: end(),
    stop(graceMs) {
      cancel.abort();
      timer?.cancel();
      const politely = graceMs * CANCEL_SHARE;
      if (graceMs <= 0) connection.stop(0);
      else timer = clock.after(politely, () => connection.stop(graceMs - politely));
    },
  };
}

/** The end of a server's program says more than that its connection was closed. */
function withProgram(done: AdapterEnd, ended: ProcessEnd, context: AttemptContext): AdapterEnd {
  if (done.failure?.code !== "crash" && done.failure?.code !== "protocol_error") return done;
  if (ended.failure !== null) {
    const { code, message } = ended.failure;
    const isMissing = code === "command_not_found";
    const text = isMissing ? `agent ${context.agent.id} cannot be used: ${message}` : message;
    return { ...done, failure: isMissing ? failure("agent_unavailable", text) : ended.failure };
  }
  const said = ended.lastError === "" ? "" : `: ${ended.lastError}`;
  return { ...done, failure: { ...done.failure, message: `${done.failure.message}${said}` } };
}

async function newClient(): Promise<Client> {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  // Its own checker of schemas makes code from them; ours (tool-arguments.ts) does not.
  const jsonSchemaValidator = {
    getValidator: () => () => ({ valid: false as const, data: undefined, errorMessage: "not checked here" }),
  };
  return new Client({ name: "planwright", version: VERSION }, { jsonSchemaValidator });
}

async function converse(
  client: Client,
  connection: Connection,
  context: AttemptContext,
  sink: AttemptSink,
  signal: AbortSignal,
): Promise<AdapterEnd> {
  const { agent, step } = context;
  const { tool } = settingsOf(agent);
  sink.log("info", `MCP server ${connection.name}`);
  client.onerror = (error) => sink.log("debug", error.message.slice(0, 2_000));
  await hearNotes(client, sink);
  await client.connect(connection.transport, { signal, timeout: BEGIN_WITHIN_MS });
  const found = await findTool(client, tool, signal);
  if (!found.ok) return over("failed", { ...found.failure, message: `agent ${agent.id}: ${found.failure.message}` });
  const { checkedArguments } = await import("./tool-arguments.ts");
  const given = checkedArguments(found.value.inputSchema, argumentsFor(found.value, context), tool);
  if (!given.ok) return over("failed", given.failure);
  sink.message("request", { tool, arguments: given.value });
  const { CallToolResultSchema } = await import("@modelcontextprotocol/sdk/types.js");
  const result = await client.request(
    {
      method: "tools/call",
      params: { name: tool, arguments: given.value, _meta: { "planwright/idempotencyKey": context.idempotencyKey } },
    },
    CallToolResultSchema,
    {
      signal,
      timeout: WITHOUT_LIMIT_MS,
      onprogress: (progress) => sink.log("info", progressText(progress), { progress: progress.progress }),
    },
  );
  return endOf(result, context, sink, `tool ${tool} of agent ${agent.id} (step ${step.id})`);
}

async function endOf(
  result: CallToolResult,
  context: AttemptContext,
  sink: AttemptSink,
  what: string,
): Promise<AdapterEnd> {
  const { toolAnswer } = await import("./tool-result.ts");
  const { text, answer, others } = toolAnswer(result, (value) => z.json().parse(value));
  sink.message("response", { isError: result.isError === true, answer: keptJson(answer), others: [...others] });
  for (const other of others) sink.log("info", `it answered with ${other}`);
  const costs = declaredCosts(context);
  if (result.isError === true) {
    const said = text.trim() === "" ? "it gave no reason" : text.trim().slice(0, 2_000);
    return { ...over("failed", failure("agent_error", `${what} failed: ${said}`)), costs };
  }
  if (text !== "") sink.output("stdout", Buffer.from(text.endsWith("\n") ? text : `${text}\n`));
  return { ...over("succeeded", null), costs, answer };
}

/** Those of the agent, then what a person or the spec gives the step; the prompt where the tool asks for one and nobody has given it. */
function argumentsFor({ inputSchema }: Tool, { agent, step, prompt }: AttemptContext): Record<string, JsonValue> {
  const given = { ...settingsOf(agent).arguments, ...step.parameters.extra };
  const wantsPrompt = inputSchema.properties !== undefined && "prompt" in inputSchema.properties;
  return wantsPrompt && !("prompt" in given) ? { ...given, prompt } : given;
}

async function findTool(client: Client, name: string, signal: AbortSignal): Promise<Outcome<Tool>> {
  const { ListToolsResultSchema } = await import("@modelcontextprotocol/sdk/types.js");
  if (client.getServerCapabilities()?.tools === undefined)
    return failed(failure("agent_unavailable", "its server has no tools: name another server"));
  const names: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_TOOL_PAGES; page += 1) {
    const params = cursor === undefined ? {} : { cursor };
    const { tools, nextCursor } = await client.request({ method: "tools/list", params }, ListToolsResultSchema, {
      signal,
      timeout: BEGIN_WITHIN_MS,
    });
    const found = tools.find((tool) => tool.name === name);
    if (found) return success(found);
    names.push(...tools.map((tool) => tool.name));
    if (nextCursor === undefined || nextCursor === cursor) break;
    cursor = nextCursor;
  }
  const known = names.length === 0 ? "none" : `${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""}`;
  return failed(
    failure("agent_unavailable", `its server has no tool "${name}": correct "tool" of the agent (it has ${known})`),
  );
}

/** The levels of RFC 5424, as the protocol uses them. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: "debug",
  info: "info",
  notice: "info",
  warning: "warn",
  error: "error",
  critical: "critical",
  alert: "critical",
  emergency: "critical",
};

/** What a server logs stands in the log of the attempt. */
async function hearNotes(client: Client, sink: AttemptSink): Promise<void> {
  const { LoggingMessageNotificationSchema } = await import("@modelcontextprotocol/sdk/types.js");
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params: { level, data } }) => {
    sink.log(LEVELS[level] ?? "info", typeof data === "string" ? data : JSON.stringify(data));
  });
}

function progressText({
  progress,
  total,
  message,
}: {
  progress: number;
  total?: number | undefined;
  message?: string | undefined;
}): string {
  const share = total === undefined ? `${progress}` : `${progress} of ${total}`;
  return message === undefined ? `progress: ${share}` : `progress: ${share}, ${message}`;
}

function whatOf({ agent }: AttemptContext): string {
  return `tool ${settingsOf(agent).tool} of agent ${agent.id}`;
}

function over(outcome: AdapterEnd["outcome"], reason: Failure | null): AdapterEnd {
  return { outcome, failure: reason, end: null, costs: [] };
}
