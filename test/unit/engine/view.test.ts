import assert from "node:assert/strict";
import { ExecutionView } from "../../../schemas/execution.ts";
import { progressOf, viewOf } from "../../../worker/engine/view.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { attemptEnd, VirtualRun } from "../../support/virtual-run.ts";

describe("engine: blockers", () => {
  it("names what every waiting step waits for", () => {
    const plan = enginePlan(
      [
        engineStep("coding", { agent: "coder" }),
        engineStep("coding-too", { agent: "coder", title: "More code" }),
        engineStep("crashed", { priority: 2 }),
        engineStep("long", { priority: 1 }),
        engineStep("after-one", { dependencies: ["long"] }),
        engineStep("after-two", { dependencies: ["coding", "coding-too"] }),
      ],
      { maxConcurrent: 3, agentLimits: { coder: 1 } },
    );
    const run = new VirtualRun({
      plan,
      script: (id) => (id === "crashed" ? { fails: "crash", duration: 100 } : { duration: 60_000 }),
    });
    run.until(600);
    const blockers = viewOf(run.state, run.t, "x").steps.map(({ id, status, blocker }) => [
      id,
      status,
      blocker && `${blocker.kind}: ${blocker.detail}`,
    ]);
    assert.deepEqual(blockers, [
      ["coding", "running", null],
      ["coding-too", "ready", "agent: agent coder is at its limit"],
      ["crashed", "waiting", "backoff: next attempt in 1.5s"],
      ["long", "running", null],
      ["after-one", "pending", 'dependency: waits for "long"'],
      ["after-two", "pending", 'dependency: waits for "coding" and 1 more'],
    ]);
    const { waiting, waitingTotal } = progressOf(run.state, run.t);
    assert.deepEqual(
      waiting.map(({ stepId }) => stepId),
      ["crashed", "coding-too", "after-one", "after-two"],
    );
    assert.equal(waitingTotal, 4);
    assert.deepEqual(waiting[3]?.blocker.steps, ["coding", "coding-too"]);
  });

  it("names a taken place", () => {
    const plan = enginePlan([engineStep("a"), engineStep("b")], { maxConcurrent: 1 });
    const run = new VirtualRun({ plan });
    assert.deepEqual(viewOf(run.state, 0, "x").steps[1]?.blocker, {
      kind: "slot",
      detail: "1 of 1 places are taken",
      steps: [],
    });
  });

  it("names only those dependencies that are still open", () => {
    const plan = enginePlan([
      engineStep("done"),
      engineStep("waived", { skip: true }),
      engineStep("open", { title: "Still open" }),
      engineStep("last", { dependencies: ["done", "waived", "open"] }),
    ]);
    const run = new VirtualRun({ plan, script: (id) => ({ duration: id === "open" ? 9_000 : 1_000 }) });
    run.until(1_000);
    assert.deepEqual(viewOf(run.state, run.t, "x").steps[3]?.blocker, {
      kind: "dependency",
      detail: 'waits for "Still open"',
      steps: ["open"],
    });
  });

  it("lists no more than a screenful, whatever the size of the plan", () => {
    const steps = Array.from({ length: 500 }, (_, index) => engineStep(`s${index}`));
    const run = new VirtualRun({ plan: enginePlan(steps) });
    const { waiting, waitingTotal, running } = progressOf(run.state, 0);
    assert.deepEqual([waiting.length, waitingTotal, running.length], [20, 496, 4]);
  });
});

