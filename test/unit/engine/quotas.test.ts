import assert from "node:assert/strict";
import type { EngineStep } from "../../../schemas/event.ts";
import { isAtRest } from "../../../worker/engine/decide.ts";
import { viewOf } from "../../../worker/engine/view.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { VirtualRun, type Script } from "../../support/virtual-run.ts";

const HOUR = 3_600_000;
const ONCE = { ...engineStep("a").retry, maxAttempts: 1, retryOn: [] };

function runOf(script: Script, more: Partial<EngineStep> = {}): VirtualRun {
  return new VirtualRun({ plan: enginePlan([engineStep("a", { retry: ONCE, ...more })]), script });
}

const usedUp =
  (times: number, retryAfter: number): Script =>
  (_, attempt) =>
    attempt <= times ? { duration: 1_000, fails: "rate_limit", retryAfter } : {};

describe("engine: a quota that comes back (C2)", () => {
  it("is waited for, whatever the step says of retries, and the attempt does not count", () => {
    const run = runOf(usedUp(2, 5 * HOUR));
    run.finish();
    assert.deepEqual(run.transcript(), [
      "0 a/1 started",
      "1000 a/1 failed",
      "1000 a/2 in 18000000",
      "18001000 a/2 started",
      "18002000 a/2 failed",
      "18002000 a/3 in 18000000",
      "36002000 a/3 started",
      "36003000 a/3 succeeded",
      "36003000 a completed",
      "36003000 execution completed",
    ]);
  });

  it("the attempts that the step has are those that did something else", () => {
    const retry = { ...ONCE, maxAttempts: 2, retryOn: ["crash" as const] };
    const run = runOf(
      (_, attempt) => (attempt === 2 ? { fails: "rate_limit", retryAfter: 9_000 } : { fails: "crash" }),
      { retry },
    );
    run.finish();
    assert.equal(run.events.filter(({ type }) => type === "attempt.started").length, 3);
    assert.equal(run.state.finished?.failure?.code, "crash");
  });

  it("says since when it waits and for how long, and holds the worker meanwhile", () => {
    const run = runOf(usedUp(9, HOUR));
    run.until(HOUR + 1_000 + 1_000 + 600_000);
    const [step] = viewOf(run.state, run.t, "x").steps;
    assert.equal(step?.status, "waiting");
    assert.deepEqual(step.blocker, {
      kind: "backoff",
      detail: "the quota of agent shell has been used up for 1h10m: next attempt in 50m",
      steps: [],
    });
    assert.equal(isAtRest(run.state), false);
  });

  it("is given up after twenty times in a row, or a day", () => {
    const often = runOf(usedUp(99, 1_000));
    often.finish();
    assert.equal(often.events.filter(({ type }) => type === "attempt.started").length, 21);
    assert.equal(often.state.finished?.failure?.code, "rate_limit");
    const long = runOf(usedUp(99, 10 * HOUR));
    long.finish();
    assert.equal(long.events.filter(({ type }) => type === "attempt.started").length, 3);
    const tooLong = runOf(usedUp(99, 25 * HOUR));
    tooLong.finish();
    assert.equal(tooLong.events.filter(({ type }) => type === "attempt.started").length, 1);
  });

  it("goes to the next agent at once where there is one, and does not count either", () => {
    const run = runOf(usedUp(1, HOUR), { fallbacks: ["other"], retry: { ...ONCE, base: 1_000 } });
    run.until(2_000);
    assert.deepEqual(
      run.events.flatMap((event) => (event.type === "attempt.started" ? [`${event.t} ${event.agent}`] : [])),
      ["0 shell", "2000 other"],
    );
    assert.equal(run.stepState("a").tries, 1);
  });

  it("a person may have it tried now, and a pause keeps it from starting", () => {
    const run = runOf(usedUp(1, HOUR));
    run.until(5_000);
    run.command({ kind: "retry", stepId: "a" });
    run.finish();
    assert.equal(run.events.findLast(({ type }) => type === "attempt.started")?.t, 5_000);
    const paused = runOf(usedUp(1, HOUR));
    paused.command({ kind: "pause" });
    paused.until(2 * HOUR);
    assert.equal(paused.stepState("a").attempts, 1);
  });

  it("comes back by the clock on the wall while no worker was there", () => {
    const run = runOf(usedUp(1, HOUR));
    run.until(2_000);
    run.emit({ type: "execution.interrupted", message: "gone" });
    const resumed = run.events.length;
    // The next worker comes 50 minutes later; the execution's own clock stood still.
    const late = new Date(Date.UTC(2026, 0, 1) + 2_000 + 50 * 60_000).toISOString();
    run.emit({ type: "execution.resumed", by: "ada" }, late);
    assert.equal(run.events.length, resumed + 1);
    run.finish();
    const again = run.events.findLast(({ type }) => type === "attempt.started");
    assert.equal(again?.t, 2_000 + HOUR - 1_000 - 50 * 60_000);
  });
});
