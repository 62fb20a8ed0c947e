import type { AgentView } from "../../schemas/agent.ts";
import type { Calibration, Quantiles } from "../../schemas/calibration.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import { formatAmount, fromMicros, toMicros } from "../../schemas/money.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { SpecBudget, SpecTask } from "../../schemas/spec.ts";
import { COMMAND_CAPABILITY } from "./capability.ts";
import { expectDuration, findCriticalPath } from "./critical-path.ts";
import { quoted } from "./quoted.ts";

type Estimate = Pick<
  PlanStep,
  "estimatedCost" | "estimatedDuration" | "highCost" | "highDuration" | "estimateSource" | "estimateNote"
>;

/** What the record says of an agent's runs of a capability; costs in micros of the currency. */
export type History = (agent: string, capability: string, currency: string) => Calibration;

interface Figure {
  readonly typical: number | null;
  readonly high: number | null;
  readonly source: PlanStep["estimateSource"]["cost"];
}

/** What is known of a step before it runs, besides its task. */
export interface EstimateBasis {
  readonly step: Pick<PlanStep, "capability" | "decision" | "simulated">;
  readonly agent: AgentView | null;
  readonly currency: string;
  /** Null: there is no record. */
  readonly history: History | null;
}

/**
 * What a step is expected to cost and take: declared on the task, else from the record of its agent and capability (catalogue A9),
 * else registered with its agent, else unknown. Commands cost nothing unless declared, and the record does not help with them: they
 * have nothing in common but their agent. An amount in another currency than the plan's is unknown, because there are no rates.
 */
export function estimateStep(task: SpecTask, basis: EstimateBasis): Estimate {
  const { step, agent } = basis;
  if (step.decision === "skip") return estimate(NOTHING, NOTHING, null);
  const registered = agent?.capabilities.find(({ name }) => name === step.capability);
  const recorded = recordOf(basis);
  return estimate(
    costFigure(task, basis, recorded?.cost ?? null, registered?.estimatedCost ?? null),
    durationFigure(task, recorded?.duration ?? null, registered?.estimatedDuration ?? null),
    recorded,
  );
}

const NOTHING: Figure = { typical: 0, high: null, source: "none" };
const UNKNOWN: Figure = { typical: null, high: null, source: "unknown" };

function estimate(cost: Figure, duration: Figure, recorded: Calibration | null): Estimate {
  return {
    estimatedCost: cost.typical,
    estimatedDuration: duration.typical,
    highCost: cost.high,
    highDuration: duration.high,
    estimateSource: { cost: cost.source, duration: duration.source },
    estimateNote: recorded === null ? null : noteOf(recorded, cost, duration),
  };
}

/** Not of agents that run whatever command the step has; and what is simulated tells nothing. */
function recordOf({ step, agent, currency, history }: EstimateBasis): Calibration | null {
  if (!history || !agent || step.decision !== "agent" || step.simulated) return null;
  const runsCommands = agent.adapter === "command" && agent.argv === null;
  return runsCommands ? null : history(agent.id, step.capability, currency);
}

function costFigure(
  task: SpecTask,
  { step, agent, currency }: EstimateBasis,
  recorded: Quantiles | null,
  registered: number | null,
): Figure {
  const { cost, costCurrency } = task.attributes;
  if (step.simulated) return NOTHING;
  if (cost !== null) {
    return (costCurrency ?? currency) === currency ? { typical: cost, high: null, source: "declared" } : UNKNOWN;
  }
  if (recorded !== null && recorded.typical !== null) {
    const high = recorded.high === null ? null : fromMicros(recorded.high);
    return { typical: fromMicros(recorded.typical), high, source: "history" };
  }
  if (registered !== null && agent?.currency === currency) {
    return { typical: registered, high: null, source: "registered" };
  }
  return step.capability === COMMAND_CAPABILITY && registered === null ? NOTHING : UNKNOWN;
}

function durationFigure(task: SpecTask, recorded: Quantiles | null, registered: number | null): Figure {
  const declared = task.attributes.duration;
  if (declared !== null) return { typical: declared, high: null, source: "declared" };
  if (recorded !== null && recorded.typical !== null) {
    return { typical: recorded.typical, high: recorded.high, source: "history" };
  }
  return registered === null ? UNKNOWN : { typical: registered, high: null, source: "registered" };
}

/** What the record says of the two figures, for people; null when what is declared needs no record. */
function noteOf(recorded: Calibration, cost: Figure, duration: Figure): string | null {
  const notes = [
    ...(duration.source === "declared" ? [] : [`time ${basedOn(recorded.duration, "time")}`]),
    ...(cost.source === "declared" ? [] : [`cost ${basedOn(recorded.cost, "cost")}`]),
  ];
  return notes.length === 0 ? null : notes.join("; ");
}

function basedOn({ typical, high, runs, needed }: Quantiles, what: string): string {
  const tooFew = high === null ? ", too few or too old to say what 9 of 10 stay below" : "";
  if (typical !== null) return `from ${runs} runs${tooFew}`;
  if (runs >= needed) return `not from the record: most of its ${runs} runs are too long ago`;
  if (runs === 0) return `not from the record: it has no run with a known ${what}`;
  return `not from the record: ${runs} ${runs === 1 ? "run" : "runs"} so far, and it needs ${needed}`;
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
    const place = { range: step.range, steps: [step.id] };
    const named = tasks.get(step.id)?.attributes.costCurrency ?? null;
    if (named !== null && named !== currency) {
      const message = `${quoted(step.title)} has its cost in ${named}, but the plan counts in ${currency} and there are no exchange rates: write the cost in ${currency}`;
      diagnostics.push({ code: "currency", severity: "error", message, ...place });
    } else if (budget && step.estimatedCost === null && step.decision === "agent") {
      const message = `${quoted(step.title)} has no cost estimate, which the budget needs to hold: give it \`cost: 0.50\`, for example`;
      // Where a person decides at the limit, what is unknown is booked when it is known (semantics, Budget).
      const severity = budget.mode === "enforce" ? "error" : "warning";
      diagnostics.push({ code: "unknown-cost", severity, message, ...place });
    }
  }
  return budget ? [...diagnostics, ...checkLimit(steps, budget, currency, knownCost)] : diagnostics;
}

/** No errors: costs are often lower than estimated, and the limit holds while it runs. */
function checkLimit(steps: readonly PlanStep[], budget: SpecBudget, currency: string, knownCost: number): Diagnostic[] {
  const place = { severity: "warning" as const, range: null, steps: [] };
  const unknown = steps.some(({ estimatedCost }) => estimatedCost === null) ? " for what is known" : "";
  const estimated = `the plan is estimated at ${formatAmount(knownCost, currency)}${unknown}`;
  const limit = `the budget of ${formatAmount(budget.total, budget.currency)}`;
  const then = budget.mode === "enforce" ? "will stop it on the way" : "will make it wait for you on the way";
  if (knownCost > budget.total) {
    const message = `${estimated}, above ${limit}, which ${then}: raise the budget or take steps out`;
    return [{ code: "over-budget", message, ...place }];
  }
  const high = fromMicros(steps.reduce((sum, step) => sum + (toMicros(highCostOf(step)) ?? 0), 0));
  if (high <= budget.total) return [];
  const message = `${estimated}, within ${limit}, but at ${formatAmount(high, currency)} if every step cost what only one run in ten goes beyond: that ${then}`;
  return [{ code: "near-budget", message, ...place }];
}

function highCostOf({ highCost, estimatedCost }: PlanStep): number {
  return highCost ?? estimatedCost ?? 0;
}
