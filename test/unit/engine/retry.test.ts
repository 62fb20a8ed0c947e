import assert from "node:assert/strict";
import type { FailureCode } from "../../../schemas/failure.ts";
import { retryDelay } from "../../../worker/engine/retry.ts";
import { checkBlockers, checkJournal } from "../../support/invariants.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { attemptEnd, VirtualRun } from "../../support/virtual-run.ts";

const ordinary = engineStep("a").retry;

describe("engine: retries (C2)", () => {
  it("tries three times with delays of 2 s and 4 s, then fails with the last reason", () => {
    const plan = enginePlan([engineStep("a")]);
    const run = new VirtualRun({ plan, script: () => ({ fails: "crash" }), onIdle: checkBlockers });
    run.finish();
    assert.deepEqual(run.transcript(), [
      "0 a/1 started",
      "1000 a/1 failed",
      "1000 a/2 in 2000",
      "3000 a/2 started",
      "4000 a/2 failed",
      "4000 a/3 in 4000",
      "8000 a/3 started",
      "9000 a/3 failed",
      "9000 a failed",
      "9000 execution failed",
    ]);
    assert.deepEqual(run.state.finished?.failure, { code: "crash", message: '"a" failed: a broke', retryable: true });
    checkJournal(plan, run.events);
  });

  it("doubles up to the cap of 8 s when more attempts are configured", () => {
    const delays = [1, 2, 3, 4, 9].map((attempt) => retryDelay(ordinary, attempt, "seed"));
    assert.deepEqual(delays, [2_000, 4_000, 8_000, 8_000, 8_000]);
    assert.equal(retryDelay({ ...ordinary, base: 9_000 }, 1, "seed"), 8_000, "the cap holds for the first delay too");
    assert.equal(retryDelay({ ...ordinary, base: 100, factor: 1 }, 5, "seed"), 100);
  });

  it("recovers when a later attempt succeeds, and what depends on it goes on", () => {
    const plan = enginePlan([engineStep("a"), engineStep("b", { dependencies: ["a"] })]);
    const run = new VirtualRun({
      plan,
      script: (id, attempt) => ({ fails: id === "a" && attempt < 3 ? "transport" : null }),
    });
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
    assert.equal(run.stepState("a").attempts, 3);
    checkJournal(plan, run.events);
  });

  const byDefault: [FailureCode, number][] = [
    ["timeout", 3],
    ["transport", 3],
    ["crash", 3],
    ["rate_limit", 3],
    ["agent_error", 1],
    ["exit_nonzero", 1],
    ["check_failed", 1],
    ["output_missing", 1],
    ["command_not_found", 1],
  ];
  for (const [code, attempts] of byDefault) {
    it(`makes ${attempts} attempt(s) for ${code}: the code decides, not the text`, () => {
      const run = new VirtualRun({ plan: enginePlan([engineStep("a")]), script: () => ({ fails: code }) });
      run.finish();
      assert.equal(run.stepState("a").attempts, attempts);
    });
  }

  it("makes N + 1 attempts for `retries: N`, also for exits and checks", () => {
    const retry = { ...ordinary, maxAttempts: 6, retryOn: [...ordinary.retryOn, "exit_nonzero" as const] };
    const plan = enginePlan([engineStep("a", { retry })]);
    const run = new VirtualRun({ plan, script: () => ({ fails: "exit_nonzero" }) });
    run.finish();
    const delays = run.events.flatMap((event) => (event.type === "retry.scheduled" ? event.delay : []));
    assert.deepEqual(delays, [2_000, 4_000, 8_000, 8_000, 8_000]);
    assert.equal(run.stepState("a").attempts, 6);
    checkJournal(plan, run.events);
  });

  it("makes one attempt only when one is configured", () => {
    const retry = { ...ordinary, maxAttempts: 1 };
    const run = new VirtualRun({ plan: enginePlan([engineStep("a", { retry })]), script: () => ({ fails: "crash" }) });
    run.finish();
    assert.equal(run.stepState("a").attempts, 1);
  });

  it("gives the place away during the backoff, and wakes nobody while a due step waits for a place", () => {
    const plan = enginePlan([engineStep("a", { priority: 1 }), engineStep("long")], { maxConcurrent: 1 });
    const run = new VirtualRun({
      plan,
      script: (id, attempt) => (id === "long" ? { duration: 60_000 } : { fails: attempt === 1 ? "crash" : null }),
      onIdle: checkBlockers,
    });
    run.until(5_000);
    assert.equal(run.nextMoment(), 61_000, "the only thing to wait for is the end of the long step");
    run.finish();
    assert.deepEqual(
      run.transcript().filter((line) => line.includes("started")),
      ["0 a/1 started", "1000 long/1 started", "61000 a/2 started"],
    );
  });
});

