import assert from "node:assert/strict";
import { failure } from "../../../schemas/failure.ts";
import { report } from "../../../worker/engine/answer.ts";
import { viewOf } from "../../../worker/engine/view.ts";
import { enginePlan, engineLimit, engineStep } from "../../support/engine-plans.ts";
import { costEntry, VirtualRun, type Script } from "../../support/virtual-run.ts";

const USD = 1_000_000;

function transcript(run: VirtualRun): string[] {
  return run.transcript().filter((line) => !/ (threshold|limit|below)$/.test(line));
}

function failureOf(run: VirtualRun, id: string): string | undefined {
  const { phase } = run.stepState(id);
  return phase.kind === "ended" ? `${phase.failure?.code}: ${phase.failure?.message}` : phase.kind;
}

describe("engine: costs reported on the way (E4)", () => {
  const limits = [engineLimit("p", { limit: 5 * USD })];
  const oneStep = (script: Script, more = {}): VirtualRun =>
    new VirtualRun({ plan: enginePlan([engineStep("a", { cost: 3 * USD, ...more })], { limits }), script });

  it("are spent at once, out of what was set aside", () => {
    const run = oneStep(() => ({ reports: [{ after: 100, cost: USD }], duration: 1_000, cost: USD }));
    run.until(500);
    assert.deepEqual([run.state.ledger.spent, run.state.ledger.reserved], [USD, 2 * USD]);
    assert.equal(viewOf(run.state, run.t, "x").costs.reserved, 2);
    run.finish();
    const { spent, reserved, held, overrun } = run.state.ledger;
    assert.deepEqual([spent, reserved, held, overrun], [2 * USD, 0, 0, 0]);
  });

  it("what was refused keeps what is left of the reservation", () => {
    const run = oneStep(() => ({
      reports: [
        { after: 100, cost: USD },
        { after: 200, cost: null },
      ],
    }));
    run.finish();
    const { spent, held, unknown, certainty } = run.state.ledger;
    assert.deepEqual([spent, held, unknown, certainty], [USD, 2 * USD, 1, "unknown"]);
  });

  it("an attempt that a crash interrupts has spent what it reported, and holds the rest", () => {
    const run = oneStep(() => ({ reports: [{ after: 100, cost: USD }], duration: null }));
    run.until(500);
    run.crash();
    assert.deepEqual([run.state.ledger.spent, run.state.ledger.held], [USD, 2 * USD]);
  });

  it("of an attempt that is over are fenced off", () => {
    const run = oneStep(() => ({}));
    const started = run.events.find(({ type }) => type === "attempt.started");
    assert.ok(started?.type === "attempt.started");
    run.finish();
    const late = report(run.state, started, { costs: [costEntry(USD)], refused: [] });
    assert.deepEqual(
      [late.type, "message" in late && late.message],
      ["attempt.fenced", "late report of costs of an attempt that is over"],
    );
  });

  it("of simulated attempts never enter the ledger", () => {
    const run = oneStep(() => ({ reports: [{ after: 1, cost: 9 * USD }] }), { simulated: true });
    run.finish();
    assert.deepEqual(
      [run.state.ledger.spent, run.state.ledger.bookings, run.state.finished?.status],
      [0, [], "completed"],
    );
  });
});

describe("engine: attempts that cost too much (E2)", () => {
  const stubborn =
    (...costs: number[]): Script =>
    () => ({
      reports: costs.map((cost, index) => ({ after: 100 * (index + 1), cost })),
      duration: null,
    });

  it("are stopped where a limit is enforced and both the reservation and the limit are passed", () => {
    const plan = enginePlan([engineStep("a", { cost: 2 * USD })], { limits: [engineLimit("p", { limit: 3 * USD })] });
    const run = new VirtualRun({ plan, script: stubborn(2 * USD, USD, USD) });
    run.finish();
    assert.deepEqual(transcript(run), [
      "0 a/1 started",
      "100 a/1 reported",
      "200 a/1 reported",
      "300 a/1 reported",
      "300 a/1 stopping: budget",
      "310 a/1 failed",
      "310 a failed",
      "310 execution failed",
    ]);
    assert.equal(
      failureOf(run, "a"),
      "budget_exceeded: stopped because it had cost 4.00 USD, 2.00 USD was set aside for it, and a limit was passed",
    );
    assert.equal(run.state.finished?.failure?.code, "budget_exceeded");
  });

  it("are not tried again, whatever the step says of retries", () => {
    const retry = { maxAttempts: 3, base: 1, factor: 1, cap: 1, jitter: 0, retryOn: ["budget_exceeded" as const] };
    const plan = enginePlan([engineStep("a", { cost: USD, retry })], { limits: [engineLimit("p", { limit: USD })] });
    const run = new VirtualRun({ plan, script: stubborn(2 * USD) });
    run.finish();
    assert.equal(run.stepState("a").attempts, 1);
  });

  it("are stopped at a declared cap, long before the limit", () => {
    const plan = enginePlan([engineStep("a", { cost: USD, cap: USD })], { limits: [engineLimit("p")] });
    const run = new VirtualRun({ plan, script: stubborn(USD, 1) });
    run.until(150);
    assert.equal(run.stepState("a").phase.kind, "running", "the cap itself may be reached");
    run.finish();
    assert.match(
      failureOf(run, "a") ?? "",
      /^budget_exceeded: stopped because it had cost 1\.000001 USD, and its cap is 1\.00 USD: raise "cost"/,
    );
  });

  it("go on where a limit only warns or asks, and after an overrun nothing new starts", () => {
    for (const mode of ["warn", "approve"] as const) {
      const limits = [engineLimit("p", { limit: 2 * USD, mode })];
      const steps = [engineStep("a", { cost: USD }), engineStep("b", { dependencies: ["a"] })];
      const run = new VirtualRun({
        plan: enginePlan(steps, { limits }),
        script: (id) => (id === "a" ? { reports: [{ after: 10, cost: 3 * USD }], duration: 100 } : {}),
      });
      run.until(200);
      assert.ok(!transcript(run).some((line) => line.includes("stopping")));
      const wasStarted = run.stepState("b").attempts > 0;
      assert.equal(wasStarted, mode === "warn", "a free step must wait for a person, too, once the limit is passed");
    }
  });

  it("go on when another one has passed the limit and they stay within what is theirs", () => {
    const plan = enginePlan([engineStep("a", { cost: 2 * USD }), engineStep("b", { cost: 2 * USD })], {
      limits: [engineLimit("p", { limit: 4 * USD })],
    });
    const run = new VirtualRun({
      plan,
      script: (id) =>
        id === "a"
          ? { reports: [{ after: 10, cost: 3 * USD }], duration: null }
          : { reports: [{ after: 20, cost: 2 * USD }], duration: 100 },
    });
    run.finish();
    assert.match(failureOf(run, "a") ?? "", /^budget_exceeded/);
    assert.equal(failureOf(run, "b"), "undefined: undefined");
  });
});

