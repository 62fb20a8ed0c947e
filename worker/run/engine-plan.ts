import { isDeepStrictEqual } from "node:util";
import type { EnginePlan, EngineStep } from "../../schemas/event.ts";
import { throwFailure } from "../../schemas/failure.ts";
import { toMicros } from "../../schemas/money.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { FailurePolicy } from "../../schemas/spec.ts";
import { engineLimitsOf } from "./engine-limits.ts";

/** What is decided when an execution starts and is not in the plan. */
export interface StartTerms {
  /** Limits of agents, by id. */
  readonly agentLimits: Record<string, number>;
  /** For steps about which neither they nor the plan say anything. */
  readonly onFailure: FailurePolicy;
  /** Run only a part of the plan; null: all of it. What is not in it counts as done. */
  readonly scope: Scope | null;
}

/** `only`: one step. `from`: a step and everything that depends on it. */
export interface Scope {
  readonly kind: "only" | "from";
  readonly stepId: string;
}

/** What the engine needs of a plan. Throws when a step is undecided: such a plan cannot be approved. FailureError `not_found` for a scope that names no step. */
export function enginePlanOf(plan: Plan, { agentLimits, onFailure, scope }: StartTerms): EnginePlan {
  const isIncluded = scope === null ? () => true : inScope(plan, scope);
  const byDefault = plan.onFailure ?? onFailure;
  const budget = plan.budget && {
    limit: toMicros(plan.budget.total) ?? 0,
    currency: plan.budget.currency,
    mode: plan.budget.mode,
  };
  return {
    steps: plan.steps.map((step) => engineStepOf(step, byDefault, isIncluded(step.id))),
    maxConcurrent: plan.maxConcurrent,
    onFailure,
    agentLimits,
    pools: plan.pools,
    timeout: plan.timeout,
    budget,
    currency: plan.currency,
    limits: engineLimitsOf(plan),
    rates: plan.rates,
    environment: plan.context.environment,
  };
}

/**
 * Whether an engine's plan is made from a plan, in all that an approval binds and the engine decides by: a part of it may be left
 * out, and steps of earlier plans may stand in it, which run no more.
 */
export function isEnginePlanOf(plan: Plan, engine: EnginePlan): boolean {
  const expected = enginePlanOf(plan, { agentLimits: engine.agentLimits, onFailure: engine.onFailure, scope: null });
  const steps = new Map(engine.steps.map((step) => [step.id, step]));
  // Records of versions without policies do not say what a step counts under.
  const isLimited = plan.policies.length > 0;
  return (
    isDeepStrictEqual(boundOfWhole(expected), boundOfWhole(engine)) &&
    expected.steps.every((step) => {
      const recorded = steps.get(step.id);
      if (!recorded || (step.skip && !recorded.skip)) return false;
      return isDeepStrictEqual(boundOf(step), boundOf(recorded)) && (!isLimited || countsAlike(step, recorded));
    })
  );
}

function boundOfWhole({
  maxConcurrent,
  pools,
  timeout,
  budget,
  currency,
  limits,
  rates,
  environment,
}: EnginePlan): unknown {
  return { maxConcurrent, pools, timeout, budget, currency, limits, rates, environment };
}

function countsAlike(a: EngineStep, b: EngineStep): boolean {
  return a.service === b.service && a.cap === b.cap;
}

function boundOf({
  dependencies,
  agent,
  fallbacks,
  simulated,
  retry,
  timeout,
  onFailure,
  idempotent,
  reviews,
  rounds,
  locks,
}: EngineStep): unknown {
  return { dependencies, agent, fallbacks, simulated, retry, timeout, onFailure, idempotent, reviews, rounds, locks };
}

function engineStepOf(step: PlanStep, onFailure: FailurePolicy, isIncluded: boolean): EngineStep {
  if (step.decision === "undecided") throw new Error(`step ${step.id} is undecided`);
  return {
    id: step.id,
    title: step.title,
    dependencies: step.dependencies,
    agent: step.agent ?? "none",
    fallbacks: step.fallbacks,
    service: step.service ?? step.agent ?? "none",
    skip: step.decision === "skip" || !isIncluded,
    simulated: step.simulated,
    capability: step.capability,
    priority: step.priority,
    retry: step.retry,
    timeout: step.timeout === "none" ? null : step.timeout,
    onFailure: step.onFailure ?? onFailure,
    idempotent: step.idempotent,
    reviews: step.reviews,
    rounds: step.rounds,
    locks: step.locks.map(({ name }) => name),
    cost: step.estimatedCost === null ? null : toMicros(step.estimatedCost),
    reserve: step.highCost === null ? null : toMicros(step.highCost),
    cap: step.estimateSource.cost === "declared" && step.estimatedCost !== null ? toMicros(step.estimatedCost) : null,
    duration: step.estimatedDuration,
  };
}

function inScope(plan: Plan, { kind, stepId }: Scope): (id: string) => boolean {
  if (!plan.steps.some(({ id }) => id === stepId)) {
    throwFailure(
      "not_found",
      `plan ${plan.planId} has no step "${stepId}": planwright plan ${plan.specPath} lists them`,
    );
  }
  const included = new Set([stepId]);
  if (kind === "only") return (id) => included.has(id);
  const dependents = new Map<string, string[]>();
  for (const { id, dependencies } of plan.steps)
    for (const dependency of dependencies) dependents.set(dependency, [...(dependents.get(dependency) ?? []), id]);
  for (const id of included) for (const dependent of dependents.get(id) ?? []) included.add(dependent);
  return (id) => included.has(id);
}
