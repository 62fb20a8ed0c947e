import { z } from "zod";
import type { AgentDefinition, ToolKind, ToolPolicy } from "../../../schemas/agent.ts";
import { CLAUDE_TOOLS, type StreamDialect } from "./known-agents.ts";
import type { SessionUpdate } from "./updates.ts";

/** What a line of an agent's own stream says, in the words of the protocol. */
export type StreamNews =
  | { readonly kind: "update"; readonly update: SessionUpdate }
  | { readonly kind: "model"; readonly model: string }
  | { readonly kind: "cost"; readonly amount: unknown }
  /** `PromptResponse.usage` of the protocol. */
  | { readonly kind: "tokens"; readonly usage: unknown }
  | { readonly kind: "end"; readonly stopReason: string }
  | { readonly kind: "failed"; readonly text: string };

export interface StreamTerms {
  readonly permissions: AgentDefinition["permissions"];
  readonly tools: Partial<Readonly<Record<ToolKind, ToolPolicy>>>;
  readonly model: string | null;
  /** The most that it should cost, in USD; null: no limit. */
  readonly usd: number | null;
}

interface Dialect {
  /** Its command line. The prompt comes on standard input. */
  argv(program: string, terms: StreamTerms): string[];
  read(line: unknown): StreamNews[];
}

/** An agent's own command line that prints what it does, one JSON object a line. It cannot ask: what policy does not allow is refused. */
export const STREAM_DIALECTS: Readonly<Record<StreamDialect, Dialect>> = {
  claude: { argv: claudeArgv, read: readClaude },
  codex: { argv: codexArgv, read: readCodex },
};

const ALLOWED: Readonly<Record<AgentDefinition["permissions"], readonly ToolKind[]>> = {
  full: ["read", "search", "think", "edit", "execute", "fetch"],
  limited: ["read", "search", "think", "edit"],
  readonly: ["read", "search", "think"],
};

function isAllowed(kind: ToolKind, { permissions, tools }: StreamTerms): boolean {
  const stated = tools[kind];
  return stated === undefined ? ALLOWED[permissions].includes(kind) : stated === "allow";
}

/** `claude -p`, version 2.1: https://code.claude.com/docs/en/cli-reference. */
function claudeArgv(program: string, terms: StreamTerms): string[] {
  const kinds = ToolKindsOfClaude.filter((kind) => isAllowed(kind, terms));
  const others = ToolKindsOfClaude.filter((kind) => !kinds.includes(kind));
  const names = (some: readonly ToolKind[]): string => some.flatMap((kind) => CLAUDE_TOOLS[kind] ?? []).join(",");
  return [
    ...[program, "-p", "--output-format", "stream-json", "--verbose"],
    ...["--permission-mode", kinds.includes("edit") ? "acceptEdits" : "default"],
    ...(kinds.length > 0 ? ["--allowedTools", names(kinds)] : []),
    ...(others.length > 0 ? ["--disallowedTools", names(others)] : []),
    ...(terms.model === null ? [] : ["--model", terms.model]),
    ...(terms.usd === null ? [] : ["--max-budget-usd", String(terms.usd)]),
  ];
}

const ToolKindsOfClaude: readonly ToolKind[] = ["read", "search", "think", "edit", "execute", "fetch"];

/** `codex exec`, version 0.169: https://developers.openai.com/codex/noninteractive. */
function codexArgv(program: string, terms: StreamTerms): string[] {
  const sandbox =
    terms.permissions === "full" && isAllowed("execute", terms)
      ? "danger-full-access"
      : isAllowed("edit", terms)
        ? "workspace-write"
        : "read-only";
  return [
    ...[program, "exec", "--json", "-s", sandbox, "--skip-git-repo-check"],
    ...(terms.model === null ? [] : ["-m", terms.model]),
    "-",
  ];
}

const ClaudePart = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text"), text: z.string() }),
  z.looseObject({ type: z.literal("thinking"), thinking: z.string() }),
  z.looseObject({ type: z.literal("tool_use"), id: z.string(), name: z.string(), input: z.unknown().optional() }),
  z.looseObject({
    type: z.literal("tool_result"),
    tool_use_id: z.string(),
    is_error: z.boolean().nullish().catch(null),
  }),
]);
const ClaudeLine = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("system"), subtype: z.string(), model: z.string().optional() }),
  z.looseObject({ type: z.literal("assistant"), message: z.looseObject({ content: z.array(z.unknown()) }) }),
  z.looseObject({
    type: z.literal("user"),
    message: z.looseObject({ content: z.union([z.string(), z.array(z.unknown())]) }),
  }),
  z.looseObject({
    type: z.literal("result"),
    subtype: z.string(),
    is_error: z.boolean().catch(false),
    result: z.string().nullish().catch(null),
    total_cost_usd: z.unknown().optional(),
    usage: z
      .looseObject({
        input_tokens: z.number().catch(0),
        output_tokens: z.number().catch(0),
        cache_read_input_tokens: z.number().catch(0),
        cache_creation_input_tokens: z.number().catch(0),
      })
      .nullish()
      .catch(null),
  }),
]);

