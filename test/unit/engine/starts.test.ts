import assert from "node:assert/strict";
import { createState } from "../../../worker/engine/create.ts";
import { checkBlockers, checkJournal } from "../../support/invariants.ts";
import { createdBody, enginePlan, engineStep } from "../../support/engine-plans.ts";
import { VirtualRun } from "../../support/virtual-run.ts";

/** Ids of the steps whose first attempt has started, in order. */
function starts(run: VirtualRun): string[] {
  return run.events.flatMap((event) => (event.type === "attempt.started" ? event.stepId : []));
}

describe("engine: what starts when (C1)", () => {
  it("starts a step only when all its dependencies have succeeded, and the others at the same time", () => {
    const plan = enginePlan([
      engineStep("a"),
      engineStep("b"),
      engineStep("both", { dependencies: ["a", "b"] }),
      engineStep("after-a", { dependencies: ["a"] }),
    ]);
    const run = new VirtualRun({ plan, script: (id) => ({ duration: id === "b" ? 3_000 : 1_000 }) });
    run.finish();
    assert.deepEqual(run.transcript(), [
      "0 a/1 started",
      "0 b/1 started",
      "1000 a/1 succeeded",
      "1000 a completed",
      "1000 after-a/1 started",
      "2000 after-a/1 succeeded",
      "2000 after-a completed",
      "3000 b/1 succeeded",
      "3000 b completed",
      "3000 both/1 started",
      "4000 both/1 succeeded",
      "4000 both completed",
      "4000 execution completed",
    ]);
    assert.equal(run.state.finished?.failure, null);
    checkJournal(plan, run.events);
  });

  it("counts a dependency that is named twice once", () => {
    const plan = enginePlan([engineStep("a"), engineStep("b", { dependencies: ["a", "a"] })]);
    const run = new VirtualRun({ plan });
    run.finish();
    assert.deepEqual(starts(run), ["a", "b"]);
  });

  it("starts by priority, then by the order of the plan", () => {
    const plan = enginePlan(
      [
        engineStep("low", { priority: -1 }),
        engineStep("first"),
        engineStep("second"),
        engineStep("urgent", { priority: 5 }),
        engineStep("gate", { priority: 9 }),
        engineStep("late-urgent", { priority: 5, dependencies: ["gate"] }),
      ],
      { maxConcurrent: 1 },
    );
    const run = new VirtualRun({ plan });
    run.finish();
    assert.deepEqual(starts(run), ["gate", "urgent", "late-urgent", "first", "second", "low"]);
  });

  it("runs at most maxConcurrent steps and fills a place as soon as it is free: a queue, not waves", () => {
    const ids = ["a", "b", "c", "d", "e"];
    const plan = enginePlan(
      ids.map((id) => engineStep(id)),
      { maxConcurrent: 2 },
    );
    const run = new VirtualRun({ plan, script: (id) => ({ duration: id === "a" ? 5_000 : 1_000 }) });
    run.finish();
    const at = run.events.flatMap((event) => (event.type === "attempt.started" ? `${event.t} ${event.stepId}` : []));
    assert.deepEqual(at, ["0 a", "0 b", "1000 c", "2000 d", "3000 e"]);
    checkJournal(plan, run.events);
  });

  it("respects the limit of an agent and passes over its steps for those of others (D3)", () => {
    const plan = enginePlan(
      [engineStep("c1", { agent: "coder" }), engineStep("c2", { agent: "coder" }), engineStep("s1"), engineStep("s2")],
      { agentLimits: { coder: 1 } },
    );
    const run = new VirtualRun({ plan, onIdle: checkBlockers });
    assert.deepEqual(starts(run), ["c1", "s1", "s2"]);
    run.finish();
    assert.deepEqual(starts(run), ["c1", "s1", "s2", "c2"]);
    checkJournal(plan, run.events);
  });

  it("ends an execution without steps at once", () => {
    const run = new VirtualRun({ plan: enginePlan([]) });
    assert.equal(run.state.finished?.status, "completed");
  });

  it("refuses a plan with a cycle or an unknown dependency, which is never approved", () => {
    const created = (steps: ReturnType<typeof engineStep>[]): (() => void) => {
      const stamp = { v: 1, executionId: "x", seq: 1, at: "2026-01-01T00:00:00.000Z", t: 0 } as const;
      return () => void createState({ ...stamp, ...createdBody(enginePlan(steps)) });
    };
    const cycle = [engineStep("a", { dependencies: ["b"] }), engineStep("b", { dependencies: ["a"] })];
    assert.throws(created(cycle), /cycle/);
    assert.throws(created([engineStep("a", { dependencies: ["ghost"] })]), /a depends on ghost/);
  });
});

describe("engine: skipped steps (B2)", () => {
  it("waives a skipped step: what depends on it waits for what the skipped one waited for", () => {
    const plan = enginePlan([
      engineStep("a"),
      engineStep("skipped", { dependencies: ["a"], skip: true }),
      engineStep("c", { dependencies: ["skipped"] }),
    ]);
    const run = new VirtualRun({ plan });
    run.finish();
    assert.deepEqual(run.transcript(), [
      "0 a/1 started",
      "1000 a/1 succeeded",
      "1000 a completed",
      "1000 skipped skipped",
      "1000 c/1 started",
      "2000 c/1 succeeded",
      "2000 c completed",
      "2000 execution completed",
    ]);
    checkJournal(plan, run.events);
  });

  it("does not waive it when what it waited for failed", () => {
    const plan = enginePlan([
      engineStep("a"),
      engineStep("skipped", { dependencies: ["a"], skip: true }),
      engineStep("c", { dependencies: ["skipped"] }),
    ]);
    const run = new VirtualRun({ plan, script: () => ({ fails: "exit_nonzero" }) });
    run.finish();
    assert.deepEqual(starts(run), ["a"]);
    assert.equal(run.state.counts.skipped, 2);
  });

  it("needs no place, agent or money for a skipped step", () => {
    const plan = enginePlan(
      [
        engineStep("busy"),
        engineStep("skipped", { skip: true, cost: 9_000_000 }),
        engineStep("c", { dependencies: ["skipped"] }),
      ],
      { maxConcurrent: 1, agentLimits: { shell: 1 }, budget: { limit: 0, currency: "USD", mode: "enforce" } },
    );
    const run = new VirtualRun({ plan });
    assert.deepEqual(run.transcript(), ["0 skipped skipped", "0 busy/1 started"]);
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
  });
});
