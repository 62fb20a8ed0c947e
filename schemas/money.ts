import { z } from "zod";

/** Money inside the engine and the ledger: an integer count of millionths of the currency. No floating point sums. */
export const Micros = z.int();
export type Micros = number;

/** An ISO 4217 code. */
export const Currency = z.string().regex(/^[A-Z]{3}$/, "a currency is three capital letters, such as USD");

/** An amount as JSON shows it: decimals of the currency; null is unknown, never 0. */
export const Amount = z.number().min(0).max(1_000_000_000).nullable();

/** How sure an amount is. */
export const CostCertainty = z.enum(["estimated", "measured", "billed", "unknown"]);
export type CostCertainty = z.infer<typeof CostCertainty>;

/** Refuses NaN, infinities, negatives and what does not fit; returns null for them. */
export function toMicros(decimal: number): Micros | null {
  if (!Number.isFinite(decimal) || decimal < 0) return null;
  const micros = Math.round(decimal * 1_000_000);
  return Number.isSafeInteger(micros) ? micros : null;
}

export function fromMicros(micros: Micros): number {
  return micros / 1_000_000;
}

/** `5.00 USD`; more than two decimals only where they matter; `unknown` for null. */
export function formatAmount(decimal: number | null, currency: string): string {
  if (decimal === null) return "unknown";
  const text = decimal.toFixed(6).replace(/(\.\d\d\d*?)0+$/, "$1");
  return `${text} ${currency}`;
}

/** Reads `5.00 USD`, `5 usd` or a bare number, whose currency is null: the reader knows which one is meant. Null when it is neither. */
export function parseAmount(text: string): { amount: number; currency: string | null } | null {
  const match = /^(\d+(?:\.\d{1,6})?)(?:\s*([A-Za-z]{3}))?$/.exec(text.trim());
  if (!match) return null;
  const amount = Number(match[1]);
  return toMicros(amount) === null ? null : { amount, currency: match[2]?.toUpperCase() ?? null };
}

/**
 * An amount in another currency, by rates that say what one unit of a currency is worth in `into`, in millionths. Null: there is no
 * rate. Exact up to the last millionth, which is rounded as told: costs up, limits down.
 */
export function exchanged(
  amount: Micros,
  from: string,
  into: string,
  rates: Readonly<Record<string, Micros>>,
  rounding: "up" | "down",
): Micros | null {
  if (from === into) return amount;
  const rate = Object.hasOwn(rates, from) ? rates[from] : undefined;
  if (rate === undefined) return null;
  const product = BigInt(amount) * BigInt(rate) + (rounding === "up" ? 999_999n : 0n);
  return Number(product / 1_000_000n);
}
