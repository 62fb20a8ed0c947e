import type { EnginePlan } from "../../schemas/event.ts";
import type { FailureCode } from "../../schemas/failure.ts";
import { seeded } from "../support/random-runs.ts";
import { Chance } from "./chance.ts";
import { AGENTS, CODES, LOCKS, MOST_STEPS, randomPlan, SERVICES } from "./random-plan.ts";
import { randomRevision } from "./random-revision.ts";
import type { Crash, Deed, Happening, Holding, Reply, Reported, World } from "./world.ts";

const HELD = ["agent", "lock", "spent", "spent", "reserved", "allowed"] as const;

/** The world of a seed. Times are chosen so that much falls on the same moment. */
export function worldOf(seed: number): World {
  const chance = new Chance(seeded(seed));
  // Most worlds are quick, some live long enough for waiting to outweigh priority.
  const pace = chance.is(0.15) ? 30 : 1;
  const plan = randomPlan(chance, pace);
  const calm = chance.is(0.1);
  const last = chance.pick([3_000, 10_000, 30_000]) * pace;
  return {
    seed,
    plan,
    agents: Object.fromEntries(plan.steps.map(({ id }) => [id, chance.list(3, () => randomDeed(chance, pace), 1)])),
    happenings: calm ? [] : randomHappenings(chance, plan, last),
    crashes: calm || chance.is(0.4) ? [] : randomCrashes(chance),
    replies: chance.list(4, () => randomReply(chance, pace), 1),
    others: calm || chance.is(0.6) ? [] : chance.list(3, () => randomHolding(chance, plan, last)),
    latency: chance.is(0.7) ? 0 : chance.pick([1, 250, 1_000]),
  };
}

function randomDeed(chance: Chance, pace: number): Deed {
  const outcome = chance.is(0.68) ? "succeeded" : chance.is(0.9) ? "failed" : "cancelled";
  const code: FailureCode | null = outcome === "failed" && chance.is(0.9) ? chance.pick(CODES) : null;
  return {
    duration: chance.is(0.05) ? null : chance.below(chance.is(0.9) ? 12 : 60) * 250 * pace,
    outcome,
    code,
    costs: chance.is(0.3) ? [] : chance.list(2, () => randomCost(chance), 1),
    reports: chance.is(0.6)
      ? []
      : chance.list(3, () => randomReport(chance, pace), 1).sort((a, b) => a.after - b.after),
    retryAfter: chance.is(0.6) ? null : chance.pick([0, 300, 5_000 * pace, 20_000_000]),
    asks: chance.is(0.75)
      ? []
      : chance.list(4, () => randomQuestion(chance, pace), 1).sort((a, b) => a.after - b.after),
    waits: chance.is(0.8),
    verdict: chance.is(0.2) ? null : chance.pick(["approved", "changes_requested"] as const),
    stopsIn: chance.pick([0, 0, 10, 250, 4_000]),
    whenStopped: chance.pick(["cancelled", "cancelled", "failed", "succeeded"] as const),
    again: chance.is(0.05) ? chance.below(4) * 500 : null,
  };
}

function randomQuestion(chance: Chance, pace: number): Deed["asks"][number] {
  return { after: chance.below(8) * 250 * pace, subject: chance.below(3) };
}

function randomReport(chance: Chance, pace: number): Deed["reports"][number] {
  const costs = chance.list(2, () => randomCost(chance));
  return { after: chance.below(8) * 250 * pace, costs, refused: chance.is(0.15) || costs.length === 0 ? 1 : 0 };
}

function randomCost(chance: Chance): Reported {
  const ordinary = chance.is(0.7);
  const amount = ordinary
    ? chance.below(20) * 150_000
    : chance.pick([null, null, "nan", "infinite", "-infinite", -5, 0.5, 2 ** 60, 40_000_000] as const);
  return {
    amount,
    currency: chance.is(0.93) ? "USD" : "EUR",
    certainty: amount === null ? "unknown" : chance.pick(["measured", "billed", "estimated"] as const),
    service: chance.pick(SERVICES),
  };
}

function randomReply(chance: Chance, pace: number): Reply {
  return {
    after: chance.is(0.1) ? null : (chance.is(0.2) ? 16 : chance.below(5)) * 500 * pace,
    choice: chance.below(12),
    amount: chance.is(0.5) ? null : chance.below(6) * 700_000,
    twice: chance.is(0.2),
    edited: chance.is(0.2),
  };
}

function randomHolding(chance: Chance, { limits }: EnginePlan, last: number): Holding {
  const of = limits.length > 0 ? chance.pick(HELD) : chance.pick(["agent", "lock"] as const);
  const from = chance.below(20) * (last / 40);
  const money = chance.below(6) * 500_000;
  return {
    of,
    name:
      of === "agent"
        ? chance.pick(AGENTS)
        : of === "lock"
          ? chance.pick(LOCKS)
          : (limits[chance.below(limits.length)]?.key ?? ""),
    count: of === "agent" || of === "lock" ? 1 + chance.below(2) : money,
    from,
    to: from + (1 + chance.below(20)) * 250,
  };
}

/** A storm of crashes interrupts the same step again and again. */
function randomCrashes(chance: Chance): Crash[] {
  if (chance.is(0.15)) {
    const first = 4 + chance.below(20);
    const gap = 4 + chance.below(4);
    return Array.from({ length: 7 }, (_, index) => ({
      event: first + gap * index,
      survives: 1,
      downtime: 0,
      late: null,
    }));
  }
  return chance
    .list(
      3,
      () => ({
        event: 1 + chance.below(chance.is(0.5) ? 25 : 80),
        survives: chance.pick([0, 0.5, 1, chance.next()]),
        downtime: chance.below(4) * 1_000,
        late: chance.is(0.5) ? null : chance.below(4) * 500,
      }),
      1,
    )
    .sort((a, b) => a.event - b.event);
}

function randomHappenings(chance: Chance, plan: EnginePlan, last: number): Happening[] {
  let revised = plan;
  const moments = chance.list(chance.is(0.2) ? 8 : 3, () => chance.below(40) * (last / 40)).sort((a, b) => a - b);
  return moments.map((at): Happening => {
    const step = chance.below(MOST_STEPS);
    switch (chance.below(14)) {
      case 0:
      case 1:
        return { kind: "pause", at, forMs: chance.below(10) * 500 };
      case 2:
        return { kind: "resume", at };
      case 3:
        return { kind: "cancel", at, force: chance.is(0.4), againAfter: chance.pick([0, 0, 500]) };
      case 4:
        return { kind: "kill", at, step };
      case 5:
      case 6:
        return { kind: "retry", at, step: chance.is(0.3) ? null : step };
      case 7:
      case 8:
        return { kind: "rerun", at, step, only: chance.is(0.5) };
      case 9:
      case 10: {
        const revision = randomRevision(chance, revised);
        revised = revision.plan;
        return { kind: "revise", at, ...revision };
      }
      case 11:
        return { kind: "jump", at, by: chance.pick([1_000, 60_000, 3_600_000]) };
      case 12:
        return { kind: "wall", at, by: chance.pick([-3_600_000, 86_400_000]) };
      default:
        return chance.is(0.7) ? { kind: "stray", at, step, attempt: 1 + chance.below(3) } : { kind: "nonsense", at };
    }
  });
}
