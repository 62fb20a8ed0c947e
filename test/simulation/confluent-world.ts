import { createHash } from "node:crypto";
import { seeded } from "../support/random-runs.ts";
import { Chance } from "./chance.ts";
import { CODES } from "./random-plan.ts";
import { worldOf } from "./random-world.ts";
import type { Simulation } from "./simulation.ts";
import type { Deed, Happening, World } from "./world.ts";

/**
 * The world of a seed, tamed to what invariant 10 asks for: no limit, no timeouts, policy `continue` or `tolerate`, and agents that
 * do the same in every attempt of a step.
 */
export function confluentWorld(seed: number): World {
  const world = worldOf(seed);
  const { plan } = world;
  const steps = plan.steps.map((step) => ({
    ...step,
    timeout: null,
    idempotent: true,
    onFailure: step.onFailure === "tolerate" ? ("tolerate" as const) : ("continue" as const),
    retry: { ...step.retry, retryOn: [...CODES] },
  }));
  const agents = Object.fromEntries(
    Object.entries(world.agents).map(([id, [deed]]) => [id, deed ? [alwaysTheSame(deed)] : []]),
  );
  return {
    ...world,
    plan: { ...plan, steps, timeout: null, budget: null, limits: [] },
    agents,
    happenings: [],
    crashes: [],
    others: [],
    // A question that nobody answers ends in a kill.
    replies: world.replies.map((reply) => ({ ...reply, after: reply.after ?? 0 })),
    latency: 0,
  };
}

function alwaysTheSame(deed: Deed): Deed {
  const outcome = deed.outcome === "cancelled" ? "failed" : deed.outcome;
  return { ...deed, outcome, duration: deed.duration ?? 1_000, again: null };
}

/** The same agents under another schedule: order, places, durations, crashes and pauses are by chance. */
export function rescheduled(world: World, seed: number): World {
  const chance = new Chance(seeded(seed));
  const agents = Object.fromEntries(
    Object.entries(world.agents).map(([id, deeds]) => [
      id,
      deeds.map((deed) => ({ ...deed, duration: chance.below(20) * 250 })),
    ]),
  );
  const crashes = chance
    .list(3, () => ({ event: 2 + chance.below(60), survives: chance.next(), downtime: 500, late: 250 }))
    .sort((a, b) => a.event - b.event);
  const happenings = chance.list(3, (): Happening => {
    const at = chance.below(60) * 250;
    return chance.is(0.7) ? { kind: "pause", at, forMs: chance.below(9) * 250 } : { kind: "jump", at, by: 90_000 };
  });
  const plan = { ...world.plan, maxConcurrent: 1 + chance.below(8) };
  return { ...world, seed, plan, agents, crashes, happenings, latency: chance.pick([0, 0, 500]) };
}

/** What must be equal in every schedule: how everything ended, what came of it, and what the successful attempts cost. */
export function resultOf({ state, events }: Simulation): unknown {
  const costs: Record<string, string> = {};
  for (const event of events)
    if (event.type === "attempt.finished" && event.outcome === "succeeded")
      costs[event.stepId] = event.costs.map(({ amount, currency }) => `${amount} ${currency}`).join();
  return {
    end: state.finished?.status,
    failure: state.finished?.failure?.code,
    costs,
    steps: state.steps.map(({ definition, phase, tries, result }) => ({
      id: definition.id,
      end: phase.kind === "ended" ? `${phase.status} ${phase.failure?.code}` : phase.kind,
      tries,
      output: result?.tail.split(" ").at(-1),
    })),
  };
}

/** The journal without the clock on the wall, as one word. */
export function journalHash({ events }: Simulation): string {
  const lines = events.map((event) => JSON.stringify({ ...event, at: "" }));
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
