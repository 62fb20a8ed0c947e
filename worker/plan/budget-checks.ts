import type { BudgetPolicy, LimitScope } from "../../schemas/budget.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import { exchanged, formatAmount, fromMicros, toMicros, type Micros } from "../../schemas/money.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { BudgetMode, SpecTask } from "../../schemas/spec.ts";
import { limitLabel } from "../../schemas/limit-label.ts";
import { quoted } from "./quoted.ts";

/** What a plan may cost, from its spec and from policies. */
type Limits = Pick<Plan, "budget" | "policies" | "rates" | "currency">;

/** What the estimates mean for the budget and the policies (catalogue A6, E1). */
export function checkBudget(
  steps: readonly PlanStep[],
  tasks: ReadonlyMap<string, SpecTask>,
  limits: Limits,
): Diagnostic[] {
  const { currency, rates } = limits;
  const strictest = strictestMode(limits);
  const diagnostics: Diagnostic[] = [];
  for (const step of steps) {
    const place = { range: step.range, steps: [step.id] };
    const named = tasks.get(step.id)?.attributes.costCurrency ?? null;
    if (named !== null && named !== currency && !Object.hasOwn(rates, named)) {
      const message = `${quoted(step.title)} has its cost in ${named}, but the plan counts in ${currency} and there is no exchange rate: write the cost in ${currency}, or a rate into .planwright/budget.json`;
      diagnostics.push({ code: "currency", severity: "error", message, ...place });
    } else if (strictest !== null && step.estimatedCost === null && step.decision === "agent" && !step.simulated) {
      const message = `${quoted(step.title)} has no cost estimate, which the budget needs to hold: give it \`cost: 0.50\`, for example`;
      // Where a person decides at the limit, what is unknown is booked when it is known (semantics, Budget).
      const severity = strictest === "enforce" ? "error" : "warning";
      diagnostics.push({ code: "unknown-cost", severity, message, ...place });
    }
  }
  return [
    ...diagnostics,
    ...withoutRate(limits),
    ...limitsOf(limits).flatMap((limit) => checkLimit(steps, limit, currency)),
  ];
}

function strictestMode({ budget, policies }: Limits): BudgetMode | null {
  const modes = new Set([...(budget ? [budget.mode] : []), ...policies.map(({ mode }) => mode)]);
  return (["enforce", "approve", "warn"] as const).find((mode) => modes.has(mode)) ?? null;
}

/** What a policy limits must be counted. */
function withoutRate({ policies, rates, currency }: Limits): Diagnostic[] {
  return policies.flatMap((policy): Diagnostic[] => {
    if (policy.currency === currency || Object.hasOwn(rates, policy.currency)) return [];
    const message = `policy ${policy.id} counts in ${policy.currency} and the plan in ${currency}, and .planwright/budget.json has no rate between them: write one into its \`rates\`, or count the plan in ${policy.currency}`;
    return [{ code: "currency", severity: "error", message, range: null, steps: [] }];
  });
}

interface PlannedLimit {
  /** Follows "above" or "within". */
  readonly name: string;
  readonly scope: LimitScope;
  readonly mode: BudgetMode;
  readonly amount: Micros;
  readonly remedy: string;
}

function limitsOf({ budget, policies, rates, currency }: Limits): PlannedLimit[] {
  const own: PlannedLimit[] =
    budget === null
      ? []
      : [
          {
            name: `the budget of ${formatAmount(budget.total, budget.currency)}`,
            scope: { kind: "total" },
            mode: budget.mode,
            amount: toMicros(budget.total) ?? 0,
            remedy: "raise the budget or take steps out",
          },
        ];
  return [...own, ...policies.flatMap((policy) => limitsOfPolicy(policy, currency, rates))];
}

function limitsOfPolicy(policy: BudgetPolicy, currency: string, rates: Plan["rates"]): PlannedLimit[] {
  return policy.limits.flatMap(({ scope, amount: said }): PlannedLimit[] => {
    const amount = exchanged(toMicros(said) ?? 0, policy.currency, currency, rates, "down");
    const name = `the ${formatAmount(said, policy.currency)} of ${limitLabel(policy.id, scope)}`;
    const remedy = "change .planwright/budget.json or take steps out";
    return amount === null ? [] : [{ name, scope, mode: policy.mode, amount, remedy }];
  });
}

const CONSEQUENCES: Record<BudgetMode, string> = {
  warn: "will only be told",
  enforce: "will stop it on the way",
  approve: "will make it wait for you on the way",
};

/** No errors: costs are often lower than estimated, and the limit holds while it runs. */
function checkLimit(
  all: readonly PlanStep[],
  { name, scope, mode, amount, remedy }: PlannedLimit,
  currency: string,
): Diagnostic[] {
  const steps = all.filter((step) => concerns(scope, step));
  const place = { severity: "warning" as const, range: null, steps: [] };
  const unknown = steps.some(({ estimatedCost }) => estimatedCost === null) ? " for what is known" : "";
  const known = sumOf(steps, ({ estimatedCost }) => estimatedCost);
  const estimated = `the plan is estimated at ${formatAmount(fromMicros(known), currency)}${ofScope(scope)}${unknown}`;
  if (known > amount) {
    const message = `${estimated}, above ${name}, which ${CONSEQUENCES[mode]}: ${remedy}`;
    return [{ code: "over-budget", message, ...place }];
  }
  const high = sumOf(steps, ({ highCost, estimatedCost }) => highCost ?? estimatedCost);
  if (high <= amount) return [];
  const message = `${estimated}, within ${name}, but at ${formatAmount(fromMicros(high), currency)} if every step cost what only one run in ten goes beyond: that ${CONSEQUENCES[mode]}`;
  return [{ code: "near-budget", message, ...place }];
}

function sumOf(steps: readonly PlanStep[], of: (step: PlanStep) => number | null): Micros {
  return steps.reduce((sum, step) => sum + (toMicros(of(step) ?? 0) ?? 0), 0);
}

function concerns(scope: LimitScope, { service, agent }: PlanStep): boolean {
  const booked = service ?? agent ?? "none";
  switch (scope.kind) {
    case "total":
      return true;
    case "service":
      return booked === scope.service;
    case "other":
      return !scope.listed.includes(booked);
    case "agent":
      return agent === scope.agent;
  }
}

function ofScope(scope: LimitScope): string {
  switch (scope.kind) {
    case "total":
      return "";
    case "service":
      return ` for ${scope.service}`;
    case "other":
      return " for other services";
    case "agent":
      return ` for agent ${scope.agent}`;
  }
}
