import assert from "node:assert/strict";
import type { Quantiles } from "../../../schemas/calibration.ts";
import type { Plan } from "../../../schemas/plan.ts";
import { expectDuration, findCriticalPath, type TimedStep } from "../../../worker/plan/critical-path.ts";
import type { History } from "../../../worker/plan/estimates.ts";
import { agentView, planOf, SHELL, SIMULATED, step, told } from "../../support/planning.ts";

const PRICED = {
  name: "code_generation",
  description: "",
  parameters: {},
  estimatedCost: 0.1,
  estimatedDuration: 60_000,
  dependencies: [],
};
const UNPRICED = { ...PRICED, name: "testing", estimatedCost: null, estimatedDuration: null };
const CODER = agentView("coder", [], { service: "acme", capabilities: [PRICED, UNPRICED] });

function plan(text: string, ...agents: ReturnType<typeof agentView>[]): Plan {
  return planOf(text, { agents: [SHELL, SIMULATED, CODER, ...agents] });
}

describe("plan: estimates (A2, E1)", () => {
  it("takes what the task declares, else what the agent registers, else nothing", () => {
    const made = plan(
      "- [ ] a\n  - cost: 0.25\n  - duration: 5s\n- [ ] b\n- [ ] Test c\n- [ ] d\n  - command: x\n- [ ] e\n  - command: x\n  - cost: 1\n",
    );
    const figures = made.steps.map(({ estimatedCost, estimatedDuration, estimateSource }) => [
      estimatedCost,
      estimatedDuration,
      estimateSource.cost,
      estimateSource.duration,
    ]);
    assert.deepEqual(figures, [
      [0.25, 5_000, "declared", "declared"],
      [0.1, 60_000, "registered", "registered"],
      [null, null, "unknown", "unknown"],
      [0, null, "none", "unknown"],
      [1, null, "declared", "unknown"],
    ]);
    assert.equal(made.steps[1]?.service, "acme");
  });

  it("sums without floating point, and keeps what is known beside what is not", () => {
    const known = plan("- [ ] a\n- [ ] b\n- [ ] c\n");
    assert.deepEqual([known.estimatedCost, known.knownCost, known.unknownCosts], [0.3, 0.3, 0]);
    assert.deepEqual([known.estimatedDuration, known.unknownDurations], [180_000, 0]);
    const unknown = plan("- [ ] a\n- [ ] Test b\n");
    assert.deepEqual([unknown.estimatedCost, unknown.knownCost, unknown.unknownCosts], [null, 0.1, 1]);
    assert.deepEqual([unknown.estimatedDuration, unknown.knownDuration, unknown.unknownDurations], [null, 60_000, 1]);
  });

  it("counts skipped and simulated steps as free", () => {
    const made = planOf("---\nbudget: 1 USD\n---\n- [ ] Test a\n- [ ] Test b\n", {
      agents: [SHELL, SIMULATED, CODER],
      modifications: [
        { stepId: "test-a", skip: true },
        { stepId: "test-b", simulate: true },
      ],
    });
    assert.deepEqual([made.estimatedCost, told(made.diagnostics)], [0, []]);
  });

  it("tells a budget below the estimate, with both figures", () => {
    const made = plan("---\nbudget: 0.25 USD\n---\n- [ ] a\n- [ ] b\n- [ ] c\n");
    assert.deepEqual(told(made.diagnostics), ["warning over-budget -"]);
    assert.match(made.diagnostics[0]?.message ?? "", /estimated at 0\.30 USD, above the budget of 0\.25 USD/);
    assert.deepEqual(told(plan("---\nbudget: 0.3 USD\n---\n- [ ] a\n- [ ] b\n- [ ] c\n").diagnostics), []);
  });

  it("refuses a step without estimate under a budget that stops, and tells of it where a person decides", () => {
    const text = "---\nbudget: {total: 1, currency: USD, mode: enforce}\n---\n- [ ] Test a\n- [ ] d\n  - command: x\n";
    const made = plan(text);
    assert.deepEqual(told(made.diagnostics), ["error unknown-cost 4"]);
    assert.deepEqual(told(plan(text.replace("enforce", "approve")).diagnostics), ["warning unknown-cost 4"]);
    assert.match(made.diagnostics[0]?.message ?? "", /"Test a" has no cost estimate.*`cost: 0\.50`/);
  });

  it("tells a foreign currency, and does not add it up", () => {
    const made = plan("---\nbudget: 5 USD\n---\n- [ ] a\n  - cost: 1 EUR\n");
    assert.deepEqual(told(made.diagnostics), ["error currency 4"]);
    assert.equal(made.estimatedCost, null);
    assert.equal(plan("- [ ] a\n  - cost: 1 EUR\n").currency, "EUR");
    const pound = agentView("pound", [], { currency: "GBP", capabilities: [{ ...PRICED, name: "deployment" }] });
    assert.equal(step(plan("- [ ] Deploy\n", pound), "deploy").estimatedCost, null);
  });
});

