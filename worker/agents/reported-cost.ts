import type { ReportedCost } from "../../schemas/agent-protocol.ts";
import type { CostEntry, RefusedCost } from "../../schemas/event.ts";
import { Currency, exchanged, toMicros, type Micros } from "../../schemas/money.ts";

/** No single report of an agent is believed above this, in whole units of its currency: it is a mistake or worse. */
const MOST = 1_000_000;

/** What a report stands for when it does not say so itself, and the currency that it is booked in. */
export interface CostTerms {
  readonly currency: string;
  readonly service: string;
  readonly planCurrency: string;
  /** What one unit of another currency is worth in the plan's, in millionths. */
  readonly rates: Readonly<Record<string, Micros>>;
}

export type ReadCost =
  { readonly kind: "cost"; readonly cost: CostEntry } | { readonly kind: "refused"; readonly refused: RefusedCost };

/**
 * Reads a cost that an agent reports (catalogue E4). NaN, infinite, negative and absurd amounts and what is no number are refused: its
 * attempt then keeps its reservation. An amount in another currency is converted by the configured rate; without one it stays as it
 * is, and the ledger counts it as unknown.
 */
export function readCost(report: ReportedCost, terms: CostTerms): ReadCost {
  const currency = report.currency ?? terms.currency;
  const problem = problemOf(report.amount) ?? currencyProblem(currency);
  const micros = typeof report.amount === "number" ? toMicros(report.amount) : null;
  if (problem !== null || micros === null)
    return { kind: "refused", refused: { said: said(report.amount), reason: problem ?? "it does not fit" } };
  const cost: CostEntry = {
    amount: micros,
    currency,
    certainty: report.certainty ?? "measured",
    service: report.service ?? terms.service,
    ...(report.tokens === undefined ? {} : { tokens: report.tokens }),
  };
  return { kind: "cost", cost: converted(cost, terms) };
}

/** The same cost in the plan's currency, rounded up to its millionth. */
export function converted(
  cost: CostEntry,
  { planCurrency, rates }: Pick<CostTerms, "planCurrency" | "rates">,
): CostEntry {
  if (cost.currency === planCurrency || cost.amount === null) return cost;
  const amount = exchanged(cost.amount, cost.currency, planCurrency, rates, "up");
  if (amount === null) return cost;
  return { ...cost, amount, currency: planCurrency, original: { amount: cost.amount, currency: cost.currency } };
}

function problemOf(amount: unknown): string | null {
  if (typeof amount !== "number") return "an amount of money is a number";
  if (Number.isNaN(amount)) return "it is not a number";
  if (!Number.isFinite(amount)) return "it is infinite";
  if (amount < 0) return "it is negative";
  return amount > MOST ? `it is above ${MOST}, which no single report can be` : null;
}

function currencyProblem(currency: string): string | null {
  return Currency.safeParse(currency).success ? null : "its currency is not three capital letters, such as USD";
}

function said(amount: unknown): string {
  const text = typeof amount === "number" ? String(amount) : (JSON.stringify(amount) ?? "nothing");
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
