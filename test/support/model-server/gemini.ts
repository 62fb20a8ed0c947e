import { z } from "zod";
import type { Message } from "./conversation.ts";
import { callId, halves, piece, type Dialect, type Reply } from "./dialect.ts";

/** Google's generateContent: https://ai.google.dev/api/generate-content */
const Part = z.looseObject({
  text: z.string().optional(),
  functionCall: z
    .looseObject({ id: z.string().optional(), name: z.string(), args: z.record(z.string(), z.unknown()).optional() })
    .optional(),
  functionResponse: z.looseObject({ id: z.string().optional(), name: z.string(), response: z.unknown() }).optional(),
});
const Content = z.looseObject({ role: z.string().optional(), parts: z.array(Part) });
const Request = z.looseObject({
  contents: z.array(Content).min(1),
  systemInstruction: z.union([Content, z.string()]).optional(),
  tools: z
    .array(z.looseObject({ functionDeclarations: z.array(z.looseObject({ name: z.string() })).optional() }))
    .optional(),
});
/** The model and whether it streams stand in the path. */
const PATH = /\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;

export const gemini: Dialect = {
  read(path, body) {
    const [, model = "", method = ""] = PATH.exec(path) ?? [];
    const { contents, systemInstruction, tools } = Request.parse(body);
    return {
      dialect: "gemini",
      model,
      stream: method === "streamGenerateContent",
      system: typeof systemInstruction === "string" ? systemInstruction : textOf(systemInstruction?.parts ?? []),
      messages: contents.map(messageOf),
      tools: (tools ?? []).flatMap((tool) => (tool.functionDeclarations ?? []).map(({ name }) => name)),
    };
  },
  whole: (reply) => body(reply, partsOf(reply), true),
  pieces(reply) {
    const parts = partsOf(reply);
    return parts.map((part, index) => piece(body(reply, [part], index === parts.length - 1)));
  },
  error({ status, message, retryAfter }) {
    const info =
      retryAfter === null
        ? []
        : [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${retryAfter}s` }];
    return { headers: {}, body: { error: { code: status, message, status: nameOf(status), details: info } } };
  },
};

function nameOf(status: number): string {
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 429) return "RESOURCE_EXHAUSTED";
  return status >= 500 ? "UNAVAILABLE" : "INVALID_ARGUMENT";
}

function messageOf({ role, parts }: z.infer<typeof Content>): Message {
  return {
    role: role === "model" ? "assistant" : "user",
    text: textOf(parts),
    calls: parts.flatMap(({ functionCall: one }) =>
      one === undefined ? [] : [{ id: one.id ?? "", name: one.name, arguments: one.args ?? {} }],
    ),
    results: parts.flatMap(({ functionResponse: one }) =>
      one === undefined ? [] : [{ id: one.id ?? null, text: JSON.stringify(one.response) }],
    ),
  };
}

function textOf(parts: readonly z.infer<typeof Part>[]): string {
  return parts.flatMap(({ text }) => (text === undefined ? [] : [text])).join("\n");
}

/** An answer without words has an empty part, as the service sends it. */
function partsOf(reply: Reply): object[] {
  const parts = [
    ...halves(reply.thought).map((text) => ({ text, thought: true })),
    ...halves(reply.text).map((text) => ({ text })),
    ...reply.calls.map((call, index) => ({
      functionCall: { id: callId(reply, index), name: call.name, args: call.arguments },
    })),
  ];
  return parts.length > 0 ? parts : [{ text: "" }];
}

/** Only the last piece has the reason of the end and the usage. */
function body(reply: Reply, parts: object[], isLast: boolean): object {
  const content = { role: "model", parts };
  const { usage } = reply;
  return {
    candidates: [{ index: 0, content, ...(isLast ? { finishReason: finishOf(reply) } : {}) }],
    modelVersion: reply.model,
    responseId: `response-${reply.number}`,
    ...(isLast && usage !== null
      ? {
          usageMetadata: {
            promptTokenCount: usage.input,
            candidatesTokenCount: usage.output,
            cachedContentTokenCount: usage.cached,
            totalTokenCount: usage.input + usage.output,
          },
        }
      : {}),
  };
}

function finishOf({ finish }: Reply): string {
  if (finish === "stop") return "STOP";
  return finish === "length" ? "MAX_TOKENS" : "SAFETY";
}
