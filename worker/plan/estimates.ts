import type { AgentView } from "../../schemas/agent.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import { formatAmount, fromMicros, toMicros } from "../../schemas/money.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { SpecBudget, SpecTask } from "../../schemas/spec.ts";
import { COMMAND_CAPABILITY } from "./capability.ts";
import { expectDuration, findCriticalPath } from "./critical-path.ts";

type Estimate = Pick<PlanStep, "estimatedCost" | "estimatedDuration" | "estimateSource">;

/**
 * What a step is expected to cost and take: declared on the task, else registered with its agent, else unknown. Commands
 * cost nothing unless declared. An amount in another currency than the plan's is unknown, because there are no rates.
 */
export function estimateStep(
  task: SpecTask,
  step: Pick<PlanStep, "capability" | "decision" | "simulated">,
  agent: AgentView | null,
  currency: string,
): Estimate {
  if (step.decision === "skip") {
    return { estimatedCost: 0, estimatedDuration: 0, estimateSource: { cost: "none", duration: "none" } };
  }
  const registered = agent?.capabilities.find(({ name }) => name === step.capability);
  const cost = estimateCost(task, step, agent, registered?.estimatedCost ?? null, currency);
  const declared = task.attributes.duration;
  const duration = declared ?? registered?.estimatedDuration ?? null;
  const durationSource = declared !== null ? "declared" : duration !== null ? "registered" : "unknown";
  return {
    estimatedCost: cost.amount,
    estimatedDuration: duration,
    estimateSource: { cost: cost.source, duration: durationSource },
  };
}

function estimateCost(
  task: SpecTask,
  step: Pick<PlanStep, "capability" | "simulated">,
  agent: AgentView | null,
  registered: number | null,
  currency: string,
): { amount: number | null; source: PlanStep["estimateSource"]["cost"] } {
  const { cost, costCurrency } = task.attributes;
  if (step.simulated) return { amount: 0, source: "none" };
  if (cost !== null) {
    return (costCurrency ?? currency) === currency
      ? { amount: cost, source: "declared" }
      : { amount: null, source: "unknown" };
  }
  if (registered !== null && agent?.currency === currency) return { amount: registered, source: "registered" };
  if (step.capability === COMMAND_CAPABILITY && registered === null) return { amount: 0, source: "none" };
  return { amount: null, source: "unknown" };
}

/** The currency of a plan: that of its budget, else the first that a task names, else US dollars. */
export function planCurrency(budget: SpecBudget | null, tasks: readonly SpecTask[]): string {
  return (
    budget?.currency ??
    tasks.find(({ attributes }) => attributes.costCurrency !== null)?.attributes.costCurrency ??
    "USD"
  );
}

type Totals = Pick<
  Plan,
  | "estimatedCost"
  | "knownCost"
  | "unknownCosts"
  | "estimatedDuration"
  | "knownDuration"
  | "unknownDurations"
  | "criticalPath"
  | "criticalPathDuration"
>;

/** Sums in micros; unknown durations count as nothing in what is known. */
export function totalEstimates(steps: readonly PlanStep[], maxConcurrent: number): Totals {
  let micros = 0;
  let unknownCosts = 0;
  let unknownDurations = 0;
  for (const step of steps) {
    const cost = step.estimatedCost === null ? null : toMicros(step.estimatedCost);
    if (cost === null) unknownCosts += 1;
    else micros += cost;
    if (step.estimatedDuration === null) unknownDurations += 1;
  }
  const timed = steps.map(({ id, dependencies, priority, estimatedDuration }) => ({
    id,
    dependencies,
    priority,
    duration: estimatedDuration ?? 0,
  }));
  const knownDuration = expectDuration(timed, maxConcurrent);
  const critical = findCriticalPath(timed);
  const knownCost = fromMicros(micros);
  return {
    estimatedCost: unknownCosts > 0 ? null : knownCost,
    knownCost,
    unknownCosts,
    estimatedDuration: unknownDurations > 0 ? null : knownDuration,
    knownDuration,
    unknownDurations,
    criticalPath: critical.path,
    criticalPathDuration: critical.duration,
  };
}

/** What the estimates mean for the budget (catalogue A6). */
export function checkBudget(
  steps: readonly PlanStep[],
  tasks: ReadonlyMap<string, SpecTask>,
  budget: SpecBudget | null,
  currency: string,
  knownCost: number,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const step of steps) {
    const place = { severity: "error" as const, range: step.range, steps: [step.id] };
    const named = tasks.get(step.id)?.attributes.costCurrency ?? null;
    if (named !== null && named !== currency) {
      const message = `"${step.title}" has its cost in ${named}, but the plan counts in ${currency} and there are no exchange rates: write the cost in ${currency}`;
      diagnostics.push({ code: "currency", message, ...place });
    } else if (budget && step.estimatedCost === null && step.decision === "agent") {
      const message = `"${step.title}" has no cost estimate, which the budget needs to hold: give it \`cost: 0.50\`, for example`;
      diagnostics.push({ code: "unknown-cost", message, ...place });
    }
  }
  if (budget && knownCost > budget.total) {
    const unknown = steps.some(({ estimatedCost }) => estimatedCost === null) ? " for what is known" : "";
    const message = `the plan is estimated at ${formatAmount(knownCost, currency)}${unknown}, above the budget of ${formatAmount(budget.total, budget.currency)}, which will stop it on the way: raise the budget or take steps out`;
    // No error: costs are often lower than estimated, and the limit holds while it runs.
    diagnostics.push({ code: "over-budget", severity: "warning", message, range: null, steps: [] });
  }
  return diagnostics;
}
