import assert from "node:assert/strict";
import { failure } from "../../../schemas/failure.ts";
import { blockerOf } from "../../../worker/engine/blocker.ts";
import { fold } from "../../../worker/engine/fold.ts";
import { retryDelay } from "../../../worker/engine/retry.ts";
import { NOTHING_AROUND } from "../../../worker/engine/state.ts";
import { viewOf } from "../../../worker/engine/view.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { costEntry, VirtualRun, type Script } from "../../support/virtual-run.ts";

const million = (count: number): number => count * 1_000_000;
const fails: Script = () => ({ fails: "exit_nonzero" });

function blockers(run: VirtualRun, around = NOTHING_AROUND): Record<string, string | null> {
  return Object.fromEntries(
    run.state.steps.map((step) => {
      const blocker = blockerOf(run.state, step, run.t, around);
      return [step.definition.id, blocker && `${blocker.kind}: ${blocker.detail}`];
    }),
  );
}

describe("engine: blockers of locks, budgets and decisions (C6, C12)", () => {
  it("names the lock, who holds it and how many may", () => {
    const steps = ["a", "b", "c"].map((id) => engineStep(id, { locks: ["db"] }));
    const run = new VirtualRun({
      plan: enginePlan([...steps, engineStep("d", { locks: ["gpu"] })], { pools: { db: 2 } }),
    });
    const around = { ...NOTHING_AROUND, holders: (lock: string) => (lock === "gpu" ? 1 : 0) };
    assert.equal(blockers(run)["c"], 'lock: waits for db, held by "a" and 1 more (2 at a time)');
    const other = new VirtualRun({
      plan: enginePlan([engineStep("e", { locks: ["db"] }), engineStep("f", { locks: ["db"] })]),
    });
    assert.equal(blockers(other)["f"], 'lock: waits for db, held by "e"');
    const full = new VirtualRun({
      plan: enginePlan([engineStep("x"), engineStep("d", { locks: ["gpu"] })], { maxConcurrent: 1 }),
    });
    assert.equal(blockers(full, around)["d"], "lock: waits for gpu, held by another execution");
  });

  it("names the one that is first when the lock itself is still free", () => {
    const steps = [
      engineStep("holder", { locks: ["b"] }),
      engineStep("first", { locks: ["a", "b"] }),
      engineStep("second", { locks: ["a"] }),
    ];
    const run = new VirtualRun({ plan: enginePlan(steps) });
    assert.equal(blockers(run)["second"], "lock: another step that needs the same lock is first");
  });

  it("tells by how much the limit is passed, or what is needed and left", () => {
    const steps = [
      engineStep("a", { cost: million(1) }),
      engineStep("b", { cost: million(4) }),
      engineStep("c", { cost: million(2) }),
    ];
    const budget = { limit: million(6), currency: "USD", mode: "approve" as const };
    const run = new VirtualRun({
      plan: enginePlan(steps, { budget }),
      script: (id) => ({ duration: id === "a" ? 500 : 5_000, cost: million(1) }),
    });
    assert.equal(blockers(run)["c"], "budget: needs 2.00 USD of the budget, 1.00 USD is left");
    const over = new VirtualRun({
      plan: enginePlan([...steps, engineStep("d")], { budget, maxConcurrent: 2 }),
      script: (id) => ({ duration: id === "a" ? 500 : 5_000, cost: id === "a" ? million(3) : 0 }),
    });
    over.until(600);
    assert.equal(blockers(over)["d"], "budget: the budget's limit is passed by 1.00 USD");
  });

  it("says which decision holds everything back", () => {
    const steps = [engineStep("a", { title: "build", onFailure: "pause" }), engineStep("b", { dependencies: ["a"] })];
    const run = new VirtualRun({ plan: enginePlan([...steps, engineStep("c")], { maxConcurrent: 1 }), script: fails });
    run.until(1_500);
    assert.deepEqual(blockers(run), {
      a: "approval: waits for a person: retry, skip, abort",
      b: 'dependency: waits for "build"',
      c: 'pause: nothing starts until "build" is decided',
    });
  });
});

