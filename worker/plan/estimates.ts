import type { AgentView } from "../../schemas/agent.ts";
import type { Calibration, Quantiles } from "../../schemas/calibration.ts";
import { exchanged, fromMicros, toMicros, type Micros } from "../../schemas/money.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { COMMAND_CAPABILITY } from "./capability.ts";
import { expectDuration, findCriticalPath } from "./critical-path.ts";
import { holdsFor, type PolicySet } from "./policies.ts";

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
  /** What one unit of another currency is worth in it, in millionths. */
  readonly rates: Readonly<Record<string, Micros>>;
  /** Null: there is no record. */
  readonly history: History | null;
}

/**
 * What a step is expected to cost and take: declared on the task, else from the record of its agent and capability (catalogue A9),
 * else registered with its agent, else unknown. Commands cost nothing unless declared, and the record does not help with them: they
 * have nothing in common but their agent. An amount in another currency than the plan's is converted, and unknown where there is no rate.
 */
export function estimateStep(task: SpecTask, basis: EstimateBasis): Estimate {
  const { step, agent } = basis;
  if (step.decision === "skip") return estimate(NOTHING, NOTHING, null, null);
  const registered = agent?.capabilities.find(({ name }) => name === step.capability);
  const recorded = recordOf(basis);
  return estimate(
    costFigure(task, basis, recorded?.cost ?? null, registered?.estimatedCost ?? null),
    durationFigure(task, recorded?.duration ?? null, registered?.estimatedDuration ?? null),
    recorded,
    agent?.adapter === "acp" && !step.simulated ? TOLD_LATE : null,
  );
}

/** Coding agents: a limit can be passed by what one turn costs (semantics, Budget). */
const TOLD_LATE = "its costs may be told only at the end of a turn, so that it can pass a limit by that turn";

const NOTHING: Figure = { typical: 0, high: null, source: "none" };
const UNKNOWN: Figure = { typical: null, high: null, source: "unknown" };

function estimate(cost: Figure, duration: Figure, recorded: Calibration | null, caution: string | null): Estimate {
  const notes = [recorded === null ? null : noteOf(recorded, cost, duration), caution].filter((note) => note !== null);
  return {
    estimatedCost: cost.typical,
    estimatedDuration: duration.typical,
    highCost: cost.high,
    highDuration: duration.high,
    estimateSource: { cost: cost.source, duration: duration.source },
    estimateNote: notes.length === 0 ? null : notes.join("; "),
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
  { step, agent, currency, rates }: EstimateBasis,
  recorded: Quantiles | null,
  registered: number | null,
): Figure {
  const { cost, costCurrency } = task.attributes;
  if (step.simulated) return NOTHING;
  if (cost !== null) {
    const declared = inCurrency(cost, costCurrency ?? currency, currency, rates);
    return declared === null ? UNKNOWN : { typical: declared, high: null, source: "declared" };
  }
  if (recorded !== null && recorded.typical !== null) {
    const high = recorded.high === null ? null : fromMicros(recorded.high);
    return { typical: fromMicros(recorded.typical), high, source: "history" };
  }
  const expected =
    registered === null || agent === null ? null : inCurrency(registered, agent.currency, currency, rates);
  if (expected !== null) return { typical: expected, high: null, source: "registered" };
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

/** Rounded up to the millionth; null: there is no rate. */
function inCurrency(
  amount: number,
  from: string,
  into: string,
  rates: Readonly<Record<string, Micros>>,
): number | null {
  const micros = toMicros(amount);
  const changed = micros === null ? null : exchanged(micros, from, into, rates, "up");
  return from === into ? amount : changed && fromMicros(changed);
}

/** The currency of a plan: that of its budget, else the first that a task names, else that of the first policy that holds, else US dollars. */
export function planCurrency({ settings, tasks }: SpecDocument, set: PolicySet): string {
  const { budget, context } = settings;
  return (
    budget?.currency ??
    tasks.find(({ attributes }) => attributes.costCurrency !== null)?.attributes.costCurrency ??
    set.policies.find((policy) => holdsFor(policy, context.environment))?.currency ??
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
