import assert from "node:assert/strict";
import type { EnginePlan } from "../../../schemas/event.ts";
import type { Command } from "../../../worker/engine/command.ts";
import { accept } from "../../../worker/engine/command.ts";
import { blockerOf } from "../../../worker/engine/blocker.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { VirtualRun } from "../../support/virtual-run.ts";

const retry = {
  maxAttempts: 3,
  base: 2_000,
  factor: 2,
  cap: 8_000,
  jitter: 0,
  retryOn: ["crash" as const, "killed" as const],
};

function revision(plan: EnginePlan, stale: string[] = []): Command {
  return {
    kind: "revise",
    revision: { over: null, planId: "p2", planHash: "1".repeat(64), title: "test", plan, stale },
  };
}

describe("engine: steps that are begun anew while others go on (A7, C5)", () => {
  it("refuses a revision that was worked out against a plan that is no longer in force", () => {
    const plan = enginePlan([engineStep("a")]);
    const run = new VirtualRun({ plan });
    const first = revision(plan, ["a"]);
    const second: Command =
      first.kind === "revise" ? { kind: "revise", revision: { ...first.revision, over: run.state.planHash } } : first;
    run.command(first, "ada");
    const late = accept(run.state, second, "grace");
    assert.equal(late.ok ? null : late.failure.code, "conflict");
    assert.match(late.ok ? "" : late.failure.message, /goes on under another plan.*--against run-1/);
  });

  it("1: a step in its backoff waits for what it depends on when that is rerun", () => {
    const plan = enginePlan([engineStep("a"), engineStep("b", { dependencies: ["a"], retry })]);
    const run = new VirtualRun({
      plan,
      script: (id, attempt) => (id === "b" && attempt === 1 ? { fails: "crash" } : { duration: 5_000 }),
    });
    run.until(6_100);
    run.command({ kind: "rerun", stepId: "a", only: false });
    assert.equal(blockerOf(run.state, run.stepState("b"), run.t)?.kind, "dependency");
    run.finish();
    assert.deepEqual(run.transcript().slice(4), [
      "6000 b/1 failed",
      "6000 b/2 in 2000",
      "6100 reopened a",
      "6100 a/2 started",
      "11100 a/2 succeeded",
      "11100 a completed",
      "11100 b/2 started",
      "16100 b/2 succeeded",
      "16100 b completed",
      "16100 execution completed",
    ]);
  });

  it("1: a step that fails while what it depends on is run again does not start before that", () => {
    const steps = [engineStep("a", { onFailure: "tolerate" }), engineStep("b", { dependencies: ["a"], retry })];
    const run = new VirtualRun({
      plan: enginePlan(steps),
      script: (id, attempt) => {
        if (id === "a") return { duration: attempt === 1 ? 0 : 9_000, fails: attempt === 1 ? "exit_nonzero" : null };
        return { fails: attempt === 1 ? "crash" : null };
      },
    });
    run.until(500);
    run.command({ kind: "retry", stepId: "a" });
    run.finish();
    const lines = run.transcript();
    assert.ok(lines.indexOf("9500 a completed") < lines.indexOf("9500 b/2 started"), lines.join("\n"));
  });

  it("1: a step in its backoff is skipped when what it newly depends on has failed", () => {
    const b = engineStep("b", { retry });
    const run = new VirtualRun({
      plan: enginePlan([engineStep("a"), b]),
      script: (id) => ({ duration: 100, fails: id === "a" ? "exit_nonzero" : "crash" }),
    });
    run.until(500);
    run.command(revision(enginePlan([engineStep("a"), { ...b, dependencies: ["a"] }])));
    run.finish();
    assert.ok(run.transcript().includes("500 b skipped"));
  });

  it("a revised plan changes no step's turn: one in its backoff keeps its priority", () => {
    const steps = [engineStep("a"), engineStep("b"), engineStep("c", { priority: 5, retry })];
    const plan = enginePlan(steps, { maxConcurrent: 1 });
    const run = new VirtualRun({
      plan,
      script: (id, attempt) => ({ duration: 3_000, fails: id === "c" && attempt === 1 ? "crash" : null }),
    });
    run.until(3_500);
    run.command(revision(plan));
    run.finish();
    const starts = run.transcript().filter((line) => line.endsWith("started"));
    assert.deepEqual(starts, ["0 c/1 started", "3000 a/1 started", "6000 c/2 started", "9000 b/1 started"]);
  });

  for (const kind of ["retry", "revise"] as const) {
    it(`${kind}: the execution's timeout counts from then, and time before it is not waited for twice`, () => {
      const plan = enginePlan([engineStep("a")], { timeout: 10_000 });
      const run = new VirtualRun({
        plan,
        script: (_, n) => ({ duration: n === 1 ? 100 : null, fails: "exit_nonzero" }),
      });
      run.until(50);
      run.command({ kind: "pause" });
      run.until(5_000);
      run.command(kind === "retry" ? { kind: "retry", stepId: "a" } : revision(plan, ["a"]));
      run.until(6_000);
      run.command({ kind: "resume" });
      run.finish();
      assert.ok(run.transcript().includes("16000 expired"), run.transcript().join("\n"));
    });
  }

  it("1: a step that fails while what it depends on fails in a new run is not tried again, but skipped", () => {
    const run = new VirtualRun({
      plan: enginePlan([engineStep("a"), engineStep("b", { dependencies: ["a"], retry })]),
      script: (id, attempt) => {
        if (id === "a") return { duration: 100, fails: attempt === 1 ? null : "exit_nonzero" };
        return { duration: 5_000, fails: "crash" };
      },
    });
    run.until(1_000);
    run.command({ kind: "rerun", stepId: "a", only: true });
    run.finish();
    assert.deepEqual(run.transcript().slice(-4), [
      "5100 b/1 failed",
      "5100 b/2 in 2000",
      "5100 b skipped",
      "5100 execution failed",
    ]);
  });

  it("8: crashes are forgiven anew in a step that is reopened", () => {
    const run = new VirtualRun({ plan: enginePlan([engineStep("a", { retry: { ...retry, maxAttempts: 1 } })]) });
    for (let crashes = 0; crashes < 4; crashes += 1) run.crash();
    assert.equal(run.state.finished?.status, "failed");
    run.command({ kind: "retry", stepId: "a" });
    for (let crashes = 0; crashes < 3; crashes += 1) run.crash();
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
  });

  it("8: crashes are forgiven anew after a person's retry", () => {
    const step = engineStep("a", { onFailure: "pause", retry: { ...retry, maxAttempts: 1 } });
    const run = new VirtualRun({ plan: enginePlan([step]) });
    for (let crashes = 0; crashes < 4; crashes += 1) run.crash();
    assert.equal(run.stepState("a").phase.kind, "asking");
    run.command({ kind: "retry", stepId: "a" });
    for (let crashes = 0; crashes < 3; crashes += 1) run.crash();
    assert.equal(run.stepState("a").phase.kind, "running");
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
  });

  it("nothing is reopened or revised while the execution is being stopped: its attempts would count as failures", () => {
    const steps = [engineStep("a", { onFailure: "fail-fast" }), engineStep("b")];
    const plan = enginePlan(steps);
    const run = new VirtualRun({
      plan,
      script: (id) => (id === "a" ? { duration: 100, fails: "exit_nonzero" } : { duration: null, stopsIn: 4_000 }),
    });
    run.until(200);
    for (const command of [{ kind: "retry", stepId: null } as const, revision(plan, ["b"])]) {
      const refused = accept(run.state, command, "ada");
      assert.equal(refused.ok ? null : refused.failure.code, "conflict");
    }
    run.finish();
    run.command({ kind: "retry", stepId: null });
    assert.equal(run.state.finished, null);
  });

  it("nothing starts together with a failure that ends the execution (C3)", () => {
    const steps = [
      engineStep("a", { cost: 3_000_000, retry, onFailure: "fail-fast" }),
      engineStep("b", { cost: 0, dependencies: ["c"] }),
      engineStep("c", { cost: 2_000_000 }),
    ];
    const budget = { limit: 6_000_000, currency: "USD", mode: "enforce" as const };
    const run = new VirtualRun({
      plan: enginePlan(steps, { budget, maxConcurrent: 2 }),
      script: (id) => ({
        duration: id === "a" ? 100 : 2_100,
        fails: id === "a" ? "crash" : null,
        cost: id === "a" ? 3_500_000 : 100_000,
      }),
    });
    run.finish();
    const lines = run.transcript();
    assert.ok(lines.includes("2100 a failed"));
    assert.ok(!lines.some((line) => line.includes("b/1 started")), lines.join("\n"));
  });
});