describe("engine: reasons for people", () => {
  it("asks for money with what is needed, the limit, and what is left or passed", () => {
    const budget = { limit: million(2), currency: "USD", mode: "approve" as const };
    const ask = (cost: number): string | undefined => {
      const steps = [engineStep("a", { cost: million(1) }), engineStep("b", { cost: million(5), dependencies: ["a"] })];
      const run = new VirtualRun({ plan: enginePlan(steps, { budget }), script: () => ({ cost }) });
      run.until(1_500);
      return [...run.state.decisions.values()][0]?.message;
    };
    const start = '"b" is expected to cost 5.00 USD, and the limit of 2.00 USD';
    assert.equal(ask(million(1)), `${start} has 1.00 USD left`);
    assert.equal(ask(million(2)), `${start} has 0.00 USD left`);
    assert.equal(ask(million(3)), `${start} is passed by 1.00 USD`);
  });

  it("says why the attempt before failed when there is no money for another", () => {
    const budget = { limit: million(2), currency: "USD", mode: "enforce" as const };
    const run = new VirtualRun({
      plan: enginePlan([engineStep("a", { cost: million(2) })], { budget }),
      script: () => ({ fails: "crash", cost: million(1) }),
    });
    run.finish();
    const { phase } = run.stepState("a");
    const message = phase.kind === "ended" ? phase.failure?.message : null;
    assert.equal(message, "not tried again: the budget's limit would be passed; the attempt before: a broke");
  });

  it("names a stopped execution's limit, the person who killed, and at most three steps that failed", () => {
    const expired = new VirtualRun({ plan: enginePlan([engineStep("a")], { timeout: 500 }) });
    expired.finish();
    assert.equal(expired.state.finished?.failure?.message, "the execution's timeout of 500ms has passed");
    const killed = new VirtualRun({ plan: enginePlan([engineStep("a")]) });
    killed.command({ kind: "kill", stepId: "a" }, "bob");
    killed.finish();
    assert.equal(killed.stepState("a").past[0]?.failure?.message, "stopped by bob");
    for (const [count, names] of [
      [3, '"a0", "a1", "a2"'],
      [4, '"a0", "a1", "a2" and 1 more'],
    ] as const) {
      const steps = Array.from({ length: count }, (_, index) => engineStep(`a${index}`));
      const run = new VirtualRun({ plan: enginePlan(steps), script: fails });
      run.finish();
      assert.equal(run.state.finished?.failure?.message, `${names} failed: a0 broke`);
    }
  });

  it("is as sure of the whole cost as of its least sure part", () => {
    const certainty = (...all: ("billed" | "measured" | "estimated" | "unknown")[]): string => {
      const run = new VirtualRun({ plan: enginePlan([engineStep("a")]), script: () => ({ duration: null }) });
      const costs = all.map((one) => costEntry(one === "unknown" ? null : 5, { certainty: one }));
      run.deliver("a", 1, { costs });
      return viewOf(run.state, run.t, "x.spec.md").costs.certainty;
    };
    assert.equal(certainty(), "measured");
    assert.equal(certainty("billed"), "billed");
    assert.equal(certainty("billed", "estimated", "measured"), "estimated");
    assert.equal(certainty("estimated", "billed"), "estimated");
    assert.equal(certainty("billed", "unknown"), "unknown");
  });
});

describe("engine: jitter (C2)", () => {
  it("spreads delays over its whole range, the same for the same attempt, different for others", () => {
    const policy = { ...engineStep("a").retry, base: 1_000, jitter: 0.5 };
    const delays = Array.from({ length: 400 }, (_, index) => retryDelay(policy, 1, `run-1/s${index}/1`));
    assert.deepEqual(
      delays,
      Array.from({ length: 400 }, (_, index) => retryDelay(policy, 1, `run-1/s${index}/1`)),
    );
    assert.ok(Math.min(...delays) < 1_025 && Math.max(...delays) > 1_475 && Math.max(...delays) <= 1_500);
    const tenths = new Set(delays.map((delay) => Math.floor((delay - 1_000) / 50)));
    assert.ok(tenths.size >= 10, "no part of the range is left out");
    assert.ok(new Set(delays).size > 250, "they rarely fall together");
    assert.notEqual(retryDelay(policy, 1, "run-1/a/1"), retryDelay(policy, 1, "run-1/a/2"));
    assert.notEqual(retryDelay(policy, 1, "run-1/b/1"), retryDelay(policy, 1, "run-1/a/1"));
  });

  it("never passes the cap", () => {
    const policy = { ...engineStep("a").retry, base: 8_000, jitter: 1 };
    for (let index = 0; index < 50; index += 1) assert.equal(retryDelay(policy, 1, `s${index}`), 8_000);
  });
});

describe("engine: a journal that cannot be", () => {
  it("refuses the end of an attempt that does not run, and an answer to what was not asked", () => {
    const run = new VirtualRun({ plan: enginePlan([engineStep("a")]) });
    const stamp = {
      v: 1,
      executionId: "run-1",
      seq: run.events.length + 1,
      at: "2026-01-01T00:00:00.000Z",
      t: 0,
    } as const;
    const end = { result: null, costs: [], artifacts: [], duration: 0, outcome: "failed" as const };
    const reason = failure("crash", "broke");
    const other = { stepId: "a", attemptId: "run-1/a/9", attempt: 9 };
    assert.throws(
      () => fold(run.state, { ...stamp, type: "attempt.finished", ...other, ...end, failure: reason }),
      /does not run/,
    );
    const again = new VirtualRun({ plan: enginePlan([engineStep("a")]) });
    const answer = {
      decisionId: "run-1/ask-1",
      stepId: "a",
      choice: "skip" as const,
      by: "ada",
      amount: null,
      limit: null,
    };
    assert.throws(() => fold(again.state, { ...stamp, type: "decision.answered", ...answer }), /not open/);
  });
});
