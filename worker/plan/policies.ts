import type { BudgetFile, BudgetPolicy, BudgetWindow, LimitScope, PolicyDefinition } from "../../schemas/budget.ts";
import { parseDuration } from "../../schemas/duration.ts";
import { toMicros, type Micros } from "../../schemas/money.ts";

/** What `.planwright/budget.json` says, ready for plans. */
export interface PolicySet {
  readonly policies: readonly BudgetPolicy[];
  /** What `rates` count in: the currency of the first policy; null: there is none. */
  readonly base: string | null;
  /** What one unit of a currency is worth in the base, in millionths. */
  readonly rates: Readonly<Record<string, Micros>>;
}

export const NO_POLICIES: PolicySet = { policies: [], base: null, rates: {} };

export function definitionsOf(file: BudgetFile): readonly PolicyDefinition[] {
  return "policies" in file ? file.policies : [file];
}

export function policySet(file: BudgetFile): PolicySet {
  const policies = definitionsOf(file).map(policyOf);
  const rates: Record<string, Micros> = {};
  for (const [currency, rate] of Object.entries(file.rates)) rates[currency] = toMicros(Number(rate)) ?? 0;
  return { policies, base: policies[0]?.currency ?? null, rates };
}

function policyOf({ id, environment, limits, enforcement }: PolicyDefinition): BudgetPolicy {
  const { total, currency, duration, perService, perAgent } = limits;
  const listed = Object.keys(perService).filter((service) => service !== OTHER);
  const ofServices = Object.entries(perService).map(([service, amount]): { scope: LimitScope; amount: number } => ({
    scope: service === OTHER ? { kind: "other", listed } : { kind: "service", service },
    amount,
  }));
  const ofAgents = Object.entries(perAgent).map(([agent, amount]): { scope: LimitScope; amount: number } => ({
    scope: { kind: "agent", agent },
    amount,
  }));
  return {
    id,
    environment,
    currency,
    window: windowOf(duration),
    limits: [{ scope: { kind: "total" }, amount: total }, ...ofServices, ...ofAgents],
    mode: enforcement.mode,
    warningThreshold: enforcement.warningThreshold,
    approvalRequired: enforcement.approvalRequired,
    wait: parseDuration(enforcement.wait) ?? 0,
  };
}

/** In `perService`: every service that is not listed there. */
const OTHER = "other";

function windowOf(duration: string | null): BudgetWindow {
  if (duration === null) return { kind: "execution" };
  if (duration === "day" || duration === "week" || duration === "month") return { kind: "calendar", unit: duration };
  return { kind: "rolling", length: parseDuration(duration) ?? 1 };
}

/** A policy holds for plans of its environment, and for those that name none. */
export function holdsFor(policy: Pick<BudgetPolicy, "environment">, environment: string | null): boolean {
  return policy.environment === null || environment === null || policy.environment === environment;
}

/** What a plan takes along. */
export interface PlanPolicies {
  readonly policies: BudgetPolicy[];
  /** What one unit of another currency is worth in the plan's, in millionths. */
  readonly rates: Record<string, Micros>;
}

/**
 * The policies that hold for a plan, and the rates in its currency. The rate of the base follows from that of the plan's currency,
 * rounded to its millionth. Policies whose currency has no rate are among them: the plan has an error then.
 */
export function policiesFor(set: PolicySet, environment: string | null, currency: string): PlanPolicies {
  const policies = set.policies.filter((policy) => holdsFor(policy, environment));
  return { policies, rates: policies.length === 0 ? {} : ratesInto(set, currency) };
}

/** What one unit of every other currency is worth in one of them, in millionths; empty: it has no rate itself. */
export function ratesInto({ base, rates }: PolicySet, currency: string): Record<string, Micros> {
  const inBase: Record<string, Micros> = { ...rates, ...(base === null ? {} : { [base]: ONE }) };
  const own = Object.hasOwn(inBase, currency) ? inBase[currency] : undefined;
  if (own === undefined || own === 0) return {};
  const others = Object.entries(inBase).filter(([name]) => name !== currency);
  return Object.fromEntries(others.map(([name, rate]) => [name, divided(rate, own)]));
}

const ONE: Micros = 1_000_000;

/** `rate / own` in millionths, rounded to the nearest and never to nothing. */
function divided(rate: Micros, own: Micros): Micros {
  const quotient = (BigInt(rate) * BigInt(ONE) * 2n + BigInt(own)) / (BigInt(own) * 2n);
  return Math.max(1, Number(quotient));
}