function readClaude(line: unknown): StreamNews[] {
  const read = ClaudeLine.safeParse(line);
  if (!read.success) return [];
  const { data } = read;
  switch (data.type) {
    case "system":
      return data.subtype === "init" && data.model !== undefined ? [{ kind: "model", model: data.model }] : [];
    case "assistant":
    case "user": {
      const { content } = data.message;
      return typeof content === "string" ? [] : content.flatMap(claudePart);
    }
    case "result": {
      const { usage, total_cost_usd: amount, subtype, is_error: isError, result } = data;
      const stop: StreamNews =
        isError || subtype !== "success"
          ? { kind: "failed", text: `${subtype} ${result ?? ""}`.trim() }
          : { kind: "end", stopReason: "end_turn" };
      return [
        ...(amount === undefined || amount === null ? [] : [{ kind: "cost" as const, amount }]),
        ...(usage ? [{ kind: "tokens" as const, usage: claudeUsage(usage) }] : []),
        stop,
      ];
    }
  }
}

function claudeUsage(usage: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    inputTokens: usage["input_tokens"],
    outputTokens: usage["output_tokens"],
    cachedReadTokens: usage["cache_read_input_tokens"],
    cachedWriteTokens: usage["cache_creation_input_tokens"],
  };
}

function claudePart(part: unknown): StreamNews[] {
  const read = ClaudePart.safeParse(part);
  if (!read.success) return [];
  const { data } = read;
  switch (data.type) {
    case "text":
      return [words("agent_message_chunk", `${data.text}\n`)];
    case "thinking":
      return [words("agent_thought_chunk", data.thinking)];
    case "tool_use": {
      const kind = ToolKindsOfClaude.find((one) => CLAUDE_TOOLS[one]?.includes(data.name)) ?? "other";
      return [call(data.id, { title: data.name, kind, status: "in_progress", rawInput: data.input })];
    }
    case "tool_result":
      return [call(data.tool_use_id, { status: data.is_error === true ? "failed" : "completed" })];
  }
}

const CodexItem = z.looseObject({
  id: z.string(),
  type: z.string(),
  text: z.string().optional(),
  command: z.string().optional(),
  status: z.string().optional(),
  message: z.string().optional(),
  query: z.string().optional(),
  tool: z.string().optional(),
  changes: z
    .array(z.looseObject({ path: z.string() }))
    .optional()
    .catch(undefined),
  items: z
    .array(z.looseObject({ text: z.string(), completed: z.boolean().catch(false) }))
    .optional()
    .catch(undefined),
});
const CodexLine = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("item.started"), item: CodexItem }),
  z.looseObject({ type: z.literal("item.updated"), item: CodexItem }),
  z.looseObject({ type: z.literal("item.completed"), item: CodexItem }),
  z.looseObject({
    type: z.literal("turn.completed"),
    usage: z
      .looseObject({
        input_tokens: z.number().catch(0),
        cached_input_tokens: z.number().catch(0),
        output_tokens: z.number().catch(0),
      })
      .nullish()
      .catch(null),
  }),
  z.looseObject({ type: z.literal("turn.failed"), error: z.looseObject({ message: z.string() }) }),
]);

function readCodex(line: unknown): StreamNews[] {
  const read = CodexLine.safeParse(line);
  if (!read.success) return [];
  const { data } = read;
  switch (data.type) {
    case "turn.completed": {
      const end = { kind: "end" as const, stopReason: "end_turn" };
      if (!data.usage) return [end];
      const { input_tokens: input, cached_input_tokens: cached, output_tokens: outputTokens } = data.usage;
      const usage = { inputTokens: Math.max(0, input - cached), cachedReadTokens: cached, outputTokens };
      return [{ kind: "tokens", usage }, end];
    }
    case "turn.failed":
      return [{ kind: "failed", text: data.error.message }];
    default:
      return codexItem(data.item, data.type === "item.completed");
  }
}

function codexItem(item: z.infer<typeof CodexItem>, isOver: boolean): StreamNews[] {
  const status = !isOver ? "in_progress" : item.status === "failed" ? "failed" : "completed";
  switch (item.type) {
    case "agent_message":
      return isOver ? [words("agent_message_chunk", `${item.text ?? ""}\n`)] : [];
    case "reasoning":
      return isOver ? [words("agent_thought_chunk", item.text ?? "")] : [];
    case "todo_list":
      return [{ kind: "update", update: { sessionUpdate: "plan", entries: (item.items ?? []).map(entryOf) } }];
    case "command_execution":
      return [
        call(item.id, { title: item.command ?? "", kind: "execute", status, rawInput: { command: item.command } }),
      ];
    case "file_change": {
      const locations = (item.changes ?? []).map(({ path }) => ({ path }));
      return [call(item.id, { title: "change files", kind: "edit", status, locations })];
    }
    case "web_search":
      return [call(item.id, { title: item.query ?? "", kind: "fetch", status, rawInput: { query: item.query } })];
    case "error":
      return [words("agent_thought_chunk", item.message ?? "")];
    default:
      return [call(item.id, { title: item.tool ?? item.type, kind: "other", status })];
  }
}

function entryOf({ text, completed }: { text: string; completed: boolean }): {
  content: string;
  status: "completed" | "pending";
} {
  return { content: text, status: completed ? "completed" : "pending" };
}

function words(sessionUpdate: "agent_message_chunk" | "agent_thought_chunk", text: string): StreamNews {
  return { kind: "update", update: { sessionUpdate, content: { type: "text", text } } };
}

function call(
  toolCallId: string,
  about: Omit<
    Extract<SessionUpdate, { sessionUpdate: "tool_call_update" }>,
    "sessionUpdate" | "toolCallId" | "rawInput"
  > & {
    rawInput?: unknown;
  },
): StreamNews {
  return { kind: "update", update: { rawInput: undefined, ...about, sessionUpdate: "tool_call_update", toolCallId } };
}
