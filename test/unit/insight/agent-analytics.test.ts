import assert from "node:assert/strict";
import { join } from "node:path";
import { AgentAnalytics } from "../../../schemas/agent-analytics.ts";
import { agentAnalytics, analyse } from "../../../worker/insight/agent-analytics.ts";
import type { AgentRun } from "../../../worker/store/agent-runs.ts";
import { openDatabase } from "../../../worker/store/open-database.ts";
import { createdBody, enginePlan, engineStep } from "../../support/engine-plans.ts";
import {
  appendEvents,
  cost,
  finished,
  inFolder,
  insertBarePlan,
  PLAN_ID,
  stamp,
  started,
  stepEnded,
} from "../../support/store.ts";

function run(more: Partial<AgentRun>): AgentRun {
  const startedAt = "2026-01-01T00:00:00.000Z";
  return {
    agent: "coder",
    status: "succeeded",
    simulated: false,
    startedAt,
    duration: 1_000,
    errorCode: null,
    ...more,
  };
}

describe("analytics of agents (D6)", () => {
  it("counts how runs ended, and rates only those that ended by themselves", () => {
    const figures = analyse([
      run({}),
      run({ duration: 3_000 }),
      run({ status: "failed", errorCode: "timeout" }),
      run({ status: "failed", errorCode: "timeout" }),
      run({ status: "cancelled" }),
      run({ status: "interrupted", duration: null }),
      run({ status: "running", duration: null, startedAt: "2026-01-02T00:00:00.000Z" }),
    ]);
    assert.deepEqual(figures, {
      runs: 7,
      simulatedRuns: 0,
      succeeded: 2,
      failed: 2,
      cancelled: 1,
      interrupted: 1,
      running: 1,
      successRate: 0.5,
      duration: { typical: 1_000, high: 3_000 },
      errors: { timeout: 2 },
      lastRunAt: "2026-01-02T00:00:00.000Z",
    });
  });

  it("counts simulated runs apart, and rates nothing where nothing ended", () => {
    const figures = analyse([run({ simulated: true }), run({ status: "running", duration: null })]);
    assert.deepEqual([figures.runs, figures.simulatedRuns, figures.successRate], [1, 1, null]);
    assert.deepEqual(figures.duration, { typical: null, high: null });
  });

  it("reads runs and costs of the record, by agent, since a moment", () =>
    inFolder(async (folder) => {
      const database = await openDatabase(join(folder, "a.db"));
      insertBarePlan(database);
      const plan = enginePlan([engineStep("a"), engineStep("b")]);
      appendEvents(
        database,
        "run-1",
        stamp("run-1", [
          { ...createdBody(plan), planId: PLAN_ID },
          started("a"),
          finished("a", { costs: [cost(2_500_000), cost(null)] }),
          stepEnded("a"),
          started("b"),
          finished("b", { failed: true }),
        ]),
      );
      const [shell, another] = agentAnalytics(database, "2000-01-01T00:00:00.000Z", null);
      assert.equal(another, undefined);
      assert.ok(shell);
      assert.deepEqual(AgentAnalytics.parse(shell), shell);
      assert.deepEqual(
        [shell.agent, shell.runs, shell.successRate, shell.costs[0]?.amount, shell.unknownCosts, shell.errors],
        ["shell", 2, 0.5, 2.5, 1, { exit_nonzero: 1 }],
      );
      assert.deepEqual(agentAnalytics(database, "2999-01-01T00:00:00.000Z", null), []);
      assert.deepEqual(agentAnalytics(database, "2000-01-01T00:00:00.000Z", "coder"), []);
      await database.close();
    }));
});
