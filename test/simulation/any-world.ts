import fc from "fast-check";
import type { EngineStep } from "../../schemas/event.ts";
import { worldOf } from "./random-world.ts";
import { World } from "./world.ts";

/** Worlds by seed, which fast-check can make smaller. */
export class AnyWorld extends fc.Arbitrary<World> {
  override generate(random: fc.Random): fc.Value<World> {
    return new fc.Value(worldOf(random.nextInt(0, 0x7fffffff)), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is World {
    return World.safeParse(value).success;
  }

  override shrink(world: World): fc.Stream<fc.Value<World>> {
    return fc.stream(simpler(world)).map((one) => new fc.Value(one, undefined));
  }
}

const PLAIN: Partial<EngineStep> = {
  skip: false,
  simulated: false,
  priority: 0,
  timeout: null,
  onFailure: "continue",
  idempotent: true,
  cost: 0,
  reserve: null,
  cap: null,
  reviews: null,
};

/** Worlds in which less happens, the boldest first. */
function* simpler(world: World): Generator<World> {
  for (const part of ["happenings", "crashes", "others"] as const)
    if (world[part].length > 1) yield { ...world, [part]: [] };
  for (const part of ["happenings", "crashes", "others"] as const)
    for (let index = world[part].length - 1; index >= 0; index -= 1)
      yield { ...world, [part]: world[part].toSpliced(index, 1) };
  if (world.latency > 0) yield { ...world, latency: 0 };
  if (world.replies.length > 1) yield { ...world, replies: world.replies.slice(0, 1) };
  yield* simplerPlans(world);
  for (const [id, deeds] of Object.entries(world.agents)) {
    const [first] = deeds;
    if (!first) continue;
    if (deeds.length > 1) yield { ...world, agents: { ...world.agents, [id]: [first] } };
    const { outcome, code, duration, costs, reports, asks, again } = first;
    for (let at = asks.length - 1; at >= 0; at -= 1)
      yield {
        ...world,
        agents: { ...world.agents, [id]: [{ ...first, asks: asks.toSpliced(at, 1) }, ...deeds.slice(1)] },
      };
    if (costs.length > 0 || again !== null)
      yield { ...world, agents: { ...world.agents, [id]: [{ ...first, costs: [], again: null }, ...deeds.slice(1)] } };
    for (let at = reports.length - 1; at >= 0; at -= 1) {
      const quieter = { ...first, reports: reports.toSpliced(at, 1) };
      yield { ...world, agents: { ...world.agents, [id]: [quieter, ...deeds.slice(1)] } };
    }
    if (outcome !== "succeeded" || code !== null || duration === null) {
      const tame = { ...first, outcome: "succeeded" as const, code: null, duration: duration ?? 1_000 };
      yield { ...world, agents: { ...world.agents, [id]: [tame, ...deeds.slice(1)] } };
    }
  }
}

function* simplerPlans(world: World): Generator<World> {
  const { plan } = world;
  const { steps } = plan;
  for (let index = steps.length - 1; index >= 0 && steps.length > 1; index -= 1) {
    const gone = steps[index]?.id;
    const kept = steps
      .toSpliced(index, 1)
      .map((step) => ({ ...step, dependencies: step.dependencies.filter((id) => id !== gone) }));
    const agents = Object.fromEntries(Object.entries(world.agents).filter(([id]) => id !== gone));
    yield { ...world, plan: { ...plan, steps: kept }, agents };
  }
  if (plan.budget) yield { ...world, plan: { ...plan, budget: null } };
  for (let at = plan.limits.length - 1; at >= 0; at -= 1)
    yield { ...world, plan: { ...plan, limits: plan.limits.toSpliced(at, 1) } };
  if (plan.timeout !== null) yield { ...world, plan: { ...plan, timeout: null } };
  if (Object.keys(plan.agentLimits).length > 0) yield { ...world, plan: { ...plan, agentLimits: {} } };
  if (Object.keys(plan.pools).length > 0) yield { ...world, plan: { ...plan, pools: {} } };
  for (const [index, step] of steps.entries()) {
    const withStep = (more: Partial<EngineStep>): World => ({
      ...world,
      plan: { ...plan, steps: steps.with(index, { ...step, ...more }) },
    });
    for (let at = step.dependencies.length - 1; at >= 0; at -= 1)
      yield withStep({ dependencies: step.dependencies.toSpliced(at, 1) });
    if (step.fallbacks.length > 0) yield withStep({ fallbacks: [] });
    if (step.locks.length > 0) yield withStep({ locks: [] });
    if (step.retry.jitter > 0) yield withStep({ retry: { ...step.retry, jitter: 0 } });
    if (step.retry.maxAttempts > 1) yield withStep({ retry: { ...step.retry, maxAttempts: 1 } });
    for (const [name, value] of Object.entries(PLAIN))
      if (Reflect.get(step, name) !== value) yield withStep({ [name]: value });
  }
}
