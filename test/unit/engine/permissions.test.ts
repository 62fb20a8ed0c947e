import assert from "node:assert/strict";
import type { EngineStep, EventOf } from "../../../schemas/event.ts";
import { progressOf, viewOf } from "../../../worker/engine/view.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { VirtualRun, type Script } from "../../support/virtual-run.ts";

const ASKS: Script = (id, attempt) =>
  id === "a" && attempt === 1 ? { duration: null, asks: [{ after: 500, subject: "make all" }] } : {};

function runOf(more: Partial<EngineStep> = {}, script: Script = ASKS): VirtualRun {
  return new VirtualRun({ plan: enginePlan([engineStep("a", more), engineStep("b", { duration: 9_000 })]), script });
}

function started(run: VirtualRun, stepId: string): EventOf<"attempt.started"> {
  const event = run.events.findLast(
    (one): one is EventOf<"attempt.started"> => one.type === "attempt.started" && one.stepId === stepId,
  );
  assert.ok(event);
  return event;
}

function reply(
  run: VirtualRun,
  number: number,
  choice: "allow_once" | "allow_session" | "allow_always" | "reject",
): void {
  run.command({ kind: "answer", decisionId: `run-1/ask-${number}`, choice, amount: null, revision: null });
}

describe("engine: what running agents ask (F1)", () => {
  it("reaches a person with all that is to know, while the attempt goes on and others start", () => {
    const run = new VirtualRun({
      plan: enginePlan([engineStep("a"), engineStep("b"), engineStep("c", { dependencies: ["b"] })]),
      script: ASKS,
    });
    run.until(1_200);
    const [decision] = progressOf(run.state, run.t).decisions;
    assert.deepEqual(decision && { ...decision, askedAt: "" }, {
      decisionId: "run-1/ask-1",
      executionId: "run-1",
      stepId: "a",
      title: "a",
      kind: "permission",
      message: 'agent shell asks at "a" whether it may run: a command (make all)',
      choices: ["allow_once", "allow_session", "allow_always", "reject"],
      amount: null,
      currency: "USD",
      limit: null,
      request: {
        ...{ requestId: "1", agent: "shell", tool: "execute", title: "a command" },
        ...{ subject: "make all", attemptId: "run-1/a/1" },
      },
      conflict: null,
      askedAt: "",
    });
    assert.deepEqual(
      viewOf(run.state, run.t, "x").steps.map(({ status, blocker }) => [status, blocker?.kind ?? null]),
      [
        ["running", "approval"],
        ["completed", null],
        ["running", null],
      ],
    );
    const asks = progressOf(run.state, run.t).running.map((one) => [one.stepId, one.asks]);
    assert.deepEqual(asks, [
      ["a", 'agent shell asks at "a" whether it may run: a command (make all)'],
      ["c", null],
    ]);
    assert.equal(viewOf(run.state, run.t, "x").status, "running", "c runs");
    run.until(5_000);
    assert.equal(viewOf(run.state, run.t, "x").status, "waiting", "nothing goes on without an answer");
  });

  it("the time until the answer counts neither for the timeout of the attempt nor for its duration", () => {
    const run = runOf({ timeout: 2_000 });
    run.until(60_000);
    assert.equal(run.stepState("a").phase.kind, "running");
    reply(run, 1, "reject");
    run.until(61_499);
    assert.deepEqual(run.transcript().slice(-1), ["60000 a answered: reject"]);
    run.until(61_510);
    assert.deepEqual(run.transcript().slice(-3), [
      "61500 a/1 stopping: timeout",
      "61510 a/1 failed",
      "61510 a/2 in 2000",
    ]);
    const finished = run.finish().find((event) => event.type === "attempt.finished" && event.stepId === "a");
    assert.equal(finished?.type === "attempt.finished" && finished.duration, 2_010);
  });

  it("an attempt that ends while it asks has worked until it asked", () => {
    const run = runOf();
    run.until(10_000);
    run.deliver("a", 1, { duration: 10_000 });
    const finished = run.events.find((event) => event.type === "attempt.finished" && event.stepId === "a");
    assert.equal(finished?.type === "attempt.finished" && finished.duration, 500);
    assert.deepEqual(run.transcript().slice(-3), [
      "10000 a withdrawn",
      "10000 a completed",
      "10000 execution completed",
    ]);
  });

  it("several questions of one attempt are open at once, and the time counts again after the last", () => {
    const asks = [100, 200, 300].map((after) => ({ after, subject: `command ${after}` }));
    const run = runOf({ timeout: 1_000 }, () => ({ duration: null, asks }));
    run.until(5_000);
    assert.equal(run.state.decisions.size, 6);
    const ofA = [...run.state.decisions.values()].filter(({ stepId }) => stepId === "a");
    for (const { decisionId } of ofA.slice(1))
      run.command({ kind: "answer", decisionId, choice: "allow_once", amount: null, revision: null });
    run.until(20_000);
    assert.equal(run.stepState("a").phase.kind, "running");
    run.command({
      kind: "answer",
      decisionId: ofA[0]?.decisionId ?? "",
      choice: "reject",
      amount: null,
      revision: null,
    });
    run.until(20_899);
    assert.equal(run.stepState("a").phase.kind, "running");
    run.until(20_900);
    assert.match(run.transcript().at(-1) ?? "", /a\/1 stopping: timeout/);
  });

  it("the execution's own timeout stands still while an agent waits for an answer", () => {
    const plan = enginePlan([engineStep("a")], { timeout: 3_000 });
    const run = new VirtualRun({ plan, script: ASKS });
    run.until(100_000);
    reply(run, 1, "allow_once");
    run.until(102_499);
    assert.equal(run.state.expired, false);
    run.until(102_500);
    assert.equal(run.state.expired, true);
  });

  it("until the execution ends means: nobody is asked again, in any attempt of the same agent, and others are answered, too", () => {
    const script: Script = () => ({ duration: null, asks: [{ after: 100, subject: "make" }] });
    const plan = enginePlan([engineStep("a"), engineStep("b"), engineStep("c", { agent: "other" })]);
    const run = new VirtualRun({ plan, script });
    run.until(200);
    assert.equal(run.state.decisions.size, 3);
    reply(run, 1, "allow_session");
    assert.deepEqual(
      [...run.state.decisions.values()].map(({ stepId }) => stepId),
      ["c"],
      "the same of another agent is another question",
    );
    assert.equal(run.ask(started(run, "b"), { subject: "make", requestId: "2" }), "allow_session");
    assert.equal(run.ask(started(run, "b"), { subject: "make clean" }), null);
    assert.equal(run.ask(started(run, "b"), { subject: "make", tool: "edit" }), null, "another kind of deed");
  });

  it("once means once, and always is for whoever keeps it: both are asked again", () => {
    for (const choice of ["allow_once", "allow_always", "reject"] as const) {
      const run = runOf();
      run.until(600);
      reply(run, 1, choice);
      assert.equal(run.ask(started(run, "a"), { subject: "make all" }), null, choice);
    }
  });

  it("is answered once: the second is told who was first", () => {
    const run = runOf();
    run.until(600);
    reply(run, 1, "allow_once");
    assert.throws(() => reply(run, 1, "reject"), /run-1\/ask-1 was answered already by ada: allow_once/);
    const wrong = { kind: "answer", decisionId: "run-1/ask-2", choice: "retry", amount: null, revision: null } as const;
    run.ask(started(run, "a"), { subject: "x" });
    assert.throws(() => run.command(wrong), /can be answered with allow_once, allow_session, allow_always, reject/);
  });

  for (const [name, stop] of [
    ["a cancel", (run: VirtualRun) => run.cancel()],
    ["a kill", (run: VirtualRun) => run.command({ kind: "kill", stepId: "a" })],
    ["a crash", (run: VirtualRun) => run.crash()],
  ] as const)
    it(`${name} withdraws the question, and who is being stopped may ask nothing more`, () => {
      const run = runOf({ idempotent: false });
      run.until(600);
      const event = started(run, "a");
      stop(run);
      assert.ok(run.transcript().includes("600 a withdrawn"));
      assert.equal(run.ask(event, { subject: "more" }), "cancelled");
      assert.ok(![...run.state.decisions.values()].some(({ kind }) => kind === "permission"));
    });

  it("a late question of an attempt that is over is fenced off", () => {
    const run = runOf({}, (_, attempt) => (attempt === 1 ? { duration: 100, fails: "crash" } : { duration: null }));
    const first = started(run, "a");
    run.until(4_000);
    assert.equal(run.ask(first, { subject: "make" }), "cancelled");
    const last = run.events.at(-1);
    assert.equal(last?.type, "attempt.fenced");
    assert.equal(run.state.decisions.size, 0);
  });
});
