import assert from "node:assert/strict";
import type { EventBody, ExecutionEvent } from "../../../schemas/event.ts";
import { Report } from "../../../schemas/report.ts";
import { fold } from "../../../worker/engine/fold.ts";
import { viewOf } from "../../../worker/engine/view.ts";
import { reportMarkdown } from "../../../worker/insight/report-markdown.ts";
import { buildReport } from "../../../worker/insight/report.ts";
import { enginePlanOf } from "../../../worker/run/engine-plan.ts";
import { planOf } from "../../support/planning.ts";
import { VirtualRun } from "../../support/virtual-run.ts";

const AT = "2026-01-01T00:00:09.000Z";

type Written = Extract<EventBody, { type: "boxes.written" }>;

/** The report of a run whose boxes were written so. */
function reportOf(...written: Omit<Written, "type" | "specPath">[]): Report {
  const plan = planOf("# T\n\n- [ ] Build\n  - id: build\n  - command: make\n");
  const run = new VirtualRun({
    plan: enginePlanOf(plan, { agentLimits: {}, onFailure: "continue", scope: null }),
    script: () => ({}),
  });
  run.finish();
  let { state } = run;
  const events = [...run.events];
  for (const body of written) {
    const stamp = { v: 1, executionId: state.executionId, seq: state.seq + 1, at: AT, t: state.t } as const;
    const event: ExecutionEvent = { ...stamp, type: "boxes.written", specPath: plan.specPath, ...body };
    events.push(event);
    state = fold(state, event);
  }
  assert.equal(state.finished?.status, "completed", "what is written after the end takes nothing of it back");
  const report = buildReport(plan, events, viewOf(state, run.t, plan.specPath));
  assert.deepEqual(Report.parse(JSON.parse(JSON.stringify(report))), report, "the JSON file holds exactly the report");
  return report;
}

const boxRows = (report: Report): string[] =>
  (reportMarkdown(report).split("## Boxes\n\n")[1] ?? "").split("\n\n")[0]?.trimEnd().split("\n").slice(2) ?? [];

describe("report: boxes (A8, L2)", () => {
  const proof = { exitCode: 0, check: "test -f a|b", outputs: ["out/a", "out/b"] };
  const build = { task: "build", title: "Build", line: 3, from: " ", to: "x" };

  it("tells what was ticked, when, where and by which evidence", () => {
    const report = reportOf({
      into: "file",
      boxes: [
        { ...build, evidence: { attempt: 2, at: AT, proof } },
        { task: "all", title: "All", line: 1, from: "-", to: "x", evidence: null },
      ],
      left: [],
    });
    assert.deepEqual(report.boxes.ticked[0], {
      ...build,
      evidence: { attempt: 2, at: AT, proof },
      at: AT,
      into: "file",
    });
    assert.deepEqual(boxRows(report), [
      `| Build | 3 | \`[ ]\` → \`[x]\`, ${AT} | attempt 2 succeeded; exit code 0; check passed: test -f a\\|b; made out/a, out/b |`,
      `| All | 1 | \`[-]\` → \`[x]\`, ${AT} | what is below or before it is done |`,
    ]);
  });

  it("tells what was left alone and why, unless it was ticked later", () => {
    const left = { task: "build", title: "Build", line: 3, reason: "tasks below it are not done yet" };
    const other = { task: "b", title: "B", line: 4, reason: "its state was changed" };
    const evidence = { attempt: 1, at: null, proof: { exitCode: null, check: null, outputs: [] } };
    const report = reportOf(
      { into: "file", boxes: [], left: [left, other] },
      { into: "editor", boxes: [{ ...build, evidence }], left: [] },
    );
    assert.deepEqual(report.boxes.left, [other]);
    assert.deepEqual(boxRows(report), [
      `| Build | 3 | \`[ ]\` → \`[x]\`, ${AT} in an editor, not saved then | attempt 1 succeeded |`,
      "| B | 4 | left alone | its state was changed |",
    ]);
  });

  it("has no such part when nothing was written", () => {
    assert.deepEqual(reportOf().boxes, { ticked: [], left: [] });
    assert.ok(!reportMarkdown(reportOf()).includes("## Boxes"));
  });
});
