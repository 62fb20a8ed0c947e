import assert from "node:assert/strict";
import type { AttemptResult, EngineStep } from "../../../schemas/event.ts";
import { progressOf, viewOf } from "../../../worker/engine/view.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { VirtualRun, type Script } from "../../support/virtual-run.ts";

function verdict(what: "approved" | "changes_requested", findings = ""): AttemptResult {
  return { end: null, check: null, tail: "", review: { verdict: what, findings } };
}

const STEPS = [
  engineStep("code"),
  engineStep("build", { dependencies: ["code"] }),
  engineStep("docs", { dependencies: ["code"] }),
  engineStep("review", { dependencies: ["build"], reviews: "code" }),
  engineStep("deploy", { dependencies: ["review"] }),
];

function runOf(script: Script, more: Partial<EngineStep> = {}): VirtualRun {
  const steps = STEPS.map((step) => (step.id === "review" ? { ...step, ...more } : step));
  return new VirtualRun({ plan: enginePlan(steps), script });
}

/** Finds faults the first so many times. */
const faultyFor =
  (times: number): Script =>
  (id, attempt) =>
    id === "review"
      ? { result: attempt <= times ? verdict("changes_requested", `fault ${attempt}`) : verdict("approved") }
      : {};

function starts(run: VirtualRun): string[] {
  return run.events.flatMap((event) =>
    event.type === "attempt.started" ? [`${event.t} ${event.stepId}/${event.attempt}`] : [],
  );
}

describe("engine: rounds of reviews (C2, D2)", () => {
  it("a review that finds faults sends its target back, with all between, and nothing else runs again", () => {
    const run = runOf(faultyFor(1));
    run.finish();
    assert.deepEqual(starts(run), [
      "0 code/1",
      "1000 build/1",
      "1000 docs/1",
      "2000 review/1",
      "3000 code/2",
      "4000 build/2",
      "5000 review/2",
      "6000 deploy/1",
    ]);
    assert.equal(run.state.finished?.status, "completed");
    const returned = run.events.find(({ type }) => type === "review.returned");
    assert.deepEqual(returned, {
      ...{ v: 1, executionId: "run-1", seq: returned?.seq, t: 3_000, at: "2026-01-01T00:00:03.000Z" },
      ...{ type: "review.returned", stepId: "review", target: "code", round: 1, findings: "fault 1" },
      steps: ["code", "build", "review"],
    });
  });

  it("the target knows what was found until a review approves", () => {
    const run = runOf(faultyFor(2));
    const found = (): string | null => run.stepState("code").findings;
    run.until(2_500);
    assert.equal(found(), null);
    run.until(3_500);
    assert.equal(found(), "fault 1");
    assert.equal(viewOf(run.state, run.t, "x").steps[0]?.findings, "fault 1");
    run.until(6_500);
    assert.equal(found(), "fault 2");
    run.finish();
    assert.equal(found(), null);
  });

  it("fails after its last round, with what it has found", () => {
    const run = runOf(faultyFor(9));
    run.finish();
    assert.equal(starts(run).filter((one) => one.includes("review")).length, 3);
    assert.deepEqual(run.state.finished?.failure, {
      code: "review_rejected",
      message: '"review" failed: "review" still finds faults after 2 rounds: fault 3',
      retryable: false,
    });
    const skipped = viewOf(run.state, run.t, "x").steps.at(-1);
    assert.equal(skipped?.failure?.code, "dependency_failed");
  });

  it("without rounds the first fault is the last", () => {
    const run = runOf(faultyFor(9), { rounds: 0 });
    run.finish();
    assert.match(run.state.finished?.failure?.message ?? "", /"review" finds faults: fault 1$/);
  });

  it("tries count anew in each round, and numbers of attempts go on", () => {
    const run = runOf((id, attempt) =>
      id === "code" && attempt % 3 !== 0 ? { fails: "crash", duration: 10 } : (faultyFor(1)(id, attempt) ?? {}),
    );
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
    assert.equal(run.stepState("code").attempts, 6);
  });

  it("with a person attached it asks; retry begins the rounds anew, skip goes on", () => {
    const run = runOf(faultyFor(4), { onFailure: "pause", rounds: 1 });
    run.until(60_000);
    const [decision] = progressOf(run.state, run.t).decisions;
    assert.equal(decision?.kind, "step_failed");
    assert.equal(decision.message, '"review" still finds faults after 1 round: fault 2');
    const answer = (decisionId: string, choice: "retry" | "skip"): void =>
      run.command({ kind: "answer", decisionId, choice, amount: null, revision: null });
    answer(decision.decisionId, "retry");
    run.until(120_000);
    assert.equal(run.events.filter(({ type }) => type === "review.returned").length, 2);
    answer(progressOf(run.state, run.t).decisions[0]?.decisionId ?? "", "skip");
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
  });

  it("a cancel while it asks leaves the reason why it failed", () => {
    const run = runOf(faultyFor(9), { onFailure: "pause", rounds: 0 });
    run.until(60_000);
    run.cancel();
    run.finish();
    assert.equal(viewOf(run.state, run.t, "x").steps[3]?.failure?.code, "review_rejected");
  });

  for (const [name, more] of [
    ["is not in the plan", { reviews: "elsewhere" }],
    ["does not come before it", { reviews: "docs" }],
    ["comes after it", { reviews: "deploy" }],
  ] as const)
    it(`fails when what it reviews ${name}`, () => {
      const run = runOf(faultyFor(1), more);
      run.finish();
      assert.equal(run.state.finished?.failure?.code, "review_rejected");
      assert.ok(!run.events.some(({ type }) => type === "review.returned"));
    });

  it("what was left out stays left out: it cannot be sent back, and does not run again in between", () => {
    const steps = STEPS.map((step) => ({ ...step, skip: step.id === "build" }));
    const run = new VirtualRun({ plan: enginePlan(steps), script: faultyFor(1) });
    run.finish();
    assert.deepEqual(
      starts(run).filter((one) => one.includes("build")),
      [],
    );
    assert.equal(run.state.finished?.status, "completed");
    const gone = STEPS.map((step) => ({ ...step, skip: step.id === "code" }));
    const other = new VirtualRun({ plan: enginePlan(gone), script: faultyFor(1) });
    other.finish();
    assert.equal(other.state.finished?.failure?.code, "review_rejected");
  });

  it("a crash in a round forgets neither the findings nor the round", () => {
    const run = runOf(faultyFor(3));
    run.until(3_500);
    run.crash();
    run.finish();
    assert.equal(run.events.filter(({ type }) => type === "review.returned").length, 2);
    assert.equal(run.state.finished?.failure?.code, "review_rejected");
  });
});

