import type { EnginePlan, EngineStep } from "../../schemas/event.ts";
import type { Chance } from "./chance.ts";
import { randomLimits, randomStep } from "./random-plan.ts";

/** A plan as a person may have edited it, and which of its steps the planner finds stale. */
export function randomRevision(chance: Chance, plan: EnginePlan): { plan: EnginePlan; stale: string[] } {
  const kept = plan.steps.filter(() => plan.steps.length === 1 || !chance.is(0.12));
  const present = new Set(kept.map(({ id }) => id));
  const steps = kept.map((step): EngineStep => {
    const dependencies = step.dependencies.filter((id) => present.has(id) && !chance.is(0.15));
    if (!chance.is(0.25)) return { ...step, dependencies };
    return {
      ...step,
      dependencies,
      title: `${step.title}, edited`,
      skip: chance.is(0.2),
      onFailure: chance.pick(["continue", "pause", "tolerate", "fail-fast"] as const),
      cost: chance.pick([null, 0, 900_000]),
      priority: chance.below(3),
      agent: chance.pick(["shell", "coder"] as const),
      locks: chance.is(0.5) ? step.locks : ["database"],
      timeout: chance.is(0.5) ? step.timeout : 2_000,
    };
  });
  for (let added = chance.below(3); added > 0; added -= 1) {
    const place = chance.below(steps.length + 1);
    const before = steps.slice(0, place).filter(() => chance.is(0.2));
    const id = `n${plan.steps.length}.${added}.${chance.below(1_000_000_000)}`;
    const step = randomStep(
      chance,
      id,
      before.map((one) => one.id),
      "continue",
      1,
    );
    steps.splice(place, 0, step);
    // What existed before may have to wait for what is new.
    steps.forEach((one, index) => {
      if (index > place && chance.is(0.15)) steps[index] = { ...one, dependencies: [...one.dependencies, id] };
    });
  }
  const stale = steps.filter(() => chance.is(0.2)).map(({ id }) => id);
  const limits = chance.is(0.8) ? plan.limits : randomLimits(chance, 1);
  return { plan: { ...plan, steps, limits, maxConcurrent: 1 + chance.below(4) }, stale };
}
