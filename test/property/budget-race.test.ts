import assert from "node:assert/strict";
import fc from "fast-check";
import type { EngineLimit } from "../../schemas/budget.ts";
import type { ExecutionEvent } from "../../schemas/event.ts";
import { enginePlan, engineLimit, engineStep } from "../support/engine-plans.ts";
import { seeded } from "../support/random-runs.ts";
import { VirtualRun, type Scripted } from "../support/virtual-run.ts";

const ATTEMPTS = 50;
const SERVICES = ["gpu", "cpu", "disk"] as const;
const AGENTS = ["coder", "shell"] as const;

const micros = fc.integer({ min: 0, max: 3_000_000 });

/** What a step sets aside, and what its agent then says it cost: less, as much, more, or nothing that is money. */
const racer = fc.record({
  service: fc.constantFrom(...SERVICES),
  agent: fc.constantFrom(...AGENTS),
  cost: micros,
  duration: fc.integer({ min: 1, max: 40 }),
  reports: fc.array(fc.record({ after: fc.integer({ min: 0, max: 40 }), cost: fc.option(micros) }), { maxLength: 3 }),
});

const scope: fc.Arbitrary<EngineLimit["scope"]> = fc.oneof(
  fc.constant({ kind: "total" } as const),
  fc.constantFrom(...SERVICES).map((service) => ({ kind: "service", service }) as const),
  fc.subarray([...SERVICES]).map((listed) => ({ kind: "other", listed }) as const),
  fc.constantFrom(...AGENTS).map((agent) => ({ kind: "agent", agent }) as const),
);

const limits = fc.array(fc.record({ scope, limit: fc.integer({ min: 0, max: 40_000_000 }) }), {
  minLength: 1,
  maxLength: 4,
});

/** A reservation and what was used of each limit at that moment, added up from the log alone. */
interface Ledger {
  readonly spent: Map<string, number>;
  readonly held: Map<string, number>;
}

function add(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

/** `service|agent`, which every limit of this test can be added up from. */
function sumIn(sums: ReadonlyMap<string, number>, scope: EngineLimit["scope"]): number {
  let sum = 0;
  for (const [key, amount] of sums) {
    const [service = "", agent = ""] = key.split("|");
    const isIn =
      scope.kind === "total" ||
      (scope.kind === "service" && scope.service === service) ||
      (scope.kind === "other" && !scope.listed.includes(service)) ||
      (scope.kind === "agent" && scope.agent === agent);
    if (isIn) sum += amount;
  }
  return sum;
}

describe("budget: attempts that race for the last money (E2)", () => {
  it(`fault 23: ${ATTEMPTS} at once, in any order, over limits of every scope: at every reservation spent + reserved <= limit`, () => {
    fc.assert(
      fc.property(
        fc.array(racer, { minLength: ATTEMPTS, maxLength: ATTEMPTS }),
        limits,
        fc.integer(),
        (racers, chosen, seed) => {
          const all = chosen.map((one, index) => engineLimit(`limit-${index}`, one));
          const steps = racers.map(({ service, agent, cost }, index) =>
            engineStep(`s${index}`, { service, agent, cost, timeout: 1_000 }),
          );
          const script = (id: string): Scripted => {
            const { reports = [], duration = 1, service = "" } = racers[Number(id.slice(1))] ?? {};
            const ordered = reports.toSorted((a, b) => a.after - b.after);
            return { duration, reports: ordered.map((said) => ({ ...said, service })) };
          };
          const plan = enginePlan(steps, { limits: all, maxConcurrent: ATTEMPTS });
          const run = new VirtualRun({ plan, script, choose: seeded(seed) });
          checkLog(run.finish(), all);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Goes through the log of a run whose costs are all reported under the service and by the agent of their step. */
function checkLog(events: readonly ExecutionEvent[], all: readonly EngineLimit[]): void {
  const { spent, held }: Ledger = { spent: new Map(), held: new Map() };
  const live = new Map<string, { key: string; left: number; isUnknown: boolean }>();
  const created = events[0];
  assert.ok(created?.type === "execution.created");
  const services = new Map(created.plan.steps.map(({ id, service }) => [id, service]));
  for (const event of events) {
    if (event.type === "attempt.started") {
      const key = `${services.get(event.stepId)}|${event.agent}`;
      live.set(event.attemptId, { key, left: event.reserved, isUnknown: false });
      const reserved = new Map<string, number>();
      for (const one of live.values()) add(reserved, one.key, one.left);
      for (const { scope, limit, key: name } of all) {
        if (sumIn(new Map([[key, 1]]), scope) === 0) continue;
        const used = sumIn(spent, scope) + sumIn(held, scope) + sumIn(reserved, scope);
        assert.ok(used <= limit, `${event.stepId} starts with ${used} of ${limit} used of ${name}`);
      }
    } else if (event.type === "attempt.reported") {
      const one = live.get(event.attemptId);
      assert.ok(one);
      const sum = event.costs.reduce((total, { amount }) => total + (amount ?? 0), 0);
      add(spent, one.key, sum);
      one.left = Math.max(0, one.left - sum);
      if (event.refused.length > 0) one.isUnknown = true;
    } else if (event.type === "attempt.finished") {
      const one = live.get(event.attemptId);
      assert.ok(one);
      if (one.isUnknown) add(held, one.key, one.left);
      live.delete(event.attemptId);
    }
  }
  assert.equal(live.size, 0);
}
