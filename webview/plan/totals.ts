import type { ExecutionProgress } from "../../schemas/execution.ts";
import type { EstimateSource, Plan, PlanStep } from "../../schemas/plan.ts";
import { hasEnded } from "../parts/step-state.ts";
import { count, duration, money, t } from "../text.ts";

/** A sum beside its limit, in words and as a share for a bar. */
export interface Total {
  readonly text: string;
  readonly note: string;
  /** 0 to 1, more when the limit is passed; null without a limit. */
  readonly share: number | null;
  /** The part of the limit that is reserved for what runs. */
  readonly reserved: number;
}

/** What the plan is expected to cost, beside its budget. */
export function plannedCost(plan: Plan): Total {
  const { knownCost, unknownCosts, currency, budget } = plan;
  const known = money(knownCost, currency);
  const text = unknownCosts === 0 ? known : t("at least {0}", known);
  const unknown = count(unknownCosts, "{0} step of unknown cost", "{0} steps of unknown cost");
  return {
    text: budget === null ? text : t("{0} of {1}", text, money(budget.total, budget.currency)),
    note: unknownCosts === 0 ? t("estimated") : t("estimated, {0}", unknown),
    share: budget === null ? null : share(knownCost, budget.total),
    reserved: 0,
  };
}

/** What an execution has cost so far, beside its limit. */
export function runCost({ costs, expectedCost, status }: ExecutionProgress): Total {
  const { total, unknown, currency, certainty, limit, reserved } = costs;
  const text = total === null && unknown === 0 ? money(0, currency) : money(total, currency);
  const notes = [
    unknown > 0 ? count(unknown, "{0} run of unknown cost", "{0} runs of unknown cost") : certaintyWord(certainty),
    reserved > 0 ? t("{0} reserved", money(reserved, currency)) : "",
    expectedCost === null || hasEnded(status) ? "" : t("{0} expected at the end", money(expectedCost, currency)),
  ];
  return {
    text: limit === null ? text : t("{0} of {1}", text, money(limit, currency)),
    note: notes.filter((note) => note !== "").join(", "),
    share: limit === null ? null : share(total ?? 0, limit),
    reserved: limit === null ? 0 : share(reserved, limit),
  };
}

export function plannedTime(plan: Plan): { text: string; note: string } {
  const known = duration(plan.knownDuration);
  const unknown = count(plan.unknownDurations, "{0} step of unknown duration", "{0} steps of unknown duration");
  const places = t("{0} at once", plan.maxConcurrent);
  return plan.unknownDurations === 0
    ? { text: known, note: t("estimated, {0}", places) }
    : { text: t("at least {0}", known), note: t("estimated, {0}, {1}", unknown, places) };
}

/** The cost of one step before it has run, and where the figure comes from. */
export function estimateOf(
  step: PlanStep,
  what: "cost" | "duration",
  currency: string,
): { text: string; note: string } {
  if (step.decision === "skip") return { text: "–", note: t("skipped") };
  const high = what === "cost" ? step.highCost : step.highDuration;
  const format = (figure: number | null): string => (what === "cost" ? money(figure, currency) : duration(figure));
  const source = sourceWord(step.estimateSource[what]);
  return {
    text: format(what === "cost" ? step.estimatedCost : step.estimatedDuration),
    note: high === null ? source : t("{0}; nine of ten runs stay below {1}", source, format(high)),
  };
}

export function sourceWord(source: EstimateSource): string {
  switch (source) {
    case "declared":
      return t("declared in the specification");
    case "history":
      return t("from earlier runs");
    case "registered":
      return t("registered for the agent");
    case "none":
      return t("nothing to estimate");
    case "unknown":
      return t("unknown");
  }
}

export function certaintyWord(certainty: ExecutionProgress["costs"]["certainty"]): string {
  switch (certainty) {
    case "estimated":
      return t("estimated");
    case "measured":
      return t("measured");
    case "billed":
      return t("billed");
    case "unknown":
      return t("unknown");
  }
}

function share(amount: number, limit: number): number {
  if (limit > 0) return amount / limit;
  return amount > 0 ? 2 : 0;
}