describe("engine: fallbacks and agents that ask for time (D7, D4)", () => {
  const RETRY = {
    maxAttempts: 3,
    base: 1_000,
    factor: 1,
    cap: 8_000,
    jitter: 0,
    retryOn: ["crash" as const, "rate_limit" as const],
  };
  const agents = (run: VirtualRun): string[] =>
    run.events.flatMap((event) => (event.type === "attempt.started" ? `${event.t} ${event.agent}` : []));
  const runOf = (script: Script, more = {}): VirtualRun =>
    new VirtualRun({
      plan: enginePlan([engineStep("a", { agent: "one", fallbacks: ["two", "three"], retry: RETRY, ...more })]),
      script,
    });

  it("the attempt after a crash goes to the next agent, with the usual delay", () => {
    const run = runOf((_, attempt) => ({ fails: attempt < 3 ? "crash" : null, duration: 100 }));
    run.finish();
    assert.deepEqual(agents(run), ["0 one", "1100 two", "2200 three"]);
    assert.equal(viewOf(run.state, run.t, "x").steps[0]?.agent, "three");
  });

  it("an agent that cannot be used is passed over at once, and does not use up an attempt", () => {
    const run = runOf((_, attempt) => ({ fails: attempt < 3 ? "agent_unavailable" : "crash", duration: 0 }));
    run.finish();
    assert.deepEqual(
      agents(run),
      ["0 one", "0 two", "0 three", "1000 three", "2000 three"],
      "three attempts by the last",
    );
    assert.match(failureOf(run, "a") ?? "", /^crash/);
  });

  it("the work's own failures stay with the agent", () => {
    const run = runOf((_, attempt) => ({ fails: attempt < 2 ? "exit_nonzero" : null, duration: 0 }), {
      retry: { ...RETRY, retryOn: ["exit_nonzero" as const] },
    });
    run.finish();
    assert.deepEqual(agents(run), ["0 one", "1000 one"]);
  });

  it("a person's retry begins with the step's own agent", () => {
    const run = runOf((_, attempt) => ({ fails: attempt < 4 ? "crash" : null, duration: 0 }));
    run.finish();
    run.command({ kind: "retry", stepId: "a" });
    assert.equal(agents(run).at(-1), "2000 one");
  });

  it("places, limits and load count the agent that runs", () => {
    const plan = enginePlan(
      [engineStep("a", { agent: "one", fallbacks: ["two"], retry: RETRY }), engineStep("b", { agent: "two" })],
      { agentLimits: { two: 1 } },
    );
    const run = new VirtualRun({
      plan,
      script: (id, attempt) =>
        id === "a" && attempt === 1 ? { fails: "agent_unavailable", duration: 0 } : { duration: 5_000 },
    });
    run.until(10);
    assert.equal(viewOf(run.state, run.t, "x").steps[0]?.blocker?.detail, "agent two is at its limit");
    run.until(5_010);
    assert.deepEqual([...run.state.agentLoad], [["two", 1]]);
    assert.equal(viewOf(run.state, run.t, "x").progress.running[0]?.agent, "two");
  });

  const limited = (retryAfter: number, more = {}): number | undefined => {
    const run = runOf((_, attempt) => (attempt === 1 ? { fails: "rate_limit", retryAfter, duration: 0 } : {}), {
      fallbacks: [],
      ...more,
    });
    run.finish();
    return run.events.findLast(({ type }) => type === "attempt.started")?.t;
  };

  it("an agent that says how long it wants to be left alone is", () => {
    assert.equal(limited(5_000), 5_000);
    assert.equal(limited(10), 1_000, "never less than the policy says");
    assert.equal(limited(7_200_000), 7_200_000);
    assert.equal(limited(5_000, { fallbacks: ["two"] }), 1_000, "another agent has asked for nothing");
  });

  it("an agent's own error is tried again when the agent says that it helps", () => {
    for (const retryable of [true, false]) {
      const plan = enginePlan([engineStep("a", { retry: RETRY })]);
      const run = new VirtualRun({ plan, script: () => ({ duration: null }) });
      run.deliver("a", 1, { outcome: "failed", failure: failure("agent_error", "busy", { retryable }) });
      assert.equal(run.stepState("a").phase.kind, retryable ? "waiting" : "ended");
    }
  });
});
