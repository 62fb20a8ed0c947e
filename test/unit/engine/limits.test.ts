import assert from "node:assert/strict";
import type { EngineLimit } from "../../../schemas/budget.ts";
import type { EngineStep, EventOf } from "../../../schemas/event.ts";
import type { Surroundings } from "../../../worker/engine/state.ts";
import { viewOf } from "../../../worker/engine/view.ts";
import { enginePlan, engineLimit, engineStep } from "../../support/engine-plans.ts";
import { VirtualRun, type Script } from "../../support/virtual-run.ts";

const USD = 1_000_000;
const MINUTE = 60_000;

interface Setting {
  readonly script?: Script;
  readonly around?: Partial<Surroundings>;
  readonly maxConcurrent?: number;
}

function runOf(
  steps: EngineStep[],
  limits: EngineLimit[],
  { script = () => ({}), around = {}, maxConcurrent = 4 }: Setting = {},
): VirtualRun {
  return new VirtualRun({ plan: enginePlan(steps, { limits, maxConcurrent }), script, around });
}

function startedIds(run: VirtualRun): string[] {
  return run.events.flatMap((event) => (event.type === "attempt.started" ? event.stepId : []));
}

function levels(run: VirtualRun): string[] {
  return run.events.flatMap((event) =>
    event.type === "budget.level"
      ? `${event.t} ${event.limit} ${event.level} ${event.used / USD}/${event.of / USD}`
      : [],
  );
}

function endOf(run: VirtualRun, id: string): string {
  const { phase } = run.stepState(id);
  assert.ok(phase.kind === "ended");
  return `${phase.status}: ${phase.failure?.message ?? ""}`;
}

function asked(run: VirtualRun): EventOf<"decision.asked"> {
  const event = run.events.findLast(({ type }) => type === "decision.asked");
  assert.ok(event?.type === "decision.asked");
  return event;
}

function allow(run: VirtualRun, amount: number | null = null): void {
  run.command({ kind: "answer", decisionId: asked(run).decisionId, choice: "allow", amount, revision: null });
}

const blockerOf = (run: VirtualRun, id: string): string | undefined =>
  viewOf(run.state, run.t, "x", run.around).steps.find((step) => step.id === id)?.blocker?.detail;

describe("engine: limits by service and agent (E1, E2)", () => {
  const gpu = { service: "gpu", cost: 4 * USD };
  const cpu = { service: "cpu", cost: 4 * USD };

  it("hold only what is booked under the service, next to the limit of the whole", () => {
    const limits = [
      engineLimit("dev/total", { limit: 20 * USD }),
      engineLimit("dev/gpu", { scope: { kind: "service", service: "gpu" }, limit: 5 * USD }),
    ];
    const steps = [engineStep("g1", gpu), engineStep("g2", gpu), engineStep("c1", cpu), engineStep("c2", cpu)];
    const run = runOf(steps, limits, { script: () => ({ cost: 4 * USD }) });
    assert.deepEqual(startedIds(run), ["g1", "c1", "c2"], "a second one on the GPU does not fit");
    assert.equal(blockerOf(run, "g2"), "needs 4.00 USD of policy dev/gpu, 1.00 USD is left");
    run.finish();
    // The scripted agents report under "models", so that nothing is spent of the GPU, and the second one runs in the end.
    assert.equal(run.state.finished?.status, "completed");
    const stingy = runOf(steps, limits, {
      script: () => ({ reports: [{ after: 10, cost: 4 * USD, service: "gpu" }] }),
    });
    stingy.finish();
    assert.equal(endOf(stingy, "g2"), "skipped: not started: the limit of policy dev/gpu would be passed");
    assert.equal(endOf(stingy, "c2"), "completed: ");
    assert.equal(stingy.state.finished?.failure?.code, "budget_exceeded");
  });

  it("hold for an agent as soon as its costs name the service, also beside what runs", () => {
    const openai = engineLimit("openai", { scope: { kind: "service", service: "openai" }, limit: 10 * USD });
    const steps = ["a", "b", "c", "d"].map((id, index) => engineStep(id, { ...cpu, priority: -index }));
    const script: Script = () => ({ reports: [{ after: 10, cost: 4 * USD, service: "openai" }] });
    const enforced = runOf(steps, [openai], { script, maxConcurrent: 1 });
    enforced.finish();
    assert.deepEqual(startedIds(enforced), ["a", "b"], "8 of 10 are spent, and a third one would cost 4");
    assert.equal(endOf(enforced, "c"), "skipped: not started: the limit of policy openai would be passed");
    const [first, ...others] = steps;
    assert.ok(first);
    const later = others.map((step) => ({ ...step, dependencies: ["a"] }));
    const beside = runOf([first, ...later], [openai], { script });
    while (!beside.state.finished && startedIds(beside).length < 2) beside.step();
    assert.deepEqual(startedIds(beside), ["a", "b"], "what runs is set aside under the service");
    const asking = runOf(steps, [{ ...openai, mode: "approve" }], { script, maxConcurrent: 1 });
    asking.until(MINUTE);
    assert.equal(asked(asking).limit, "openai");
  });

  it("`other` is for the services that are not listed", () => {
    const limits = [engineLimit("o", { scope: { kind: "other", listed: ["gpu"] }, limit: 5 * USD })];
    const run = runOf([engineStep("g1", gpu), engineStep("c1", cpu), engineStep("c2", cpu)], limits);
    assert.deepEqual(startedIds(run), ["g1", "c1"]);
  });

  it("by agent follow the agent of the attempt, also when that is a fallback", () => {
    const limits = [engineLimit("a", { scope: { kind: "agent", agent: "coder" }, limit: 5 * USD })];
    const step = engineStep("s", { agent: "sick", fallbacks: ["coder"], cost: 3 * USD });
    const run = runOf([step, engineStep("t", { agent: "coder", cost: 3 * USD })], limits, {
      script: (id, attempt) =>
        id === "s" && attempt === 1
          ? { fails: "agent_unavailable", duration: 100 }
          : { reports: [{ after: 1, cost: 3 * USD }] },
    });
    run.finish();
    assert.equal(endOf(run, "t"), "completed: ");
    assert.match(endOf(run, "s"), /^failed: not tried again: the limit of policy a would be passed/);
  });

  it("several that are passed at once: what is enforced speaks before what asks", () => {
    const limits = [engineLimit("ask", { mode: "approve", limit: USD }), engineLimit("hard", { limit: 2 * USD })];
    const run = runOf([engineStep("a", { cost: 3 * USD })], limits);
    assert.equal(endOf(run, "a"), "skipped: not started: the limit of policy hard would be passed");
  });
});