describe("engine: progress (C6)", () => {
  const plan = enginePlan(
    [
      engineStep("a", { title: "First", duration: 4_000 }),
      engineStep("b", { title: "Second", duration: 1_000, simulated: true }),
      engineStep("c", { dependencies: ["a"], duration: 6_000 }),
      engineStep("d", { dependencies: ["b"], duration: 2_000 }),
    ],
    { maxConcurrent: 2 },
  );

  it("counts, names what runs longest, and tells the time so far and the time left", () => {
    const run = new VirtualRun({ plan, script: (id) => ({ duration: id === "b" ? 1_000 : 5_000 }) });
    assert.equal(progressOf(run.state, 0).remaining, 10_000, "the way a, c is the longest");
    run.until(2_500);
    const progress = progressOf(run.state, 2_500);
    assert.deepEqual(progress.running, [
      { stepId: "a", title: "First", agent: "shell", simulated: false, attempt: 1, elapsed: 2_500, asks: null },
      { stepId: "d", title: "d", agent: "shell", simulated: false, attempt: 1, elapsed: 1_500, asks: null },
    ]);
    assert.equal(progress.currentStep, "First");
    assert.deepEqual([progress.completed, progress.total, progress.waitingTotal], [1, 4, 1]);
    assert.equal(progress.elapsed, 2_500);
    assert.equal(progress.remaining, 1_500 + 6_000);
    assert.equal(
      progressOf(run.state, 4_500).remaining,
      6_000,
      "an attempt that takes longer than expected has 0 left",
    );
  });

  it("shares the work among the places when that takes longer than the longest way", () => {
    const steps = Array.from({ length: 10 }, (_, index) => engineStep(`s${index}`, { duration: 1_000 }));
    const run = new VirtualRun({ plan: enginePlan(steps, { maxConcurrent: 2 }) });
    assert.equal(progressOf(run.state, 0).remaining, 5_000);
  });

  it("adds what is left of a backoff, and nothing for what is skipped", () => {
    const steps = [
      engineStep("a", { duration: 1_000 }),
      engineStep("s", { skip: true, duration: null, dependencies: ["a"] }),
    ];
    const run = new VirtualRun({ plan: enginePlan(steps), script: () => ({ fails: "crash" }) });
    run.until(1_500);
    assert.equal(progressOf(run.state, 1_500).remaining, 1_500 + 1_000);
  });

  it("does not guess when an estimate is missing on the way", () => {
    const run = new VirtualRun({ plan: enginePlan([engineStep("a", { duration: null })]) });
    assert.equal(progressOf(run.state, 0).remaining, null);
    run.finish();
    assert.equal(progressOf(run.state, run.t).remaining, 0);
  });

  it("stands still after the end", () => {
    const run = new VirtualRun({ plan });
    run.finish();
    const after = progressOf(run.state, run.t + 60_000);
    assert.equal(after.elapsed, 2_000);
    assert.deepEqual([after.status, after.waiting, after.waitingTotal], ["completed", [], 0]);
  });
});

describe("engine: the view of an execution", () => {
  it("says of every step when, how long, how often, with what and what it left behind", () => {
    const plan = enginePlan([engineStep("a"), engineStep("s", { skip: true })]);
    const run = new VirtualRun({
      plan,
      script: (_, attempt) => ({ duration: null, fails: attempt === 1 ? "crash" : null }),
    });
    run.until(700);
    run.deliver(
      "a",
      1,
      attemptEnd({ outcome: "failed", failure: { code: "crash", message: "gone", retryable: true }, duration: 700 }),
    );
    run.until(3_000);
    const midway = viewOf(run.state, 3_000, "x.spec.md").steps[0];
    assert.deepEqual([midway?.status, midway?.attempts, midway?.duration], ["running", 2, 700 + 300]);
    assert.equal(midway?.failure?.message, "gone", "why it is tried again");
    const artifacts = [{ type: "file", path: "out.txt", url: null, sha256: "00", size: 1 }];
    run.deliver("a", 2, attemptEnd({ artifacts, duration: 300 }));
    const view = viewOf(run.state, run.t, "x.spec.md");
    assert.deepEqual(view.steps[0], {
      id: "a",
      title: "a",
      status: "completed",
      agent: "shell",
      simulated: false,
      attempts: 2,
      startTime: "2026-01-01T00:00:00.000Z",
      endTime: "2026-01-01T00:00:03.000Z",
      duration: 1_000,
      result: null,
      failure: null,
      cost: 0,
      findings: null,
      blocker: null,
    });
    assert.deepEqual(view.artifacts, [{ ...artifacts[0], stepId: "a", simulated: false }]);
    assert.deepEqual([view.steps[1]?.agent, view.steps[1]?.startTime, view.steps[1]?.duration], [null, null, null]);
    assert.equal(view.seq, run.events.length);
    assert.deepEqual(ExecutionView.parse(view), view);
  });

  it("is marked when a step is simulated", () => {
    const simulated = (value: boolean): boolean =>
      viewOf(new VirtualRun({ plan: enginePlan([engineStep("a", { simulated: value })]) }).state, 0, "x").simulated;
    assert.deepEqual([simulated(true), simulated(false)], [true, false]);
  });
});
