import type { BudgetLevel, BudgetWindow, LimitScope, LimitStanding } from "../schemas/budget.ts";
import type { Decision } from "../schemas/decision.ts";
import { rollingLength } from "../schemas/limit-label.ts";
import { formatAmount, fromMicros, toMicros } from "../schemas/money.ts";
import { plain } from "./plain-text.ts";
import { short } from "./trees/figures.ts";
import type { Localizer } from "./trees/row.ts";

/** How limits are called and shown, wherever the extension shows them. */

/** What a limit allows now, what is used of it, and which share that is. */
export interface Use {
  /** Spent and reserved. */
  readonly used: number;
  /** The limit with what people have allowed above it. */
  readonly of: number;
  /** 0 to 1, more when it is passed. */
  readonly share: number;
}

export function useOf({ spent, reserved, limit, allowed }: LimitStanding): Use {
  const used = sum(spent, reserved);
  const of = sum(limit, allowed);
  if (of > 0) return { used, of, share: used / of };
  return { used, of, share: used > 0 ? 2 : 0 };
}

/** Exact: floating point would show a millionth too much. */
function sum(one: number, other: number): number {
  return fromMicros((toMicros(one) ?? 0) + (toMicros(other) ?? 0));
}

/** Rounded down, so that nothing looks used up before it is. */
export function percent(share: number): number {
  // What is a whole percent may be a little less as a fraction.
  return Math.floor(share * 100 + 1e-9);
}

/** The same for the same limit for ever; each execution has one of its own where a limit counts executions by themselves. */
export function limitId({ key, environment, executionId }: LimitStanding): string {
  return JSON.stringify([key, environment, executionId]);
}

/** The policy and what its limit counts, such as `team: ec2`. */
export function limitName({ policy, scope }: Pick<LimitStanding, "policy" | "scope">, l10n: Localizer): string {
  const name = policy === null ? l10n.t("Budget of the specification") : short(plain(policy));
  const counted = scopeWord(scope, l10n);
  return counted === null ? name : l10n.t("{0}: {1}", name, counted);
}

function scopeWord(scope: LimitScope, l10n: Localizer): string | null {
  switch (scope.kind) {
    case "total":
      return null;
    case "service":
      return short(plain(scope.service));
    case "other":
      return l10n.t("other services");
    case "agent":
      return l10n.t("agent {0}", short(plain(scope.agent)));
  }
}

/** Over which time it counts. */
export function windowWord(window: BudgetWindow, l10n: Localizer): string {
  switch (window.kind) {
    case "execution":
      return l10n.t("each execution");
    case "rolling":
      return l10n.t("last {0}", rollingLength(window.length));
    case "calendar":
      return { day: l10n.t("today"), week: l10n.t("this week"), month: l10n.t("this month") }[window.unit];
  }
}

/** Null while there is nothing to be told of. */
export function levelWord(level: BudgetLevel, l10n: Localizer): string | null {
  switch (level) {
    case "below":
      return null;
    case "threshold":
      return l10n.t("warned");
    case "limit":
      return l10n.t("used up");
  }
}

export function modeWord(mode: LimitStanding["mode"], l10n: Localizer): string {
  switch (mode) {
    case "warn":
      return l10n.t("At the limit: you are told, and it goes on");
    case "enforce":
      return l10n.t("At the limit: nothing more is started");
    case "approve":
      return l10n.t("At the limit: you are asked");
  }
}

/** `12.40 of 100.00 USD`. */
export function usedText(limit: LimitStanding, l10n: Localizer): string {
  const { used, of } = useOf(limit);
  const bare = formatAmount(used, limit.currency).slice(0, -limit.currency.length - 1);
  return l10n.t("{0} of {1}", bare, formatAmount(of, limit.currency));
}

const RANK: Readonly<Record<BudgetLevel, number>> = { below: 0, threshold: 1, limit: 2 };

/** Whether one level concerns people more than the other. */
export function isHigher(one: BudgetLevel, other: BudgetLevel): boolean {
  return RANK[one] > RANK[other];
}

/** What is used up most first. */
export function byUse(limits: readonly LimitStanding[]): LimitStanding[] {
  return limits.toSorted((one, other) => RANK[other.level] - RANK[one.level] || useOf(other).share - useOf(one).share);
}

/** The limit that a person is asked to raise; null: the decision is about something else, or nothing is known of its limit. */
export function limitAsked(
  { kind, limit, executionId }: Pick<Decision, "kind" | "limit" | "executionId">,
  limits: readonly LimitStanding[],
): LimitStanding | null {
  if (kind !== "budget") return null;
  const meant = limits.filter(({ key, policy }) => (limit === null ? policy === null : key === limit));
  return meant.find((one) => one.executionId === null || one.executionId === executionId) ?? null;
}
