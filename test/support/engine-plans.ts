import type { EngineLimit } from "../../schemas/budget.ts";
import type { EnginePlan, EngineStep, EventOf } from "../../schemas/event.ts";

const RETRY: EngineStep["retry"] = {
  maxAttempts: 3,
  base: 2_000,
  factor: 2,
  cap: 8_000,
  jitter: 0,
  retryOn: ["timeout", "transport", "crash", "rate_limit"],
};

/** An engine step with everything ordinary but what the test is about. */
export function engineStep(id: string, more: Partial<EngineStep> = {}): EngineStep {
  return {
    id,
    title: id,
    dependencies: [],
    agent: "shell",
    fallbacks: [],
    service: "",
    cap: null,
    skip: false,
    simulated: false,
    capability: "",
    idempotent: true,
    reviews: null,
    rounds: 2,
    locks: [],
    reserve: null,
    priority: 0,
    retry: RETRY,
    timeout: null,
    onFailure: "continue",
    cost: 0,
    duration: 1_000,
    ...more,
  };
}

export function enginePlan(steps: EngineStep[], more: Partial<EnginePlan> = {}): EnginePlan {
  return {
    steps,
    maxConcurrent: 4,
    agentLimits: {},
    budget: null,
    currency: "USD",
    onFailure: "continue",
    pools: {},
    timeout: null,
    limits: [],
    rates: {},
    environment: null,
    ...more,
  };
}

/** A limit of 10 units over the whole execution, enforced, with everything ordinary but what the test is about. */
export function engineLimit(key: string, more: Partial<EngineLimit> = {}): EngineLimit {
  const limit = more.limit ?? 10_000_000;
  return {
    key,
    label: `policy ${key}`,
    scope: { kind: "total" },
    window: { kind: "execution" },
    environment: null,
    limit,
    warnAt: 0.8 * limit,
    mode: "enforce",
    approvalRequired: false,
    wait: 0,
    ...more,
  };
}

export function createdBody(
  plan: EnginePlan,
): Omit<EventOf<"execution.created">, "v" | "executionId" | "seq" | "at" | "t"> {
  return { type: "execution.created", planId: "p1", planHash: "0".repeat(64), title: "test", plan, writeBack: true };
}

/** The layered DAG of the benchmarks: `count` steps in layers of `width`, each with up to three dependencies in the layer before. */
export function layeredPlan(count: number, width: number, maxConcurrent: number): EnginePlan {
  const steps = Array.from({ length: count }, (_, index) => {
    const layer = Math.floor(index / width);
    const before = (offset: number): string => `s${(layer - 1) * width + ((index + offset) % width)}`;
    return engineStep(`s${index}`, { dependencies: layer === 0 ? [] : [before(0), before(7), before(19)] });
  });
  return enginePlan(steps, { maxConcurrent });
}
