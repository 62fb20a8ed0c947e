import assert from "node:assert/strict";
import fc from "fast-check";
import type { CostEntry, EventOf } from "../../../schemas/event.ts";
import { AttemptReports } from "../../../worker/run/attempt-reports.ts";
import { enginePlan, engineLimit, engineStep } from "../../support/engine-plans.ts";
import { quiet } from "../../support/fake-clock.ts";
import { LiveRun } from "../../support/live-run.ts";
import { costEntry } from "../../support/virtual-run.ts";

const USD = 1_000_000;
const REFUSED = { said: "NaN", reason: "it is not a number" };

describe("live execution: costs reported on the way (E4)", () => {
  const plan = enginePlan([engineStep("a", { cost: USD })], { limits: [engineLimit("p", { limit: 2 * USD })] });

  it("are recorded before the answer of their attempt, in one event a turn", async () => {
    const run = new LiveRun(plan);
    await run.begin();
    for (let count = 0; count < 3; count += 1) run.starter.report("a/1", { costs: [costEntry(100)] });
    run.starter.end("a/1");
    run.starter.report("a/1", { costs: [costEntry(50, { service: "machines" })] });
    await quiet();
    const reported = run.journal.events.filter(({ type }) => type === "attempt.reported");
    assert.deepEqual(
      reported.flatMap((event) => (event.type === "attempt.reported" ? event.costs.map(({ amount }) => amount) : [])),
      [300, 50],
    );
    assert.ok(run.journal.types.indexOf("attempt.reported") < run.journal.types.indexOf("attempt.finished"));
    assert.deepEqual(run.execution.view()?.costs.byService, { models: 0.0003, machines: 0.00005 });
  });

  it("an attempt that passes what it may cost is asked to stop when its report is durable, not before", async () => {
    const run = new LiveRun(plan, () => ({ stopsIn: 10 }));
    await run.begin();
    run.journal.mode = "held";
    run.starter.report("a/1", { costs: [costEntry(3 * USD)] });
    await quiet();
    assert.deepEqual(run.starter.stops, []);
    run.journal.mode = "instant";
    await run.journal.release();
    assert.deepEqual(run.starter.stops, ["a/1 5000"]);
    await run.clock.advance(10);
    assert.equal(run.execution.view()?.failure?.code, "budget_exceeded");
  });

  it("are fenced off when the attempt is over, and have no place after the end", async () => {
    const two = enginePlan([engineStep("a"), engineStep("b")]);
    const run = new LiveRun(two);
    await run.begin();
    run.starter.end("a/1");
    await quiet();
    run.starter.report("a/1", { costs: [costEntry(USD)], refused: [REFUSED] });
    await quiet();
    assert.equal(run.journal.types.at(-1), "attempt.fenced");
    run.starter.end("b/1");
    await quiet();
    assert.equal(run.outcome, "resolved");
    const stored = run.journal.events.length;
    run.starter.report("b/1", { costs: [costEntry(USD)] });
    await quiet();
    assert.equal(run.journal.events.length, stored);
    assert.ok(run.execution.hasFinished);
    assert.equal(run.execution.view()?.costs.total, 0);
  });
});

describe("reports of one turn", () => {
  const cost: fc.Arbitrary<CostEntry> = fc
    .record({
      amount: fc.option(fc.nat(5_000_000)),
      service: fc.constantFrom("models", "gpu"),
      certainty: fc.constantFrom("measured" as const, "estimated" as const),
      tokens: fc.option(fc.record({ input: fc.nat(99), output: fc.nat(99) })),
      original: fc.option(fc.nat(5_000_000)),
    })
    .map(({ amount, service, certainty, tokens, original }) => ({
      amount,
      currency: "USD",
      certainty,
      service,
      ...(tokens ? { tokens } : {}),
      ...(original !== null && amount !== null ? { original: { amount: original, currency: "EUR" } } : {}),
    }));

  const sumsOf = (costs: readonly CostEntry[]): unknown => {
    const sums = new Map<string, number>();
    const add = (key: string, amount: number): void => void sums.set(key, (sums.get(key) ?? 0) + amount);
    for (const { amount, service, certainty, tokens, original } of costs) {
      if (amount === null) add("unknown", 1);
      else add(`${service} ${certainty}`, amount);
      add("input", tokens?.input ?? 0);
      add("output", tokens?.output ?? 0);
      add("original", original?.amount ?? 0);
    }
    return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
  };

  it("are added up by their kind, and no millionth, token or unknown amount is lost", () => {
    fc.assert(
      fc.property(fc.array(fc.array(cost, { maxLength: 4 }), { maxLength: 30 }), (turns) => {
        const reports = new AttemptReports();
        for (const costs of turns) reports.add(STARTED, { costs, refused: [] });
        const [one] = reports.take();
        assert.deepEqual(sumsOf(one?.report.costs ?? []), sumsOf(turns.flat()));
        assert.deepEqual(reports.take(), []);
      }),
      { numRuns: 300 },
    );
  });

  it("a flood stays small: a hundred thousand of one kind are one entry", () => {
    const reports = new AttemptReports();
    for (let count = 0; count < 100_000; count += 1)
      reports.add(STARTED, { costs: [costEntry(1)], refused: count % 2 === 0 ? [REFUSED] : [] });
    const [said] = reports.take();
    assert.deepEqual(said?.report.costs, [costEntry(100_000)]);
    assert.ok((said?.report.refused.length ?? 0) <= 20);
  });
});

const STARTED: EventOf<"attempt.started"> = {
  type: "attempt.started",
  v: 1,
  executionId: "run-1",
  seq: 2,
  at: "2026-01-01T00:00:00.000Z",
  t: 0,
  stepId: "a",
  attemptId: "run-1/a/1",
  attempt: 1,
  agent: "shell",
  simulated: false,
  reserved: 0,
  idempotencyKey: "run-1/a",
  missing: [],
};
