import assert from "node:assert/strict";
import type { EventBody } from "../../../schemas/event.ts";
import { Report } from "../../../schemas/report.ts";
import { fold, foldAll } from "../../../worker/engine/fold.ts";
import { viewOf } from "../../../worker/engine/view.ts";
import { reportMarkdown } from "../../../worker/insight/report-markdown.ts";
import { buildReport } from "../../../worker/insight/report.ts";
import { enginePlanOf } from "../../../worker/run/engine-plan.ts";
import { planOf } from "../../support/planning.ts";
import { VirtualRun } from "../../support/virtual-run.ts";

const POLICY = {
  id: "team",
  limits: { total: 2, perAgent: { shell: 3 } },
  enforcement: { mode: "warn" },
};

function reportOf(text: string, reports: readonly { readonly after: number; readonly cost: number | null }[]): Report {
  const plan = planOf(text, { budget: POLICY });
  const run = new VirtualRun({
    plan: enginePlanOf(plan, { agentLimits: {}, onFailure: "continue", scope: null }),
    script: () => ({ reports, duration: 1_000 }),
  });
  run.finish();
  const report = buildReport(plan, run.events, viewOf(run.state, run.t, plan.specPath));
  assert.deepEqual(Report.parse(JSON.parse(JSON.stringify(report))), report, "the JSON file holds exactly the report");
  return report;
}

const lines = (report: Report): string[] =>
  (reportMarkdown(report).split("## Budget\n\n")[1] ?? "").split("\n\n")[0]?.trimEnd().split("\n") ?? [];

describe("report: limits (E1-E4, L2)", () => {
  const TEXT = "- [ ] Build\n  - id: build\n  - command: make\n  - cost: 1\n";

  it("tells the policies, the levels that were reached, what was above its reservation and what was refused", () => {
    const report = reportOf(TEXT, [
      { after: 100, cost: 1_700_000 },
      { after: 200, cost: null },
      { after: 300, cost: 800_000 },
    ]);
    const { limits, levels, refused, overruns } = report.budget;
    assert.deepEqual(
      limits.map(({ key, label, limit, mode }) => [key, label, limit, mode]),
      [
        ["team/total", "policy team", 2, "warn"],
        ["team/agent/shell", "policy team for agent shell", 3, "warn"],
      ],
    );
    assert.deepEqual(
      levels.map(({ key, level, used, of }) => [key, level, used, of]),
      [
        ["team/total", "threshold", 1.7, 2],
        ["team/total", "limit", 2.5, 2],
        ["team/agent/shell", "threshold", 2.5, 3],
      ],
    );
    assert.deepEqual(overruns, [{ stepId: "build", attempt: 1, reserved: 1, cost: 2.5 }]);
    assert.equal(refused.length, 1);
    const text = lines(report);
    assert.equal(text[0], "- policy team: 2.00 USD, warn");
    assert.match(text.join("\n"), /policy team reached its limit: 2\.50 USD of 2\.00 USD/);
    assert.match(text.join("\n"), /Build \(attempt 1\) cost 2\.50 USD, above the 1\.00 USD set aside/);
    assert.match(text.join("\n"), /Build \(attempt 1\) reported a cost of .* refused because/);
  });

  it("tells who allowed how much above which limit", () => {
    const plan = planOf(TEXT, { budget: { ...POLICY, limits: { total: 0.4 }, enforcement: { mode: "approve" } } });
    const run = new VirtualRun({ plan: enginePlanOf(plan, { agentLimits: {}, onFailure: "continue", scope: null }) });
    const [asked] = [...run.state.decisions.values()];
    assert.ok(asked);
    const body: EventBody = {
      ...{ type: "decision.answered", decisionId: asked.decisionId, stepId: "build", choice: "allow", by: "sam" },
      ...{ amount: 600_000, limit: asked.limit },
    };
    const at = "2026-01-01T00:00:09.000Z";
    const { executionId, seq, t } = run.state;
    const event = { v: 1, executionId, seq: seq + 1, at, t, ...body } as const;
    const state = fold(foldAll(run.events), event);
    const report = buildReport(plan, [...run.events, event], viewOf(state, t, plan.specPath));
    assert.deepEqual(report.budget.allowed, [{ at, by: "sam", stepId: "build", key: "team/total", amount: 0.6 }]);
    assert.match(lines(report).join("\n"), /sam allowed 0\.60 USD above policy team, for Build/);
  });

  it("says nothing where there is nothing to tell", () => {
    const plan = planOf("- [ ] Build\n  - command: make\n");
    const run = new VirtualRun({ plan: enginePlanOf(plan, { agentLimits: {}, onFailure: "continue", scope: null }) });
    run.finish();
    assert.doesNotMatch(
      reportMarkdown(buildReport(plan, run.events, viewOf(run.state, run.t, plan.specPath))),
      /Budget/,
    );
  });
});