describe("engine: changes that do not fit (N1)", () => {
  const conflict = { folder: "/srv/trees/a", branch: "planwright/run-1/a", files: ["src/main.ts"] };
  const script: Script = (id, attempt) =>
    id === "a" && attempt === 1
      ? { fails: "merge_conflict", result: { end: null, check: null, tail: "", conflict } }
      : { duration: 3_000 };
  const plan = (onFailure: EngineStep["onFailure"]): ReturnType<typeof enginePlan> =>
    enginePlan([
      engineStep("a", { onFailure }),
      engineStep("b"),
      engineStep("c", { dependencies: ["b"] }),
      engineStep("d", { dependencies: ["a"] }),
    ]);

  it("stop that step alone, and a person sees where", () => {
    const run = new VirtualRun({ plan: plan("pause"), script });
    run.until(30_000);
    const { decisions, status } = progressOf(run.state, run.t);
    assert.equal(status, "waiting");
    assert.deepEqual(
      decisions.map(({ kind, choices, conflict: place }) => ({ kind, choices, place })),
      [{ kind: "conflict", choices: ["retry", "skip", "abort"], place: conflict }],
    );
    assert.equal(decisions[0]?.message, '"a" is not merged: a broke');
    assert.deepEqual(
      viewOf(run.state, run.t, "x").steps.map(({ id, status: is }) => `${id} ${is}`),
      ["a waiting", "b completed", "c completed", "d pending"],
    );
    run.command({ kind: "retry", stepId: "a" });
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
    assert.equal(run.stepState("a").attempts, 2);
  });

  it("without anybody to ask the step fails", () => {
    const run = new VirtualRun({ plan: plan("continue"), script });
    run.finish();
    assert.equal(run.state.finished?.failure?.code, "merge_conflict");
    assert.ok(!run.events.some(({ type }) => type === "decision.asked"));
  });

  it("are tried again by themselves where the step says so", () => {
    const retry = { ...engineStep("a").retry, retryOn: ["merge_conflict" as const] };
    const run = new VirtualRun({ plan: enginePlan([engineStep("a", { retry, onFailure: "pause" })]), script });
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
  });
});
