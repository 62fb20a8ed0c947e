import assert from "node:assert/strict";
import type { EngineStep } from "../../../schemas/event.ts";
import { viewOf } from "../../../worker/engine/view.ts";
import { checkBlockers, checkJournal } from "../../support/invariants.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { attemptEnd, costEntry, VirtualRun, type Script } from "../../support/virtual-run.ts";

const USD = 1_000_000;

function budgetRun(steps: EngineStep[], limit: number, script: Script, maxConcurrent = 4): VirtualRun {
  const plan = enginePlan(steps, { maxConcurrent, budget: { limit, currency: "USD", mode: "enforce" } });
  return new VirtualRun({ plan, script, onIdle: checkBlockers });
}

function startedIds(run: VirtualRun): string[] {
  return run.events.flatMap((event) => (event.type === "attempt.started" ? event.stepId : []));
}

function endOf(run: VirtualRun, id: string): [string, string | null] {
  const { phase } = run.stepState(id);
  assert.ok(phase.kind === "ended");
  return [phase.status, phase.failure?.message ?? null];
}

describe("engine: budget (E2)", () => {
  it("reserves before an attempt, gives back what was not spent, and books what was", () => {
    const run = budgetRun([engineStep("a", { cost: 3 * USD }), engineStep("b", { cost: 3 * USD })], 5 * USD, () => ({
      cost: USD,
    }));
    assert.deepEqual(startedIds(run), ["a"], "3 + 3 do not fit into 5 at the same time");
    assert.equal(run.state.ledger.reserved, 3 * USD);
    run.finish();
    assert.deepEqual(startedIds(run), ["a", "b"], "after 1 was spent, 3 fit");
    assert.equal(run.state.finished?.status, "completed");
    const { costs } = viewOf(run.state, run.t, "x");
    assert.deepEqual(costs, {
      total: 2,
      unknown: 0,
      currency: "USD",
      certainty: "measured",
      byService: { models: 2 },
      limit: 5,
      reserved: 0,
    });
    checkJournal(run.state.plan, run.events);
  });

  it("fault 23: never lets parallel steps exhaust it together: 50 at once, money for 7", () => {
    const steps = Array.from({ length: 50 }, (_, index) => engineStep(`s${index}`, { cost: USD }));
    const run = budgetRun(steps, 7.5 * USD, () => ({ cost: USD }), 50);
    assert.equal(startedIds(run).length, 7);
    run.finish();
    assert.equal(run.state.ledger.spent, 7 * USD);
    assert.deepEqual({ ...run.state.counts }, { completed: 7, failed: 0, skipped: 43, cancelled: 0 });
    checkJournal(run.state.plan, run.events);
  });

  it("ends with budget_exceeded and names what was not started; what depends on it is skipped", () => {
    const run = budgetRun(
      [
        engineStep("a", { cost: 4 * USD }),
        engineStep("b", { cost: 4 * USD }),
        engineStep("c", { dependencies: ["b"] }),
      ],
      5 * USD,
      () => ({ cost: 4 * USD }),
    );
    run.finish();
    assert.equal(run.state.finished?.status, "failed");
    assert.deepEqual(run.state.finished?.failure, {
      code: "budget_exceeded",
      message: 'the budget\'s limit stopped "b"',
      retryable: false,
    });
    assert.deepEqual(endOf(run, "b"), ["skipped", "not started: the budget's limit would be passed"]);
    assert.deepEqual(endOf(run, "c"), ["skipped", 'not run: "b", which it depends on, was skipped']);
  });

  it("says what is missing while a step waits for money", () => {
    const run = budgetRun(
      [engineStep("a", { cost: 4 * USD }), engineStep("b", { cost: 2 * USD })],
      5 * USD,
      () => ({}),
    );
    const blocker = viewOf(run.state, 0, "x").steps[1]?.blocker;
    assert.deepEqual(blocker, {
      kind: "budget",
      detail: "needs 2.00 USD of the budget, 1.00 USD is left",
      steps: [],
    });
  });

  it("lets a smaller step that fits start before one that does not", () => {
    const run = budgetRun(
      [engineStep("a", { cost: 4 * USD }), engineStep("big", { cost: 3 * USD }), engineStep("small", { cost: USD })],
      5 * USD,
      () => ({ cost: 0 }),
    );
    assert.deepEqual(startedIds(run), ["a", "small"]);
    run.finish();
    assert.deepEqual(startedIds(run), ["a", "small", "big"]);
    assert.equal(run.state.finished?.status, "completed");
  });

  it("lets the limit be reached exactly", () => {
    const run = budgetRun([engineStep("a", { cost: 5 * USD })], 5 * USD, () => ({ cost: 5 * USD }));
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
    assert.equal(run.state.ledger.overrun, 0);
  });

  it("keeps the reservation of an attempt whose cost is unknown", () => {
    const run = budgetRun([engineStep("a", { cost: 3 * USD }), engineStep("b", { cost: 3 * USD })], 5 * USD, () => ({
      cost: null,
    }));
    run.finish();
    assert.equal(run.state.ledger.held, 3 * USD);
    assert.deepEqual(startedIds(run), ["a"]);
    const { costs, steps } = viewOf(run.state, run.t, "x");
    assert.deepEqual([costs.total, costs.unknown, costs.certainty, costs.reserved], [null, 1, "unknown", 3]);
    assert.equal(steps[0]?.cost, null, "unknown is null, not 0");
    checkJournal(run.state.plan, run.events);
  });

  it("holds the rest of the reservation when a part of the cost is unknown", () => {
    const run = budgetRun([engineStep("a", { cost: 3 * USD })], 5 * USD, () => ({ duration: null }));
    run.deliver("a", 1, attemptEnd({ costs: [costEntry(USD), costEntry(null)] }));
    assert.deepEqual([run.state.ledger.spent, run.state.ledger.held], [USD, 2 * USD]);
    assert.equal(viewOf(run.state, run.t, "x").steps[0]?.cost, 1);
  });

  it("books an overrun and starts nothing after it, also nothing that is free or simulated", () => {
    const run = budgetRun(
      [
        engineStep("greedy", { cost: USD, priority: 1 }),
        engineStep("free"),
        engineStep("pretend", { simulated: true }),
      ],
      2 * USD,
      () => ({ cost: 6 * USD }),
      1,
    );
    run.until(1_000);
    assert.equal(run.state.ledger.overrun, 5 * USD);
    run.finish();
    assert.deepEqual(startedIds(run), ["greedy"]);
    assert.equal(run.state.finished?.failure?.message, 'the budget\'s limit stopped "free", "pretend"');
    assert.equal(run.state.ledger.spent, 6 * USD, "what was spent is booked in full");
  });

  it("ends at once what can never be paid, while others still run", () => {
    const run = budgetRun(
      [engineStep("greedy", { cost: USD }), engineStep("slow"), engineStep("next", { dependencies: ["greedy"] })],
      2 * USD,
      (id) => ({ cost: id === "greedy" ? 6 * USD : 0, duration: id === "slow" ? 9_000 : 1_000 }),
    );
    run.until(2_000);
    const { phase } = run.stepState("next");
    assert.equal(phase.kind === "ended" && phase.failure?.code, "budget_exceeded");
    assert.equal(run.stepState("slow").phase.kind, "running");
  });

  it("goes on after an overrun of the reservation that the limit allows", () => {
    const run = budgetRun([engineStep("a", { cost: USD }), engineStep("b", { cost: USD })], 9 * USD, () => ({
      cost: 3 * USD,
    }));
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
    assert.equal(run.state.ledger.overrun, 4 * USD);
  });

  it("reserves and books nothing for simulated steps", () => {
    const run = budgetRun([engineStep("a", { cost: 50 * USD, simulated: true })], USD, () => ({ cost: 9 * USD }));
    assert.equal(run.state.ledger.reserved, 0);
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
    assert.deepEqual([run.state.ledger.spent, run.state.ledger.overrun, run.state.ledger.byService.size], [0, 0, 0]);
    assert.equal(viewOf(run.state, run.t, "x").costs.total, 0);
    checkJournal(run.state.plan, run.events);
  });

  it("reserves anew for each attempt and fails a step that cannot pay for its next one", () => {
    const run = budgetRun([engineStep("a", { cost: 2 * USD })], 5 * USD, () => ({ cost: 2 * USD, fails: "crash" }));
    run.finish();
    assert.equal(run.stepState("a").attempts, 2);
    assert.deepEqual(endOf(run, "a"), [
      "failed",
      "not tried again: the budget's limit would be passed; the attempt before: a broke",
    ]);
    assert.equal(run.state.finished?.failure?.code, "budget_exceeded");
    checkJournal(run.state.plan, run.events);
  });

  it("waits with what does not fit while something runs that may give money back, and not a moment longer", () => {
    const run = budgetRun(
      [engineStep("a", { cost: 3 * USD }), engineStep("b", { cost: 4 * USD, priority: -1 })],
      5 * USD,
      (_, attempt) => ({ cost: 2 * USD, fails: attempt === 1 ? "crash" : null }),
    );
    run.until(999);
    assert.equal(run.stepState("b").phase.kind, "ready");
    run.until(1_000);
    assert.equal(run.stepState("a").phase.kind, "waiting");
    assert.equal(endOf(run, "b")[0], "skipped", "3 are left, and a backoff gives nothing back");
    run.finish();
    assert.deepEqual(startedIds(run), ["a", "a"]);
    assert.equal(run.state.finished?.failure?.message, 'the budget\'s limit stopped "b"');
  });

  it("books in full what an attempt costs that was stopped", () => {
    const run = budgetRun([engineStep("a", { cost: 3 * USD })], 5 * USD, () => ({ duration: null, cost: 2 * USD }));
    run.cancel();
    run.finish();
    assert.deepEqual([run.state.ledger.spent, run.state.ledger.reserved], [2 * USD, 0]);
  });

  for (const amount of [Number.NaN, -USD, Number.POSITIVE_INFINITY, 0.5]) {
    it(`refuses a cost of ${amount}: it is unknown, and the reservation stays (E4)`, () => {
      const run = budgetRun([engineStep("a", { cost: 3 * USD })], 5 * USD, () => ({ duration: null }));
      run.deliver("a", 1, attemptEnd({ costs: [costEntry(amount, { certainty: "billed" })] }));
      const { ledger } = run.state;
      assert.deepEqual([ledger.spent, ledger.held, ledger.unknown, ledger.certainty], [0, 3 * USD, 1, "unknown"]);
      const event = run.events.find(({ type }) => type === "attempt.finished");
      assert.equal(
        event?.type === "attempt.finished" && event.costs[0]?.amount,
        null,
        "nothing else is recorded either",
      );
    });
  }

  it("does not add up amounts of another currency", () => {
    const run = budgetRun([engineStep("a", { cost: 3 * USD })], 5 * USD, () => ({ duration: null }));
    run.deliver("a", 1, attemptEnd({ costs: [costEntry(USD), costEntry(900 * USD, { currency: "JPY" })] }));
    assert.deepEqual([run.state.ledger.spent, run.state.ledger.unknown], [USD, 1]);
  });

  it("shows the least sure of all certainties, and costs by service", () => {
    const run = new VirtualRun({ plan: enginePlan([engineStep("a")]), script: () => ({ duration: null }) });
    const costs = [
      costEntry(USD, { certainty: "billed", service: "models" }),
      costEntry(2 * USD, { certainty: "estimated", service: "search" }),
      costEntry(3 * USD, { certainty: "measured", service: "models" }),
    ];
    run.deliver("a", 1, attemptEnd({ costs }));
    const view = viewOf(run.state, run.t, "x");
    assert.equal(view.costs.certainty, "estimated");
    assert.deepEqual(view.costs.byService, { models: 4, search: 2 });
    assert.equal(view.costs.limit, null);
    assert.equal(run.state.ledger.reserved, 0, "nothing is reserved without a budget");
  });
});