describe("plan: estimates from the record (A9)", () => {
  const minute = 60_000;
  const recorded = (cost: Partial<Quantiles>, duration: Partial<Quantiles>): History => {
    const none = { typical: null, high: null, runs: 0, needed: 5 };
    return (agent, capability, currency) =>
      agent === "coder" && capability === "code_generation" && currency === "USD"
        ? { cost: { ...none, ...cost }, duration: { ...none, ...duration } }
        : { cost: none, duration: none };
  };
  const planWith = (text: string, history: History): Plan =>
    planOf(text, { agents: [SHELL, SIMULATED, CODER], history });
  const MANY = recorded(
    { typical: 400_000, high: 900_000, runs: 23 },
    { typical: 4 * minute, high: 7 * minute, runs: 25 },
  );
  const figures = (made: Plan, id: string): unknown[] => {
    const { estimatedCost, highCost, estimatedDuration, highDuration, estimateSource } = step(made, id);
    return [estimatedCost, highCost, estimateSource.cost, estimatedDuration, highDuration, estimateSource.duration];
  };

  it("come before registered ones and after declared ones, and say how many runs they rest on", () => {
    const made = planWith("- [ ] a\n- [ ] b\n  - cost: 0.25\n- [ ] c\n  - cost: 1\n  - duration: 5s\n", MANY);
    assert.deepEqual(figures(made, "a"), [0.4, 0.9, "history", 4 * minute, 7 * minute, "history"]);
    assert.deepEqual(figures(made, "b"), [0.25, null, "declared", 4 * minute, 7 * minute, "history"]);
    assert.deepEqual(figures(made, "c"), [1, null, "declared", 5_000, null, "declared"]);
    assert.deepEqual(
      made.steps.map(({ estimateNote }) => estimateNote),
      ["time from 25 runs; cost from 23 runs", "time from 25 runs", null],
    );
    assert.equal(made.estimatedCost, 1.65, "totals rest on the typical cost");
  });

  it("are not made from too few or too old runs, and the words say so", () => {
    const some = planWith("- [ ] a\n  - cost: 1\n", recorded({}, { typical: minute, runs: 7 }));
    assert.deepEqual(figures(some, "a").slice(3), [minute, null, "history"]);
    assert.equal(step(some, "a").estimateNote, "time from 7 runs, too few or too old to say what 9 of 10 stay below");
    const few = planWith("- [ ] a\n", recorded({ runs: 1 }, { runs: 8 }));
    assert.deepEqual(figures(few, "a"), [0.1, null, "registered", 60_000, null, "registered"]);
    assert.equal(
      step(few, "a").estimateNote,
      "time not from the record: most of its 8 runs are too long ago; cost not from the record: 1 run so far, and it needs 5",
    );
    const none = planWith("- [ ] Test a\n", MANY);
    assert.deepEqual(figures(none, "test-a"), [null, null, "unknown", null, null, "unknown"]);
    assert.match(step(none, "test-a").estimateNote ?? "", /it has no run with a known time; .*known cost/);
  });

  it("are not asked for commands, skipped and simulated steps", () => {
    const asked: string[] = [];
    const history: History = (agent, capability, currency) => {
      asked.push(`${agent} ${capability}`);
      return MANY(agent, capability, currency);
    };
    planOf("- [ ] a\n- [ ] b\n- [ ] c\n  - command: x\n- [ ] d\n", {
      agents: [SHELL, SIMULATED, CODER],
      history,
      modifications: [
        { stepId: "a", skip: true },
        { stepId: "b", simulate: true },
      ],
    });
    assert.deepEqual(asked, ["coder code_generation"]);
  });

  it("tell a budget that holds for typical costs only", () => {
    const text = "---\nbudget: {total: 1, currency: USD, mode: enforce}\n---\n- [ ] a\n- [ ] b\n";
    const made = planWith(text, MANY);
    assert.deepEqual(told(made.diagnostics), ["warning near-budget -"]);
    assert.match(made.diagnostics[0]?.message ?? "", /0\.80 USD, within the budget of 1\.00 USD, but at 1\.80 USD if/);
    assert.deepEqual(told(planWith(text.replace("total: 1", "total: 1.8"), MANY).diagnostics), []);
    assert.deepEqual(told(planWith(text.replace("total: 1", "total: 0.7"), MANY).diagnostics), [
      "warning over-budget -",
    ]);
  });

  it("leave the approval as it is", () => {
    assert.equal(planWith("- [ ] a\n", MANY).hash, plan("- [ ] a\n").hash);
  });
});

function timed(...steps: [id: string, duration: number, dependencies?: string, priority?: number][]): TimedStep[] {
  return steps.map(([id, duration, dependencies = "", priority = 0]) => ({
    id,
    duration,
    priority,
    dependencies: dependencies.split(" ").filter((dependency) => dependency !== ""),
  }));
}

describe("plan: critical path (A2, B1)", () => {
  it("is the longest way through the steps", () => {
    const steps = timed(["a", 5], ["b", 1, "a"], ["c", 3, "a"], ["d", 2, "b c"], ["e", 9]);
    assert.deepEqual(findCriticalPath(steps), { path: ["a", "c", "d"], duration: 10 });
    assert.deepEqual(findCriticalPath([]), { path: [], duration: 0 });
    assert.deepEqual(findCriticalPath(timed(["a", 0], ["b", 0, "a"])).duration, 0);
  });

  it("leaves rings out", () => {
    assert.deepEqual(findCriticalPath(timed(["a", 5, "b"], ["b", 1, "a"], ["c", 3])), { path: ["c"], duration: 3 });
    assert.equal(expectDuration(timed(["a", 5, "b"], ["b", 1, "a"], ["c", 3]), 2), 3);
  });

  it("expects the time with the places that there are, higher priority first", () => {
    const steps = timed(["a", 4], ["b", 4], ["c", 4], ["d", 4]);
    assert.deepEqual(
      [1, 2, 3, 4, 9].map((places) => expectDuration(steps, places)),
      [16, 8, 8, 4, 4],
    );
    const long = timed(["a", 1], ["b", 1], ["c", 2], ["d", 8, "", 1]);
    assert.equal(expectDuration(long, 2), 8);
    assert.equal(expectDuration(timed(["a", 1], ["b", 1], ["c", 2], ["d", 8]), 2), 9);
  });
});