describe("engine: limits that warn (E2)", () => {
  it("let everything run, and tell of the threshold and of the limit, once each", () => {
    const limits = [engineLimit("w", { mode: "warn", limit: 5 * USD, warnAt: 4 * USD })];
    const steps = ["a", "b", "c", "d"].map((id) => engineStep(id, { cost: 2 * USD }));
    const run = runOf(steps, limits, { script: () => ({ cost: 2 * USD }), maxConcurrent: 1 });
    run.finish();
    assert.equal(run.state.finished?.status, "completed");
    assert.deepEqual(levels(run), ["2000 w threshold 4/5", "3000 w limit 6/5"]);
  });

  it("tell again when the window has moved on and it rises once more", () => {
    const window = { kind: "rolling", length: 10_000 } as const;
    const limits = [engineLimit("w", { mode: "warn", window, limit: 2 * USD, warnAt: USD })];
    const run = runOf([engineStep("a"), engineStep("b", { dependencies: ["a"] })], limits, {
      script: (id) => ({ cost: USD, duration: id === "a" ? 1_000 : 30_000 }),
    });
    run.finish();
    assert.deepEqual(levels(run), ["1000 w threshold 1/2", "11001 w below 0/2", "31000 w threshold 1/2"]);
  });

  it("the spec's own budget is told of at four fifths", () => {
    const plan = enginePlan([engineStep("a"), engineStep("b", { dependencies: ["a"] })], {
      budget: { limit: 5 * USD, currency: "USD", mode: "enforce" },
    });
    const run = new VirtualRun({ plan, script: (id) => ({ cost: id === "a" ? 4 * USD : USD }) });
    run.finish();
    assert.deepEqual(levels(run), ["1000 spec threshold 4/5", "2000 spec limit 5/5"]);
  });
});

