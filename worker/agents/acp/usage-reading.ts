import { z } from "zod";
import type { TokenUse } from "../token-price.ts";

/** Tokens that an agent reports, and whose they are as far as it says so. */
export interface ToldTokens {
  readonly use: TokenUse;
  readonly model: string | null;
}

const Count = z.number().int().min(0).max(1e12);
const Optional = Count.nullish().catch(null);

/** `PromptResponse.usage` of the protocol, which is not stable yet. `inputTokens` is without what came from a cache. */
const PromptUsage = z.looseObject({
  inputTokens: Count,
  outputTokens: Count,
  thoughtTokens: Optional,
  cachedReadTokens: Optional,
  cachedWriteTokens: Optional,
});

/** `_meta.quota` of gemini's answers. */
const Quota = z.looseObject({
  token_count: z.looseObject({ input_tokens: Count, output_tokens: Count }),
  model_usage: z
    .array(z.looseObject({ model: z.string() }))
    .nullish()
    .catch(null),
});

/** `_meta.usage` of qwen's chunks: of one call of its model. Input includes what came from a cache. */
const ChunkUsage = z.looseObject({
  inputTokens: Count,
  outputTokens: Count,
  thoughtTokens: Optional,
  cachedReadTokens: Optional,
});

const Meta = z.looseObject({ quota: z.unknown().optional(), usage: z.unknown().optional() });

/** What the answer to a prompt says of its tokens; null: nothing. */
export function tokensOfAnswer(answer: { readonly usage?: unknown; readonly _meta?: unknown }): ToldTokens | null {
  const usage = PromptUsage.safeParse(answer.usage);
  if (usage.success) {
    const { inputTokens, outputTokens, thoughtTokens, cachedReadTokens, cachedWriteTokens } = usage.data;
    const cachedInput = cachedReadTokens ?? 0;
    const cachedWrite = cachedWriteTokens ?? 0;
    const input = inputTokens + cachedInput + cachedWrite;
    return { use: { input, output: outputTokens + (thoughtTokens ?? 0), cachedInput, cachedWrite }, model: null };
  }
  const meta = Meta.safeParse(answer._meta);
  const quota = Quota.safeParse(meta.success ? meta.data.quota : undefined);
  if (!quota.success) return null;
  const { token_count: count, model_usage: models } = quota.data;
  const use = { input: count.input_tokens, output: count.output_tokens, cachedInput: 0, cachedWrite: 0 };
  const [only, another] = models ?? [];
  return { use, model: another === undefined ? (only?.model ?? null) : null };
}

/** What comes with a chunk of a message about one call; null: nothing. */
export function tokensOfChunk(chunkMeta: unknown): ToldTokens | null {
  const meta = Meta.safeParse(chunkMeta);
  const usage = ChunkUsage.safeParse(meta.success ? meta.data.usage : undefined);
  if (!usage.success) return null;
  const { inputTokens, outputTokens, thoughtTokens, cachedReadTokens } = usage.data;
  const cachedInput = Math.min(inputTokens, cachedReadTokens ?? 0);
  const output = outputTokens + (thoughtTokens ?? 0);
  return { use: { input: inputTokens, output, cachedInput, cachedWrite: 0 }, model: null };
}

/** The newer of two cumulative figures without the older one; all of it where it began anew. */
export function sinceThen(now: TokenUse, before: TokenUse | null): TokenUse {
  if (before === null || now.input < before.input || now.output < before.output) return now;
  return {
    input: now.input - before.input,
    output: now.output - before.output,
    cachedInput: Math.max(0, now.cachedInput - before.cachedInput),
    cachedWrite: Math.max(0, now.cachedWrite - before.cachedWrite),
  };
}

export function together(a: TokenUse, b: TokenUse): TokenUse {
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cachedInput: a.cachedInput + b.cachedInput,
    cachedWrite: a.cachedWrite + b.cachedWrite,
  };
}
