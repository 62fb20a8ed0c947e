import { failure } from "../../../schemas/failure.ts";
import type { ModelPiece, ModelQuestion, ModelStop, ModelStream, ModelUsage } from "./model-answer.ts";
import { openService, type ServiceModel } from "./services.ts";
import { serviceFailure } from "./service-failure.ts";
import { ThinkTags } from "./think-tags.ts";

export interface ServicePlace {
  readonly url: string;
  readonly key: string | null;
  /** For people. */
  readonly where: string;
}

type StreamPart =
  Awaited<ReturnType<ServiceModel["doStream"]>>["stream"] extends ReadableStream<infer Part> ? Part : never;
type Finish = Extract<StreamPart, { type: "finish" }>;

/**
 * Asks a model of a service over the network, through the AI SDK's providers. They are spoken to directly: the layer above them would
 * retry by itself, which is for the engine to decide.
 */
export async function* askService(question: ModelQuestion, place: ServicePlace, signal: AbortSignal): ModelStream {
  const { settings, prompt, maxOutputTokens } = question;
  const tags = new ThinkTags();
  try {
    const model = await openService(settings, place.url, place.key);
    const { stream } = await model.doStream({
      prompt: [{ role: "user", content: [{ type: "text", text: prompt }] }],
      abortSignal: signal,
      ...(maxOutputTokens === null ? {} : { maxOutputTokens }),
      ...(settings.temperature === null ? {} : { temperature: settings.temperature }),
    });
    for await (const part of stream) {
      const pieces = piecesOf(part, tags, question, place);
      yield* pieces;
      if (pieces.some(({ kind }) => kind === "end" || kind === "failed")) return;
    }
    yield* tags.end();
    yield { kind: "end", stop: "cut", usage: null, isCounted: false };
  } catch (error) {
    if (signal.aborted) return;
    yield serviceFailure(error, settings, place.where, new Date());
  }
}

function piecesOf(
  part: StreamPart,
  tags: ThinkTags,
  { settings }: ModelQuestion,
  { where }: ServicePlace,
): ModelPiece[] {
  switch (part.type) {
    case "text-delta":
      return tags.push(part.delta);
    case "reasoning-delta":
      return part.delta === "" ? [] : [{ kind: "thought", text: part.delta }];
    case "response-metadata":
      return part.modelId === undefined ? [] : [{ kind: "model", model: part.modelId }];
    case "finish":
      return [...tags.end(), { kind: "end", stop: stopOf(part), usage: usageOf(part), isCounted: true }];
    case "error":
      return [serviceFailure(part.error, settings, where, new Date())];
    case "tool-call":
      return [failed(`${where} called the tool ${part.toolName}, and none was offered`)];
    default:
      return [];
  }
}

function failed(message: string): ModelPiece {
  return { kind: "failed", failure: failure("protocol_error", message), isOfPlace: false, isSent: true };
}

function stopOf({ finishReason }: Finish): ModelStop {
  switch (finishReason.unified) {
    case "stop":
      return "end";
    case "length":
      return "length";
    case "content-filter":
      return "refused";
    case "interrupted":
    case "error":
      return "cut";
    case "tool-calls":
    case "other":
      return finishReason.raw === "refusal" ? "refused" : "other";
  }
}

/** Services that say nothing leave all of it out, or say 0. */
function usageOf({ usage }: Finish): ModelUsage | null {
  const { inputTokens, outputTokens } = usage;
  const [input, output] = [inputTokens.total, outputTokens.total];
  if (input === undefined || output === undefined || (input === 0 && output === 0)) return null;
  return { input, output, cachedInput: Math.min(input, inputTokens.cacheRead ?? 0) };
}
