import assert from "node:assert/strict";
import type { Plan, StepModification } from "../../../schemas/plan.ts";
import { Report } from "../../../schemas/report.ts";
import { viewOf } from "../../../worker/engine/view.ts";
import { reportMarkdown } from "../../../worker/insight/report-markdown.ts";
import { buildReport } from "../../../worker/insight/report.ts";
import { enginePlanOf } from "../../../worker/run/engine-plan.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { agentView, planOfDocument, SIMULATED } from "../../support/planning.ts";
import { VirtualRun } from "../../support/virtual-run.ts";

const REQUIREMENTS = `# Requirements Document

### Requirement 1: Login

#### Acceptance Criteria

1. WHEN a person logs in THEN the system SHALL | greet
2. WHEN the password is wrong THEN the system SHALL refuse
3. WHEN it is refused thrice THEN the system SHALL wait

### Requirement 2: Logout

#### Acceptance Criteria

1. THE system SHALL forget the session
2. THE system SHALL say goodbye
3. THE system SHALL sing
`;

const TASKS = `# Plan

- [x] 1. Before
  - _Requirements: 1.1_
- [ ] 2. Log in
  - [ ] 2.1 Form
    - _Requirements: 1.1, 1.2_
  - [ ] 2.2 Check
    - _Requirements: 1.2_
  - [ ]* 2.3 Tests
    - _Requirements: 1.1, 2.2_
- [ ] 3. All of logging in again
  - _Requirements: 1, 9.9_
`;

const AGENT = agentView("coder", ["code_generation", "testing", "document_analysis", "code_review", "planning"]);

function plan(modifications: StepModification[] = []): Plan {
  const companion = { path: ".kiro/specs/a/requirements.md", text: REQUIREMENTS };
  const document = parseSpec(TASKS, ".kiro/specs/a/tasks.md", { companion });
  return planOfDocument(document, { agents: [AGENT, SIMULATED], modifications });
}

/** The report of a run in which the named steps fail. */
function reportOf(planned: Plan, failing: readonly string[] = []): Report {
  const run = new VirtualRun({
    plan: enginePlanOf(planned, { agentLimits: {}, onFailure: "continue", scope: null }),
    script: (id) => ({ fails: failing.includes(id) ? "exit_nonzero" : null }),
  });
  run.finish();
  return Report.parse(buildReport(planned, run.events, viewOf(run.state, run.t, planned.specPath)));
}

function states(report: Report): string[] {
  return report.requirements.map(({ id, state, tasks }) =>
    [`${id} ${state}`, ...tasks.map((task) => `${task.id} ${task.status}${task.before ? " before" : ""}`)].join(", "),
  );
}

describe("report: requirements (L2, A1)", () => {
  it("shows each criterion with the tasks that serve it and what became of them", () => {
    assert.deepEqual(states(reportOf(plan())), [
      "1 done, 3 completed",
      "1.1 done, 1 completed before, 2.3 skipped before, 2.1 completed, 3 completed",
      "1.2 done, 2.1 completed, 2.2 completed, 3 completed",
      "1.3 done, 3 completed",
      "2.1 uncovered",
      "2.2 open, 2.3 skipped before",
      "2.3 uncovered",
      "9.9 done, 3 completed",
    ]);
  });

  it("counts as done only what was done: not what failed, what that kept from running, or what was simulated", () => {
    assert.deepEqual(states(reportOf(plan(), ["2.2"])).slice(0, 4), [
      "1 open, 3 skipped",
      "1.1 partly, 1 completed before, 2.3 skipped before, 2.1 completed, 3 skipped",
      "1.2 partly, 2.1 completed, 2.2 failed, 3 skipped",
      "1.3 open, 3 skipped",
    ]);
    const simulated = reportOf(
      plan([
        { stepId: "2.2", simulate: true },
        { stepId: "3", skip: true },
      ]),
    );
    assert.equal(states(simulated)[1], "1.1 done, 1 completed before, 2.3 skipped before, 2.1 completed, 3 skipped");
    assert.equal(states(simulated)[2], "1.2 partly, 2.1 completed, 2.2 completed, 3 skipped");
    assert.match(reportMarkdown(simulated), /`2\.2` completed, \*simulated\*/);
  });

  it("says for people where each stands, and names what no task serves", () => {
    const markdown = reportMarkdown(reportOf(plan()));
    const [, section = ""] = /\n## Requirements\n\n([^]*?)\n## /.exec(`${markdown}\n## `) ?? [];
    const lines = section.split("\n");
    assert.equal(
      lines[3],
      "| `1.1` | WHEN a person logs in THEN the system SHALL \\| greet | ✔ done | `1` completed before, `2.3` skipped, `2.1` completed, `3` completed | `.kiro/specs/a/requirements.md:7` |",
    );
    assert.ok(
      lines.includes(
        "| `2.1` | THE system SHALL forget the session | ✘ no task | – | `.kiro/specs/a/requirements.md:15` |",
      ),
    );
    assert.ok(lines.includes("| `9.9` |  | ✔ done | `3` completed | – |"));
    assert.ok(lines.includes("No task serves `2.1`, `2.3`."));
  });

  it("lists 50 tasks of a requirement and counts the others, of which the state is made, too", () => {
    const tasks = Array.from(
      { length: 53 },
      (_, index) => `- [${index < 52 ? "x" : " "}] ${index + 1}. A\n  - _Requirements: 1_\n`,
    );
    const document = parseSpec(tasks.join(""), ".kiro/specs/a/tasks.md");
    const report = reportOf(planOfDocument(document, { agents: [AGENT] }), ["53"]);
    const [only] = report.requirements;
    assert.deepEqual([only?.state, only?.tasks.length, only?.moreTasks], ["partly", 50, 3]);
    assert.match(reportMarkdown(report), /`50` completed before, and 3 more \|/);
  });

  it("has no such part where the spec refers to nothing", () => {
    const report = reportOf(planOfDocument(parseSpec("- [ ] 1. A\n", ".kiro/specs/a/tasks.md"), { agents: [AGENT] }));
    assert.deepEqual(report.requirements, []);
    assert.doesNotMatch(reportMarkdown(report), /Requirements/);
  });
});