describe("engine: windows of time (E1, E2)", () => {
  const window = { kind: "rolling", length: 10 * MINUTE } as const;
  const steps = [engineStep("a", { cost: 4 * USD }), engineStep("b", { cost: 4 * USD, dependencies: ["a"] })];
  const script: Script = () => ({ cost: 4 * USD });

  it("without a wait, a step that does not fit ends at once", () => {
    const run = runOf(steps, [engineLimit("h", { window, limit: 5 * USD })], { script });
    run.finish();
    assert.equal(run.t, 1_000);
    assert.equal(endOf(run, "b"), "skipped: not started: the limit of policy h would be passed");
  });

  it("with one, it starts as soon as what was spent has left the window", () => {
    const run = runOf(steps, [engineLimit("h", { window, limit: 5 * USD, wait: 15 * MINUTE })], { script });
    run.until(MINUTE);
    assert.equal(blockerOf(run, "b"), "needs 4.00 USD of policy h, 1.00 USD is left; its window moves on in 9m01s");
    run.finish();
    const start = run.events.findLast(({ type }) => type === "attempt.started");
    assert.equal(start?.t, 1_000 + 10 * MINUTE + 1, "the moment after the first second has left it");
    assert.equal(run.state.finished?.status, "completed");
  });

  it("does not wait when the window moves on too late, nor for what never fits", () => {
    const short = runOf(steps, [engineLimit("h", { window, limit: 5 * USD, wait: 9 * MINUTE })], { script });
    short.finish();
    assert.equal(short.t, 1_000);
    const never = runOf(
      [engineStep("a", { cost: 6 * USD })],
      [engineLimit("h", { window, limit: 5 * USD, wait: MINUTE })],
    );
    assert.equal(never.state.finished?.failure?.code, "budget_exceeded");
  });

  it("of the calendar begin anew with the day", () => {
    const day = { kind: "calendar", unit: "day" } as const;
    const run = runOf(steps, [engineLimit("d", { window: day, limit: 5 * USD, wait: 24 * 60 * MINUTE })], { script });
    run.finish();
    const start = run.events.findLast(({ type }) => type === "attempt.started");
    assert.equal(start?.t, 24 * 60 * MINUTE);
  });

  it("count what other executions have spent, reserved and were allowed", () => {
    let reserved = 3 * USD;
    const around: Partial<Surroundings> = { spent: () => USD, reserved: () => reserved, allowed: () => USD };
    const run = runOf([engineStep("a", { cost: 4 * USD })], [engineLimit("h", { window, limit: 5 * USD })], { around });
    assert.deepEqual(startedIds(run), [], "6 with what was allowed; 1 spent and 3 reserved by others leave 2");
    assert.equal(run.state.finished, null, "others may give back what they have reserved");
    reserved = 0;
    run.settle();
    assert.deepEqual(startedIds(run), ["a"]);
  });

  it("a question is withdrawn when the window has moved on and the step fits", () => {
    const run = runOf(steps, [engineLimit("h", { window, limit: 5 * USD, mode: "approve" })], { script });
    run.until(2_000);
    assert.equal(
      asked(run).message,
      '"b" is expected to cost 4.00 USD, and the limit of 5.00 USD of policy h has 1.00 USD left',
    );
    run.finish();
    assert.ok(run.transcript().includes(`${10 * MINUTE + 1_001} b withdrawn`), run.transcript().join("\n"));
    assert.equal(run.state.finished?.status, "completed");
  });
});

describe("engine: people who allow more (E2, F1)", () => {
  it("raise only the limit that was asked about", () => {
    const limits = [
      engineLimit("one", { mode: "approve", limit: USD }),
      engineLimit("two", { mode: "approve", limit: 2 * USD }),
    ];
    const run = runOf([engineStep("a", { cost: 3 * USD })], limits);
    assert.deepEqual([asked(run).limit, asked(run).amount], ["one", 2 * USD]);
    allow(run);
    assert.deepEqual([asked(run).limit, asked(run).amount], ["two", USD]);
    assert.deepEqual(startedIds(run), []);
    allow(run);
    assert.deepEqual(startedIds(run), ["a"]);
  });

  it("are asked for their word before the first step of a policy that wants it, and only then", () => {
    const limits = [engineLimit("w", { approvalRequired: true })];
    const steps = [
      engineStep("free", { simulated: true }),
      engineStep("a", { cost: USD, dependencies: ["free"] }),
      engineStep("b", { cost: USD, dependencies: ["a"] }),
    ];
    const run = runOf(steps, limits);
    run.until(5_000);
    assert.deepEqual(startedIds(run), ["free"], "what is simulated needs no money");
    assert.equal(
      asked(run).message,
      '"a" would be the first to spend money of policy w, which wants a person\'s word before anything starts: 0.00 USD of 10.00 USD is spent',
    );
    allow(run);
    run.finish();
    assert.equal(run.events.filter(({ type }) => type === "decision.asked").length, 1);
    assert.equal(run.state.finished?.status, "completed");
  });

  it("what they leave out is not stopped by the budget, what is enforced is", () => {
    const limits = [
      engineLimit("ask", { mode: "approve", limit: USD, scope: { kind: "service", service: "gpu" } }),
      engineLimit("hard", { limit: 5 * USD }),
    ];
    const left = runOf([engineStep("a", { cost: 3 * USD, service: "gpu" })], limits);
    left.command({ kind: "answer", decisionId: asked(left).decisionId, choice: "skip", amount: null, revision: null });
    assert.equal(left.state.finished?.failure?.code, "cancelled");
    const both = runOf(
      [engineStep("a", { cost: 3 * USD, service: "gpu" }), engineStep("b", { cost: 9 * USD })],
      limits,
    );
    both.command({ kind: "answer", decisionId: asked(both).decisionId, choice: "skip", amount: null, revision: null });
    assert.deepEqual(both.state.finished?.failure?.message, 'the budget\'s limit stopped "b"');
  });
});