describe("engine: timeouts (C3)", () => {
  it("asks the attempt to stop, waits until it is gone, fails it as `timeout`, and tries again", () => {
    const plan = enginePlan([engineStep("a", { timeout: 30_000 })]);
    const run = new VirtualRun({
      plan,
      script: (_, attempt) => (attempt === 1 ? { duration: null, stopsIn: 4_000 } : {}),
      onIdle: checkBlockers,
    });
    run.finish();
    assert.deepEqual(run.transcript(), [
      "0 a/1 started",
      "30000 a/1 stopping: timeout",
      "34000 a/1 failed",
      "34000 a/2 in 2000",
      "36000 a/2 started",
      "37000 a/2 succeeded",
      "37000 a completed",
      "37000 execution completed",
    ]);
    checkJournal(plan, run.events);
  });

  it("says how long it was and what to do", () => {
    const plan = enginePlan([engineStep("a", { timeout: 90_000, retry: { ...ordinary, maxAttempts: 1 } })]);
    const run = new VirtualRun({ plan, script: () => ({ duration: null, whenStopped: "failed", fails: "crash" }) });
    run.finish();
    const reason = run.state.finished?.failure;
    assert.equal(reason?.code, "timeout", "an attempt that we stopped did not crash");
    assert.match(reason?.message ?? "", /"a" failed: stopped after its timeout of 1m30s: raise "timeout"/);
  });

  it("counts an attempt that succeeds before it notices as succeeded", () => {
    const plan = enginePlan([engineStep("a", { timeout: 500 })]);
    const run = new VirtualRun({ plan, script: () => ({ duration: null, whenStopped: "succeeded" }) });
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
  });

  it("has no timeout where none is set, and a new deadline for each attempt", () => {
    const plan = enginePlan([engineStep("a"), engineStep("b", { timeout: 5_000 })]);
    const run = new VirtualRun({
      plan,
      script: (id, attempt) => ({
        duration: id === "a" ? 3_600_000 : 4_000,
        fails: id === "b" && attempt < 3 ? "crash" : null,
      }),
    });
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
    assert.ok(!run.transcript().some((line) => line.includes("stopping")));
  });

  it("stops an attempt once, however long it takes", () => {
    const plan = enginePlan([engineStep("a", { timeout: 100, retry: { ...ordinary, maxAttempts: 1 } })]);
    const run = new VirtualRun({ plan, script: () => ({ duration: null, stopsIn: 60_000 }) });
    run.until(30_000);
    run.settle();
    assert.equal(run.transcript().filter((line) => line.includes("stopping")).length, 1);
    assert.equal(run.nextMoment(), 60_100);
  });
});

describe("engine: answers", () => {
  it("fences off a late answer of an attempt that is over and records it", () => {
    const plan = enginePlan([engineStep("a"), engineStep("b")]);
    const run = new VirtualRun({
      plan,
      script: (id, attempt) => ({ fails: id === "a" && attempt === 1 ? "crash" : null }),
    });
    run.until(3_500);
    run.deliver("a", 1);
    assert.equal(run.stepState("a").phase.kind, "running", "attempt 2 goes on");
    run.deliver("b", 1, { outcome: "failed", costs: [] });
    run.deliver("ghost", 1);
    assert.deepEqual(
      run.transcript().filter((line) => line.includes("fenced")),
      ["3500 a/1 fenced", "3500 b/1 fenced", "3500 ghost/1 fenced"],
    );
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
    checkJournal(plan, run.events);
  });

  it("gives a failed attempt a reason when its agent gives none", () => {
    const run = new VirtualRun({ plan: enginePlan([engineStep("a")]), script: () => ({ duration: null }) });
    run.deliver("a", 1, { outcome: "failed", failure: null });
    assert.equal(run.state.finished?.status, "failed");
    assert.equal(run.state.finished?.failure?.code, "agent_error");
  });

  it("counts an agent that says to be cancelled although nobody stopped it as failed", () => {
    const plan = enginePlan([engineStep("a"), engineStep("b", { dependencies: ["a"] })]);
    const run = new VirtualRun({ plan, script: () => ({ duration: null }) });
    run.deliver("a", 1, { outcome: "cancelled" });
    assert.equal(run.state.finished?.status, "failed");
    assert.match(run.state.finished?.failure?.message ?? "", /"a" failed: the agent stopped by itself/);
  });

  it("keeps a good answer as it is", () => {
    const run = new VirtualRun({ plan: enginePlan([engineStep("a")]), script: () => ({ duration: null }) });
    const result = { end: { exitCode: 0, signal: null }, check: null, tail: "done" };
    const artifacts = [{ type: "file", path: "out.txt", url: null, sha256: "00", size: 1 }];
    run.deliver("a", 1, attemptEnd({ result, artifacts, duration: 12.6 }));
    const event = run.events.find(({ type }) => type === "attempt.finished");
    assert.deepEqual(
      event?.type === "attempt.finished" && { result: event.result, artifacts: event.artifacts, ms: event.duration },
      { result, artifacts, ms: 13 },
    );
  });
});
