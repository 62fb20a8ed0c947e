import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { EventBody, ExecutionEvent } from "../../schemas/event.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { createdBody, enginePlan, engineStep } from "../support/engine-plans.ts";
import {
  appendEvents,
  cost,
  finished,
  inFolder,
  insertBarePlan,
  PLAN_ID,
  reported,
  rowsOf,
  stamp,
  started,
  stepEnded,
} from "../support/store.ts";

/** Steps that fail a few times before they succeed, each attempt with some costs. */
const histories = fc.array(
  fc.record({
    failures: fc.integer({ min: 0, max: 2 }),
    costs: fc.array(fc.option(fc.integer({ min: 0, max: 5_000_000 }), { freq: 4 }), { maxLength: 2 }),
    reports: fc.array(fc.option(fc.integer({ min: 0, max: 5_000_000 }), { freq: 4, nil: "NaN" as const }), {
      maxLength: 3,
    }),
  }),
  { minLength: 1, maxLength: 4 },
);

function journal(
  executionId: string,
  steps: readonly { failures: number; costs: (number | null)[]; reports: (number | "NaN")[] }[],
): ExecutionEvent[] {
  const plan = enginePlan(steps.map((_, index) => engineStep(`s${index}`)));
  const bodies: EventBody[] = [{ ...createdBody(plan), planId: PLAN_ID }];
  steps.forEach(({ failures, costs, reports }, index) => {
    for (let attempt = 1; attempt <= failures + 1; attempt += 1) {
      const failed = attempt <= failures;
      bodies.push(started(`s${index}`, attempt));
      for (const said of reports)
        bodies.push(
          said === "NaN"
            ? reported(`s${index}`, [], [said], attempt)
            : reported(`s${index}`, [cost(said)], [], attempt),
        );
      bodies.push(finished(`s${index}`, { attempt, failed, costs: costs.map(cost), artifact: `out/${index}` }));
    }
    bodies.push(stepEnded(`s${index}`));
  });
  return stamp(executionId, bodies);
}

describe("store: projections (J1, invariant 4)", () => {
  it("do not depend on how the journal was cut into batches", () =>
    inFolder(async (folder) => {
      const database = await openDatabase(join(folder, "a.db"));
      insertBarePlan(database);
      let runs = 0;
      fc.assert(
        fc.property(histories, fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 }), (steps, cuts) => {
          runs += 1;
          const [whole, parts] = [`whole-${runs}`, `parts-${runs}`];
          appendEvents(database, whole, journal(whole, steps));
          const events = journal(parts, steps);
          for (let at = 0, cut = 0; at < events.length; cut += 1) {
            const next = at + (cuts[cut % cuts.length] ?? 1);
            appendEvents(database, parts, events.slice(at, next));
            at = next;
          }
          assert.deepEqual(rowsOf(database, parts), rowsOf(database, whole));
        }),
        { numRuns: 60 },
      );
      await database.close();
    }));
});
