import { z } from "zod";
import { parsed, typeOf } from "./chat.ts";
import type { Message } from "./conversation.ts";
import { callId, halves, piece, retryHeaders, type Dialect, type Piece, type Reply } from "./dialect.ts";

/** OpenAI's responses: https://platform.openai.com/docs/api-reference/responses */
const Content = z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))]);
const Item = z.looseObject({
  type: z.string().default("message"),
  role: z.string().optional(),
  content: Content.nullish(),
  call_id: z.string().optional(),
  name: z.string().optional(),
  arguments: z.string().optional(),
  input: z.string().optional(),
  output: Content.optional(),
});
const Request = z.looseObject({
  model: z.string().min(1),
  stream: z.boolean().nullish(),
  instructions: z.string().nullish(),
  input: z.union([z.string(), z.array(Item).min(1)]),
  tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional() })).nullish(),
});

export const responses: Dialect = {
  read(_path, body) {
    const { model, stream, instructions, input, tools } = Request.parse(body);
    const items = typeof input === "string" ? [Item.parse({ role: "user", content: input })] : input;
    const isSystem = ({ role }: z.infer<typeof Item>): boolean => role === "system" || role === "developer";
    const above = items.filter(isSystem).map(({ content }) => textOf(content));
    return {
      dialect: "responses",
      model,
      stream: stream === true,
      system: [instructions ?? "", ...above].join("\n"),
      messages: items.filter((item) => !isSystem(item)).flatMap(messagesOf),
      tools: (tools ?? []).map(({ name, type }) => name ?? type),
    };
  },
  whole: (reply) => response(reply, outputOf(reply)),
  pieces(reply) {
    const output = outputOf(reply);
    const steps = [
      { type: "response.created", response: response(reply, [], "in_progress") },
      ...output.flatMap((item, index) => itemSteps(reply, item, index)),
      {
        type: reply.finish === "length" ? "response.incomplete" : "response.completed",
        response: response(reply, output),
      },
    ];
    return steps.map((step, number): Piece => piece({ ...step, sequence_number: number }, step.type));
  },
  error(refusal, now) {
    const type = refusal.status === 429 && refusal.retryAfter !== null ? "usage_limit_reached" : typeOf(refusal.status);
    const resets =
      refusal.retryAfter === null
        ? {}
        : { resets_at: Math.ceil(now / 1_000 + refusal.retryAfter), resets_in_seconds: refusal.retryAfter };
    return {
      headers: retryHeaders(refusal),
      body: { error: { message: refusal.message, type, param: null, code: type, ...resets } },
    };
  },
};

function messagesOf(item: z.infer<typeof Item>): Message[] {
  const nothing = { text: "", calls: [], results: [] };
  switch (item.type) {
    case "message":
      return [{ ...nothing, role: item.role === "assistant" ? "assistant" : "user", text: textOf(item.content) }];
    case "function_call":
    case "custom_tool_call": {
      const values = item.arguments === undefined ? { input: item.input ?? "" } : parsed(item.arguments);
      const call = { id: item.call_id ?? "", name: item.name ?? "", arguments: values };
      return [{ ...nothing, role: "assistant", calls: [call] }];
    }
    case "function_call_output":
    case "custom_tool_call_output":
      return [{ ...nothing, role: "user", results: [{ id: item.call_id ?? null, text: textOf(item.output) }] }];
    default:
      return [];
  }
}

function textOf(content: z.infer<typeof Content> | null | undefined): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text }) => text ?? "").join("\n");
}

type Output = Record<string, unknown> & { id: string; type: string };

function outputOf(reply: Reply): Output[] {
  const { number, thought, text, calls } = reply;
  const summary = [{ type: "summary_text", text: thought }];
  const content = [{ type: "output_text", text, annotations: [] }];
  return [
    ...(thought === "" ? [] : [{ id: `rs_${number}`, type: "reasoning", summary }]),
    ...(text === "" ? [] : [{ id: `msg_${number}`, type: "message", role: "assistant", status: "completed", content }]),
    ...calls.map((call, index) => ({
      id: `fc_${number}_${index}`,
      type: "function_call",
      call_id: callId(reply, index),
      name: call.name,
      arguments: JSON.stringify(call.arguments),
      status: "completed",
    })),
  ];
}

function itemSteps(reply: Reply, item: Output, index: number): { type: string; [name: string]: unknown }[] {
  const place = { item_id: item.id, output_index: index };
  const text = item.type === "message" ? reply.text : "";
  const part = { ...place, content_index: 0, part: { type: "output_text", text: "", annotations: [] } };
  return [
    { type: "response.output_item.added", output_index: index, item: started(item) },
    ...(text === "" ? [] : [{ type: "response.content_part.added", ...part }]),
    ...halves(text).map((delta) => ({ type: "response.output_text.delta", ...place, content_index: 0, delta })),
    ...(text === "" ? [] : [{ type: "response.output_text.done", ...place, content_index: 0, text }]),
    ...halves(item.type === "function_call" ? String(item["arguments"]) : "").map((delta) => ({
      type: "response.function_call_arguments.delta",
      ...place,
      delta,
    })),
    { type: "response.output_item.done", output_index: index, item },
  ];
}

/** An item before its pieces have come. */
function started(item: Output): Output {
  if (item.type === "function_call") return { ...item, arguments: "", status: "in_progress" };
  if (item.type === "message") return { ...item, content: [], status: "in_progress" };
  return { ...item, summary: [] };
}

function response(reply: Reply, output: unknown[], status?: string): Record<string, unknown> {
  const isCut = reply.finish === "length";
  return {
    id: `resp_${reply.number}`,
    object: "response",
    created_at: 1_767_225_600,
    model: reply.model,
    status: status ?? (isCut ? "incomplete" : "completed"),
    error: null,
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    output,
    usage: status === undefined ? usageOf(reply) : null,
  };
}

function usageOf({ usage }: Reply): unknown {
  if (usage === null) return null;
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cached },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: usage.input + usage.output,
  };
}
