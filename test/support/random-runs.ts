import fc from "fast-check";
import type { EnginePlan, EngineStep } from "../../schemas/event.ts";
import type { FailureCode } from "../../schemas/failure.ts";
import { enginePlan, engineStep } from "./engine-plans.ts";
import type { Script, Scripted } from "./virtual-run.ts";

/** A plan, and what its agents do with each attempt. */
export interface RandomWorld {
  readonly plan: EnginePlan;
  readonly script: Script;
}

export interface WorldShape {
  /** `any`: all policies, limits and timeouts. `confluent`: what invariant 10 asks for; agents fail by step, not by chance. */
  readonly kind: "any" | "confluent";
}

const CODES: readonly FailureCode[] = ["crash", "transport", "timeout", "exit_nonzero", "check_failed", "rate_limit"];
const AGENTS = ["shell", "coder", "reviewer"] as const;
const MOST_STEPS = 12;
const MOST_ATTEMPTS = 4;

/** One attempt of a scripted agent. */
const attempt = fc.record({
  duration: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 10 }).map((n) => n * 500) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  fails: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(...CODES) }),
  cost: fc.oneof(fc.integer({ min: 0, max: 3_000_000 }), fc.constant(null), fc.constant(undefined)),
  stopsIn: fc.integer({ min: 0, max: 6_000 }),
  whenStopped: fc.constantFrom("cancelled" as const, "failed" as const, "succeeded" as const),
});

const step = fc.record({
  /** One bit for each earlier step. */
  needs: fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => a & b),
  agent: fc.constantFrom(...AGENTS),
  skip: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  simulated: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  priority: fc.integer({ min: -2, max: 2 }),
  maxAttempts: fc.integer({ min: 1, max: MOST_ATTEMPTS }),
  retriesAll: fc.boolean(),
  timeout: fc.oneof(fc.integer({ min: 1, max: 4_000 }), fc.constant(null)),
  failFast: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  cost: fc.oneof(fc.integer({ min: 0, max: 2_000_000 }), fc.constant(null)),
  attempts: fc.array(attempt, { minLength: MOST_ATTEMPTS, maxLength: MOST_ATTEMPTS }),
});

/** Random DAGs with random agents. Every run of such a world ends: an agent that never ends by itself always has a timeout. */
export function randomWorld({ kind }: WorldShape): fc.Arbitrary<RandomWorld> {
  const isFree = kind === "any";
  const settings = fc.record({
    maxConcurrent: fc.integer({ min: 1, max: 5 }),
    limit: fc.oneof(fc.integer({ min: 0, max: 8_000_000 }), fc.constant(null)),
    coderLimit: fc.integer({ min: 1, max: 3 }),
  });
  return fc.tuple(fc.array(step, { minLength: 1, maxLength: MOST_STEPS }), settings).map(([drafts, chosen]) => {
    const steps = drafts.map((draft, index): EngineStep => {
      const dependencies = drafts.flatMap((_, earlier) =>
        earlier < index && (draft.needs >> earlier) % 2 === 1 ? [`s${earlier}`] : [],
      );
      const { agent, skip, simulated, priority, cost, maxAttempts } = draft;
      const endless = draft.attempts.some(({ duration }) => duration === null);
      const timeout = isFree ? (draft.timeout ?? (endless ? 4_000 : null)) : null;
      const retry = {
        maxAttempts,
        base: 2_000,
        factor: 2,
        cap: 8_000,
        jitter: 0,
        retryOn: draft.retriesAll ? [...CODES] : CODES.slice(0, 3),
      };
      const onFailure = isFree && draft.failFast ? ("fail-fast" as const) : ("continue" as const);
      return engineStep(`s${index}`, {
        dependencies,
        agent,
        skip,
        simulated,
        priority,
        cost,
        timeout,
        onFailure,
        retry,
      });
    });
    const { maxConcurrent, limit, coderLimit } = chosen;
    const budget = !isFree || limit === null ? null : { limit, currency: "USD", mode: "enforce" as const };
    const script: Script = (stepId, number) => {
      const scripted: Scripted = drafts[Number(stepId.slice(1))]?.attempts[number - 1] ?? {};
      return isFree ? scripted : { ...scripted, duration: scripted.duration ?? 1_000 };
    };
    return { plan: enginePlan(steps, { maxConcurrent, budget, agentLimits: { coder: coderLimit } }), script };
  });
}

/** A small generator of numbers in [0, 1), the same for the same seed (mulberry32, by Tommy Ettinger, public domain). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
