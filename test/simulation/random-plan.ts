import type { EngineLimit, LimitScope } from "../../schemas/budget.ts";
import type { EnginePlan, EngineStep } from "../../schemas/event.ts";
import type { Chance } from "./chance.ts";

export const CODES = [
  "crash",
  "transport",
  "timeout",
  "rate_limit",
  "exit_nonzero",
  "agent_unavailable",
  "killed",
  "unhealthy",
  "merge_conflict",
] as const;
export const AGENTS = ["shell", "coder", "reviewer"] as const;
export const LOCKS = ["port:80", "database", "cpu"] as const;
export const SERVICES = ["models", "machines", "storage"] as const;
export const MOST_STEPS = 14;

export function randomPlan(chance: Chance, pace: number): EnginePlan {
  const count = 1 + chance.below(chance.is(0.3) ? 4 : MOST_STEPS);
  const density = chance.pick([0.05, 0.2, 0.5]);
  const policy = chance.pick(["continue", "pause", "tolerate", "fail-fast", "continue"] as const);
  const steps: EngineStep[] = [];
  for (let index = 0; index < count; index += 1) {
    const dependencies = steps.filter(() => chance.is(density)).map(({ id }) => id);
    const step = randomStep(chance, `s${index}`, dependencies, policy, pace);
    // Now and then it reviews something that does not come before it.
    const before = chance.is(0.9) ? dependencies : steps.map(({ id }) => id);
    const reviews = chance.is(0.25) ? (before[chance.below(before.length)] ?? null) : null;
    steps.push({ ...step, reviews, rounds: chance.below(4) });
  }
  const mode = chance.pick(["enforce", "approve"] as const);
  return {
    steps,
    maxConcurrent: 1 + chance.below(5),
    onFailure: policy,
    agentLimits: chance.is(0.5) ? { coder: 1 + chance.below(2), shell: 2 } : {},
    pools: chance.is(0.5) ? { cpu: 2 } : {},
    timeout: chance.is(0.2) ? chance.pick([500, 4_000, 12_000, 30_000]) * pace : null,
    budget: chance.is(0.5) ? { limit: chance.below(9) * 1_000_000, currency: "USD", mode } : null,
    currency: "USD",
    limits: chance.is(0.4) ? randomLimits(chance, pace) : [],
    rates: {},
    environment: null,
  };
}

/** Limits as policies bring them; time passes them by, because windows are as short as executions. */
export function randomLimits(chance: Chance, pace: number): EngineLimit[] {
  return chance
    .list(3, () => chance.below(3), 1)
    .map((_, index): EngineLimit => {
      const limit = chance.below(9) * 500_000;
      const window = chance.pick<EngineLimit["window"]>([
        { kind: "execution" },
        { kind: "rolling", length: chance.pick([1_000, 5_000, 30_000]) * pace },
        { kind: "calendar", unit: chance.pick(["day", "week"] as const) },
      ]);
      return {
        key: `policy-${index}`,
        label: `policy number ${index}`,
        scope: randomScope(chance),
        window,
        environment: null,
        limit,
        warnAt: Math.floor(limit * chance.pick([0, 0.5, 0.8, 1])),
        mode: chance.pick(["enforce", "enforce", "approve", "warn"] as const),
        approvalRequired: chance.is(0.15),
        wait: chance.pick([0, 0, 2_000, 60_000]) * pace,
      };
    });
}

function randomScope(chance: Chance): LimitScope {
  switch (chance.below(4)) {
    case 0:
      return { kind: "service", service: chance.pick(SERVICES) };
    case 1:
      return { kind: "other", listed: SERVICES.filter(() => chance.is(0.5)) };
    case 2:
      return { kind: "agent", agent: chance.pick(AGENTS) };
    default:
      return { kind: "total" };
  }
}

export function randomStep(
  chance: Chance,
  id: string,
  dependencies: string[],
  policy: EngineStep["onFailure"],
  pace: number,
): EngineStep {
  const base = chance.pick([0, 500, 2_000]) * pace;
  return {
    id,
    title: `step ${id}`,
    dependencies,
    agent: chance.pick(AGENTS),
    fallbacks: chance.is(0.75) ? [] : chance.list(2, () => chance.pick(AGENTS), 1),
    service: chance.pick(SERVICES),
    cap: chance.is(0.85) ? null : chance.pick([0, 500_000, 1_500_000]),
    reviews: null,
    rounds: 2,
    skip: chance.is(0.06),
    simulated: chance.is(0.1),
    capability: "",
    priority: chance.is(0.6) ? 0 : chance.below(7) - 3,
    retry: {
      maxAttempts: 1 + chance.below(4),
      base,
      factor: chance.pick([1, 2, 3]),
      cap: chance.pick([250, 4_000, 8_000]) * pace,
      jitter: chance.pick([0, 0, 0.5, 1]),
      retryOn: CODES.filter(() => chance.is(0.6)),
    },
    timeout: chance.is(0.3) ? (1 + chance.below(16)) * 250 * pace : null,
    onFailure: chance.is(0.7) ? policy : chance.pick(["continue", "pause", "tolerate", "fail-fast"] as const),
    idempotent: !chance.is(0.15),
    locks: chance.is(0.7) ? [] : LOCKS.filter(() => chance.is(0.45)),
    cost: chance.pick([null, 0, 400_000, 1_000_000, 2_500_000]),
    reserve: chance.is(0.2) ? chance.below(4) * 1_000_000 : null,
    duration: chance.is(0.1) ? null : 1_000,
  };
}
