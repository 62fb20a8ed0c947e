import type { TokenPrice } from "../../schemas/agent.ts";

/** Tokens of one or several calls of a model. `input` is all of it, also what came from a cache or was written to one. */
export interface TokenUse {
  readonly input: number;
  readonly output: number;
  readonly cachedInput: number;
  readonly cachedWrite: number;
}

/** Whose price is asked. */
export interface PricedModel {
  /** What a person has said that a million tokens cost, in `currency`; it holds before every list. */
  readonly price: TokenPrice | null;
  readonly currency: string;
  /** As its provider names it, or `provider/model`; null: unknown. */
  readonly model: string | null;
  /** Id of the provider as lists of prices have it, such as anthropic; null: whoever has that model. */
  readonly provider: string | null;
}

/** What tokens cost; null: nobody knows, which is not zero (catalogue D4, E4). Does not reject and asks nobody outside. */
export async function tokenCost(
  use: TokenUse,
  { price, currency, model, provider }: PricedModel,
): Promise<{ readonly amount: number; readonly currency: string } | null> {
  if (price !== null) {
    const plain = Math.max(0, use.input - use.cachedInput);
    const cached = Math.min(use.input, use.cachedInput) * (price.cachedInput ?? price.input);
    return { amount: (plain * price.input + cached + use.output * price.output) / 1_000_000, currency };
  }
  if (model === null) return null;
  const { calcPrice } = await import("@pydantic/genai-prices");
  const usage = {
    input_tokens: use.input,
    output_tokens: use.output,
    cache_read_tokens: use.cachedInput,
    cache_write_tokens: use.cachedWrite,
  };
  const slash = model.indexOf("/");
  const [own, name] = slash > 0 ? [model.slice(0, slash), model.slice(slash + 1)] : [null, model];
  const providerId = provider ?? own;
  try {
    const found = calcPrice(usage, name, providerId === null ? {} : { providerId });
    return found === null ? null : { amount: found.total_price, currency: "USD" };
  } catch {
    // It throws for tokens that do not add up, such as more from the cache than there were.
    return null;
  }
}
