import { z } from "zod";
import type { Message } from "./conversation.ts";
import { callId, halves, piece, retryHeaders, type Dialect, type Piece, type Reply } from "./dialect.ts";

/** Anthropic's messages: https://docs.anthropic.com/en/api/messages */
const Block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  tool_use_id: z.string().optional(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))]).optional(),
});
const Content = z.union([z.string(), z.array(Block)]);
const Request = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.int().min(1),
  stream: z.boolean().optional(),
  system: Content.optional(),
  messages: z.array(z.looseObject({ role: z.enum(["user", "assistant", "system"]), content: Content })).min(1),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
});

export const messages: Dialect = {
  read(_path, body) {
    const { model, stream, system, messages: spoken, tools } = Request.parse(body);
    return {
      dialect: "messages",
      model,
      stream: stream === true,
      system: textOf(system),
      messages: spoken.map(messageOf),
      tools: (tools ?? []).map(({ name }) => name),
    };
  },
  whole: (reply) => ({
    ...envelope(reply),
    content: blocksOf(reply),
    stop_reason: finishOf(reply),
    usage: usageOf(reply),
  }),
  pieces: (reply) => [
    named("message_start", {
      message: { ...envelope(reply), content: [], stop_reason: null, usage: { ...usageOf(reply), output_tokens: 1 } },
    }),
    named("ping", {}),
    ...blocksOf(reply).flatMap(blockPieces),
    named("message_delta", {
      delta: { stop_reason: finishOf(reply), stop_sequence: null },
      usage: usageOf(reply),
    }),
    named("message_stop", {}),
  ],
  error(refusal, now) {
    const { status, message, retryAfter } = refusal;
    const reset =
      retryAfter === null
        ? {}
        : {
            "anthropic-ratelimit-unified-status": "rejected",
            "anthropic-ratelimit-unified-reset": String(Math.ceil(now / 1_000 + retryAfter)),
          };
    return {
      headers: { ...retryHeaders(refusal), ...reset },
      body: { type: "error", error: { type: typeOf(status), message } },
    };
  },
};

function typeOf(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 429) return "rate_limit_error";
  if (status === 529) return "overloaded_error";
  return status >= 500 ? "api_error" : "invalid_request_error";
}

function messageOf({ role, content }: z.infer<typeof Request>["messages"][number]): Message {
  const blocks = typeof content === "string" ? [] : content;
  return {
    role: role === "assistant" ? "assistant" : "user",
    text: textOf(content),
    calls: blocks
      .filter(({ type }) => type === "tool_use")
      .map(({ id, name, input }) => ({ id: id ?? "", name: name ?? "", arguments: input ?? {} })),
    results: blocks
      .filter(({ type }) => type === "tool_result")
      .map((block) => ({ id: block.tool_use_id ?? null, text: textOf(block.content) })),
  };
}

function textOf(content: z.infer<typeof Content> | undefined): string {
  if (typeof content === "string") return content;
  return (content ?? []).flatMap(({ text }) => (text === undefined ? [] : [text])).join("\n");
}

function envelope({ number, model }: Reply): Record<string, unknown> {
  return { id: `msg_${number}`, type: "message", role: "assistant", model, stop_sequence: null };
}

type Made =
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "text"; text: string }
  | { type: "tool_use"; id: string; name: string; input: object };

function blocksOf(reply: Reply): Made[] {
  return [
    ...(reply.thought === "" ? [] : [{ type: "thinking" as const, thinking: reply.thought, signature: "c2lnbmVk" }]),
    ...(reply.text === "" ? [] : [{ type: "text" as const, text: reply.text }]),
    ...reply.calls.map((call, index) => ({
      type: "tool_use" as const,
      id: `toolu_${callId(reply, index)}`,
      name: call.name,
      input: call.arguments,
    })),
  ];
}

function blockPieces(block: Made, index: number): Piece[] {
  const start = (empty: object): Piece =>
    named("content_block_start", { index, content_block: { ...block, ...empty } });
  const deltas = (type: string, field: string, text: string): Piece[] =>
    halves(text).map((part) => named("content_block_delta", { index, delta: { type, [field]: part } }));
  const stop = named("content_block_stop", { index });
  switch (block.type) {
    case "thinking":
      return [start({ thinking: "" }), ...deltas("thinking_delta", "thinking", block.thinking), stop];
    case "text":
      return [start({ text: "" }), ...deltas("text_delta", "text", block.text), stop];
    case "tool_use":
      return [start({ input: {} }), ...deltas("input_json_delta", "partial_json", JSON.stringify(block.input)), stop];
  }
}

function named(type: string, rest: object): Piece {
  return piece({ type, ...rest }, type);
}

function finishOf({ finish, calls }: Reply): string {
  if (finish === "stop") return calls.length > 0 ? "tool_use" : "end_turn";
  return finish === "length" ? "max_tokens" : "refusal";
}

function usageOf({ usage }: Reply): Record<string, number> {
  return {
    input_tokens: (usage?.input ?? 0) - (usage?.cached ?? 0),
    output_tokens: usage?.output ?? 0,
    cache_read_input_tokens: usage?.cached ?? 0,
    cache_creation_input_tokens: 0,
  };
}
