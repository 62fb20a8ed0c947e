import { z } from "zod";
import type { Message } from "./conversation.ts";
import { callId, halves, piece, retryHeaders, type Dialect, type Piece, type Reply } from "./dialect.ts";

/** OpenAI's chat completions, as most services and local servers speak them: https://platform.openai.com/docs/api-reference/chat */
const Text = z.union([z.string(), z.null(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))]);
const Call = z.looseObject({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) });
const Spoken = z.discriminatedUnion("role", [
  z.looseObject({ role: z.literal("system"), content: Text }),
  z.looseObject({ role: z.literal("developer"), content: Text }),
  z.looseObject({ role: z.literal("user"), content: Text }),
  z.looseObject({ role: z.literal("assistant"), content: Text.optional(), tool_calls: z.array(Call).optional() }),
  z.looseObject({ role: z.literal("tool"), tool_call_id: z.string(), content: Text }),
]);
const Request = z.looseObject({
  model: z.string().min(1),
  stream: z.boolean().nullish(),
  messages: z.array(Spoken).min(1),
  tools: z
    .array(z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string() }) }))
    .nullish(),
});

export const chat: Dialect = {
  read(_path, body) {
    const { model, stream, messages, tools } = Request.parse(body);
    const isSystem = ({ role }: z.infer<typeof Spoken>): boolean => role === "system" || role === "developer";
    return {
      dialect: "chat",
      model,
      stream: stream === true,
      system: messages
        .filter(isSystem)
        .map(({ content }) => textOf(content))
        .join("\n"),
      messages: messages.filter((one) => !isSystem(one)).map(messageOf),
      tools: (tools ?? []).map((tool) => tool.function.name),
    };
  },
  whole: (reply) => ({
    ...envelope(reply, "chat.completion"),
    choices: [{ index: 0, message: { role: "assistant", ...spoken(reply) }, finish_reason: finishOf(reply) }],
    usage: usageOf(reply),
  }),
  pieces: (reply) => [
    ...halves(reply.thought).map((text) => delta(reply, { reasoning_content: text })),
    ...halves(reply.text).map((text) => delta(reply, { content: text })),
    ...reply.calls.flatMap((_call, index) => callDeltas(reply, index)),
    delta(reply, {}, finishOf(reply)),
    piece({ ...envelope(reply, "chat.completion.chunk"), choices: [], usage: usageOf(reply) }),
    { event: null, data: "[DONE]" },
  ],
  error: (refusal) => ({
    headers: retryHeaders(refusal),
    body: {
      error: { message: refusal.message, type: typeOf(refusal.status), param: null, code: typeOf(refusal.status) },
    },
  }),
};

/** OpenAI's names of errors, which its two dialects share. */
export function typeOf(status: number): string {
  if (status === 401) return "invalid_api_key";
  if (status === 429) return "rate_limit_exceeded";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

function messageOf(one: z.infer<typeof Spoken>): Message {
  const text = textOf(one.content);
  if (one.role === "tool") return { role: "user", text: "", calls: [], results: [{ id: one.tool_call_id, text }] };
  const calls = one.role === "assistant" ? (one.tool_calls ?? []) : [];
  return {
    role: one.role === "assistant" ? "assistant" : "user",
    text,
    calls: calls.map(({ id, function: { name, arguments: values } }) => ({ id, name, arguments: parsed(values) })),
    results: [],
  };
}

/** Arguments as they are sent: JSON in a string. */
export function parsed(text: string): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(text === "" ? {} : JSON.parse(text));
}

function textOf(content: z.infer<typeof Text> | undefined): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text }) => text ?? "").join("\n");
}

function envelope({ number, model }: Reply, object: string): Record<string, unknown> {
  return { id: `chatcmpl-${number}`, object, created: 1_767_225_600, model };
}

function spoken(reply: Reply): Record<string, unknown> {
  const calls = reply.calls.map((call, index) => ({
    id: callId(reply, index),
    type: "function",
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  return { content: reply.text === "" ? null : reply.text, ...(calls.length > 0 ? { tool_calls: calls } : {}) };
}

function delta(reply: Reply, part: object, finish: string | null = null): Piece {
  const choice = { index: 0, delta: { role: "assistant", ...part }, finish_reason: finish };
  return piece({ ...envelope(reply, "chat.completion.chunk"), choices: [choice] });
}

/** The name comes first, the arguments in pieces. */
function callDeltas(reply: Reply, index: number): Piece[] {
  const { name = "", arguments: values = {} } = reply.calls[index] ?? {};
  const first = { index, id: callId(reply, index), type: "function", function: { name, arguments: "" } };
  return [
    delta(reply, { tool_calls: [first] }),
    ...halves(JSON.stringify(values)).map((text) =>
      delta(reply, { tool_calls: [{ index, function: { arguments: text } }] }),
    ),
  ];
}

function finishOf({ finish, calls }: Reply): string {
  if (finish === "stop") return calls.length > 0 ? "tool_calls" : "stop";
  return finish === "length" ? "length" : "content_filter";
}

function usageOf({ usage }: Reply): unknown {
  if (usage === null) return null;
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached },
  };
}
