import { tokenCost } from "../token-price.ts";
import type { ModelSettings, ModelUsage } from "./model-answer.ts";

/** What a model's tokens cost; null: unknown. */
export type ModelPrice = (usage: ModelUsage) => Promise<{ readonly amount: number; readonly currency: string } | null>;

/** As lists of prices name the services. */
const PROVIDER_IDS: Readonly<Partial<Record<ModelSettings["provider"], string>>> = {
  openai: "openai",
  anthropic: "anthropic",
  google: "google",
};

/**
 * The price of a model: what its agent says, in the agent's currency, else that of the list. A model that runs at home or in an editor has
 * none, whatever it is called: an agent with addresses of its own is looked for by these.
 */
export function priceOf(settings: ModelSettings, currency: string): ModelPrice {
  const { price, model } = settings;
  return async ({ input, output, cachedInput }) => {
    const provider = price === null ? await providerOf(settings) : null;
    if (price === null && provider === null) return null;
    const use = { input, output, cachedInput, cachedWrite: 0 };
    return tokenCost(use, { price, currency, model, provider });
  };
}

async function providerOf({ provider, urls }: ModelSettings): Promise<string | null> {
  const [url] = urls;
  if (url === undefined) return PROVIDER_IDS[provider] ?? null;
  const { findProvider } = await import("@pydantic/genai-prices");
  return findProvider({ providerApiUrl: url })?.id ?? null;
}

/** How many tokens a text has, roughly and rather too many; for limits that are set before anybody has counted. */
function roughTokens(text: string): number {
  return Math.ceil(text.length / 3);
}

/**
 * The most that a model may write, in tokens, so that question and answer stay within an allowance. 0: the question alone is beyond it.
 * Null: no limit can be told, because the price is unknown, in another currency, or nothing.
 */
export async function affordableTokens(
  prompt: string,
  price: ModelPrice,
  allowance: { readonly amount: number; readonly currency: string },
): Promise<number | null> {
  const asked = await price({ input: roughTokens(prompt), cachedInput: 0, output: 0 });
  const thousand = await price({ input: 0, cachedInput: 0, output: 1_000 });
  if (asked === null || thousand === null || thousand.amount <= 0 || thousand.currency !== allowance.currency)
    return null;
  return Math.max(0, Math.floor(((allowance.amount - asked.amount) / thousand.amount) * 1_000));
}
