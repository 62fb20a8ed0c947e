import assert from "node:assert/strict";
import { viewOf } from "../../../worker/engine/view.ts";
import { checkBlockers, checkJournal } from "../../support/invariants.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { VirtualRun } from "../../support/virtual-run.ts";

describe("engine: cancel (C5)", () => {
  const plan = enginePlan(
    [
      engineStep("running"),
      engineStep("crashed"),
      engineStep("queued"),
      engineStep("after", { dependencies: ["running"] }),
    ],
    { maxConcurrent: 2 },
  );
  const script = (id: string) =>
    id === "crashed" ? { fails: "crash" as const, duration: 500 } : { duration: 60_000, stopsIn: 700 };

  it("starts nothing more, stops what runs, and ends every step", () => {
    const run = new VirtualRun({ plan, script, onIdle: checkBlockers });
    run.until(1_000);
    run.cancel();
    assert.equal(viewOf(run.state, run.t, "x").status, "cancelling");
    run.finish();
    assert.deepEqual(run.transcript(), [
      "0 running/1 started",
      "0 crashed/1 started",
      "500 crashed/1 failed",
      "500 crashed/2 in 2000",
      "500 queued/1 started",
      "1000 cancel",
      "1000 running/1 stopping: cancel",
      "1000 crashed cancelled",
      "1000 queued/1 stopping: cancel",
      "1000 after cancelled",
      "1700 running/1 cancelled",
      "1700 queued/1 cancelled",
      "1700 running cancelled",
      "1700 queued cancelled",
      "1700 execution cancelled",
    ]);
    assert.deepEqual(run.state.finished?.failure, { code: "cancelled", message: "cancelled by ada", retryable: false });
    const { completed, failed, skipped, waitingTotal } = viewOf(run.state, run.t, "x").progress;
    assert.deepEqual([completed, failed, skipped, waitingTotal], [0, 0, 4, 0], "what was cancelled was not run");
    checkJournal(plan, run.events);
  });

  it("counts a step that still succeeds as completed, and what fails on being stopped as cancelled", () => {
    const run = new VirtualRun({
      plan,
      script: (id) => ({ duration: 60_000, fails: "crash", whenStopped: id === "running" ? "succeeded" : "failed" }),
    });
    run.until(1_000);
    run.cancel();
    run.finish();
    assert.deepEqual({ ...run.state.counts }, { completed: 1, failed: 0, skipped: 0, cancelled: 3 });
    assert.equal(run.state.finished?.status, "cancelled");
  });

  it("may become a forced one later, keeps who asked first, and stops each attempt once", () => {
    const run = new VirtualRun({ plan, script });
    run.until(100);
    run.cancel("ada");
    run.cancel("grace", true);
    run.cancel("grace");
    assert.deepEqual(run.state.cancel, { by: "ada", force: true });
    run.finish();
    assert.equal(run.transcript().filter((line) => line.includes("running/1 stopping")).length, 1);
    checkJournal(plan, run.events);
  });

  it("leaves a running timeout as it is", () => {
    const late = enginePlan([engineStep("a", { timeout: 1_000 })]);
    const run = new VirtualRun({ plan: late, script: () => ({ duration: null, stopsIn: 5_000 }) });
    run.until(2_000);
    run.cancel();
    run.finish();
    assert.deepEqual(run.transcript().slice(1), [
      "1000 a/1 stopping: timeout",
      "2000 cancel",
      "6000 a/1 failed",
      "6000 a failed",
      "6000 execution cancelled",
    ]);
  });

  it("winds down at once when nothing runs", () => {
    const run = new VirtualRun({ plan: enginePlan([engineStep("a")]), script: () => ({ fails: "crash" }) });
    run.until(1_500);
    run.cancel();
    assert.equal(run.state.finished?.status, "cancelled");
    assert.equal(run.t, 1_500);
  });
});

describe("engine: interrupted executions (C9)", () => {
  const plan = enginePlan(
    [
      engineStep("done"),
      engineStep("running", { cost: 2_000_000 }),
      engineStep("after", { dependencies: ["running"] }),
    ],
    { budget: { limit: 5_000_000, currency: "USD", mode: "enforce" } },
  );

  function interrupted(): VirtualRun {
    const run = new VirtualRun({ plan, script: (id) => ({ duration: id === "done" ? 100 : 60_000 }) });
    run.until(1_000);
    run.emit({ type: "execution.interrupted", message: "the worker that ran it ended unexpectedly" });
    return run;
  }

  it("shows no step as running, keeps what is finished, and names the missing worker", () => {
    const run = interrupted();
    const view = viewOf(run.state, run.t, "x.spec.md");
    assert.equal(view.status, "interrupted");
    assert.deepEqual(
      view.steps.map(({ status, blocker }) => [status, blocker?.kind ?? null]),
      [
        ["completed", null],
        ["waiting", "worker"],
        ["pending", "dependency"],
      ],
    );
    assert.equal(view.progress.running.length, 0);
    assert.equal(view.progress.waiting[0]?.blocker.kind, "worker");
    assert.equal(run.stepState("running").past[0]?.outcome, "interrupted");
  });

  it("keeps the reservation of an attempt whose end is not known: unknown is not zero", () => {
    const run = interrupted();
    assert.equal(run.state.ledger.reserved, 0);
    assert.equal(run.state.ledger.held, 2_000_000);
    assert.equal(viewOf(run.state, run.t, "x").costs.reserved, 2);
  });

  it("fences off the answer of the dead worker's attempt", () => {
    const run = interrupted();
    const before = run.events.length;
    run.emit({ type: "cancel.requested", by: "ada", force: false });
    run.deliver("running", 1);
    assert.equal(run.events[before + 1]?.type, "attempt.fenced");
  });

  it("can be cancelled, and every step then ends", () => {
    const run = interrupted();
    run.cancel();
    assert.equal(run.state.finished?.status, "cancelled");
    assert.equal(run.state.counts.cancelled, 2);
    assert.equal(viewOf(run.state, run.t, "x").status, "cancelled");
  });

  it("shows a step whose attempt had ended, but not the step, as waiting and not as running", () => {
    const run = new VirtualRun({ plan: enginePlan([engineStep("a")]), script: () => ({ duration: null }) });
    const live = run.events.at(-1);
    assert.ok(live?.type === "attempt.started");
    run.emit({
      ...{ type: "attempt.finished", stepId: "a", attemptId: live.attemptId, attempt: 1, outcome: "succeeded" },
      ...{ failure: null, result: null, costs: [], artifacts: [], duration: 1 },
    });
    assert.equal(viewOf(run.state, run.t, "x").steps[0]?.status, "running");
    run.emit({ type: "execution.interrupted", message: "gone" });
    const { steps, progress } = viewOf(run.state, run.t, "x");
    const [step] = steps;
    assert.deepEqual(
      progress.waiting.map(({ stepId }) => stepId),
      ["a"],
    );
    assert.deepEqual([step?.status, step?.blocker?.kind], ["waiting", "worker"]);
  });
});
