import assert from "node:assert/strict";
import { checkBlockers, checkJournal } from "../../support/invariants.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { VirtualRun } from "../../support/virtual-run.ts";

describe("engine: policy continue (C4)", () => {
  const steps = [
    engineStep("a", { title: "Build it" }),
    engineStep("after", { dependencies: ["a"] }),
    engineStep("last", { dependencies: ["after"] }),
    engineStep("other"),
    engineStep("after-other", { dependencies: ["other"] }),
  ];

  it("skips what depends on the failed step, with the reason, and goes on with the rest", () => {
    const plan = enginePlan(steps);
    const run = new VirtualRun({
      plan,
      script: (id) => ({ fails: id === "a" ? "exit_nonzero" : null }),
      onIdle: checkBlockers,
    });
    run.finish();
    assert.deepEqual(run.transcript(), [
      "0 a/1 started",
      "0 other/1 started",
      "1000 a/1 failed",
      "1000 other/1 succeeded",
      "1000 a failed",
      "1000 other completed",
      "1000 after skipped",
      "1000 after-other/1 started",
      "1000 last skipped",
      "2000 after-other/1 succeeded",
      "2000 after-other completed",
      "2000 execution failed",
    ]);
    const reasons = ["after", "last"].map((id) => {
      const { phase } = run.stepState(id);
      return phase.kind === "ended" ? phase.failure : null;
    });
    assert.deepEqual(reasons, [
      {
        code: "dependency_failed",
        message: 'not run: "Build it", which it depends on, failed',
        retryable: false,
      },
      { code: "dependency_failed", message: 'not run: "after", which it depends on, was skipped', retryable: false },
    ]);
    checkJournal(plan, run.events);
  });

  it("names the failed steps in the execution's end, and counts the rest when there are many", () => {
    const few = new VirtualRun({
      plan: enginePlan([engineStep("a"), engineStep("b"), engineStep("c")]),
      script: (id) => ({ fails: id === "b" ? null : "check_failed" }),
    });
    few.finish();
    assert.equal(few.state.finished?.status, "failed");
    assert.deepEqual(few.state.finished?.failure, {
      code: "check_failed",
      message: '"a", "c" failed: a broke',
      retryable: false,
    });
    const many = new VirtualRun({
      plan: enginePlan(["a", "b", "c", "d", "e"].map((id) => engineStep(id))),
      script: () => ({ fails: "exit_nonzero" }),
    });
    many.finish();
    assert.equal(many.state.finished?.failure?.message, '"a", "b", "c" and 2 more failed: a broke');
  });
});

describe("engine: policy fail-fast (C4)", () => {
  const plan = enginePlan([
    engineStep("bad", { title: "Deploy", onFailure: "fail-fast" }),
    engineStep("slow"),
    engineStep("after-slow", { dependencies: ["slow"] }),
    engineStep("after-bad", { dependencies: ["bad"] }),
  ]);

  it("starts nothing more, stops what runs, and ends as failed with the step's own reason", () => {
    const run = new VirtualRun({
      plan,
      script: (id) => (id === "bad" ? { fails: "exit_nonzero" } : { duration: 60_000, stopsIn: 300 }),
      onIdle: checkBlockers,
    });
    run.finish();
    assert.deepEqual(run.transcript(), [
      "0 bad/1 started",
      "0 slow/1 started",
      "1000 bad/1 failed",
      "1000 bad failed",
      "1000 slow/1 stopping: fail-fast",
      "1000 after-slow cancelled",
      "1000 after-bad cancelled",
      "1300 slow/1 cancelled",
      "1300 slow cancelled",
      "1300 execution failed",
    ]);
    assert.equal(run.state.finished?.failure?.message, '"Deploy" failed: bad broke');
    const { phase } = run.stepState("slow");
    assert.equal(
      phase.kind === "ended" && phase.failure?.message,
      'stopped because "Deploy" failed and its policy is fail-fast',
    );
    checkJournal(plan, run.events);
  });

  it("waits for the last attempt before it gives up", () => {
    const run = new VirtualRun({
      plan,
      script: (id, attempt) => ({ fails: id === "bad" && attempt === 1 ? "crash" : null }),
    });
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
  });

  it("tries nothing again while it winds down", () => {
    const run = new VirtualRun({
      plan,
      script: (id) =>
        id === "bad" ? { fails: "exit_nonzero" } : { duration: 60_000, whenStopped: "failed", fails: "crash" },
    });
    run.finish();
    assert.equal(run.stepState("slow").attempts, 1);
    assert.equal(run.state.counts.cancelled, 3, "a stopped attempt is cancelled, whatever its agent says");
    checkJournal(plan, run.events);
  });

  it("holds for the step that has it only", () => {
    const run = new VirtualRun({ plan, script: (id) => ({ fails: id === "slow" ? "exit_nonzero" : null }) });
    run.finish();
    assert.equal(run.state.counts.completed, 2);
  });
});
