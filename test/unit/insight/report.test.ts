import assert from "node:assert/strict";
import { GFM, parser } from "@lezer/markdown";
import type { Plan } from "../../../schemas/plan.ts";
import { Report } from "../../../schemas/report.ts";
import { viewOf } from "../../../worker/engine/view.ts";
import { reportMarkdown } from "../../../worker/insight/report-markdown.ts";
import { buildReport } from "../../../worker/insight/report.ts";
import { enginePlanOf } from "../../../worker/run/engine-plan.ts";
import { planOf } from "../../support/planning.ts";
import { attemptEnd, costEntry, VirtualRun, type Script } from "../../support/virtual-run.ts";

const SPEC = `---
title: Ship it
budget: 5.00 USD
---
# Ship it
- [ ] Build
  - id: build
  - retries: 2
  - cost: 1.50
  - duration: 2m
  \`\`\`sh
  make
  \`\`\`
- [ ] Test
  - id: test
  \`\`\`sh
  make test
  \`\`\`
- [ ] Release
  - id: release
  \`\`\`sh
  make release
  \`\`\`
`;

/** Runs a plan in the scripted world and builds its report from the record. */
function reportOf(plan: Plan, script: Script, act: (run: VirtualRun) => void = (run) => void run.finish()): Report {
  const run = new VirtualRun({
    plan: enginePlanOf(plan, { agentLimits: {}, onFailure: "continue", scope: null }),
    script,
  });
  act(run);
  const report = buildReport(plan, run.events, viewOf(run.state, run.t, plan.specPath));
  assert.deepEqual(Report.parse(JSON.parse(JSON.stringify(report))), report, "the JSON file holds exactly the report");
  return report;
}

/** The second-level headings. */
function sections(markdown: string): string[] {
  return markdown.split("\n").flatMap((line) => (line.startsWith("## ") ? line.slice(3) : []));
}

describe("report (L2)", () => {
  const plan = planOf(SPEC);

  it("tells of a good run: what, when, how long, how much, and against which estimates", () => {
    const report = reportOf(plan, (id) => ({ duration: 90_000, ...(id === "build" ? { cost: 1_250_000 } : {}) }));
    assert.deepEqual(
      {
        status: report.status,
        duration: report.duration,
        counts: report.counts,
        cost: report.costs.total,
        estimated: report.estimatedCost,
        failure: report.failure,
      },
      {
        status: "completed",
        duration: 270_000,
        counts: { total: 3, completed: 3, failed: 0, skipped: 0, cancelled: 0, retried: 0 },
        cost: 1.25,
        estimated: 1.5,
        failure: null,
      },
    );
    const build = report.steps[0];
    assert.deepEqual(
      [build?.id, build?.line, build?.estimatedDuration, build?.cost, build?.estimatedCost, build?.attempts.length],
      ["build", 6, 120_000, 1.25, 1.5, 1],
    );
    const markdown = reportMarkdown(report);
    assert.match(markdown, /^# Ship it: completed\n/);
    assert.match(markdown, /\| Cost \| 1\.25 USD of 5\.00 USD, measured \(estimated 1\.50 USD\) \|/);
    assert.match(markdown, /\| Steps \| 3: 3 completed, 0 failed, 0 skipped, 0 cancelled, 0 retried \|/);
    assert.match(markdown, /\| ✔ completed \| Build \| `shell` \| 1 \| 1m30s \| 1\.25 USD \| – \| 6 \|/);
    assert.deepEqual(sections(markdown), ["Steps", "Costs by service"]);
  });

  it("tells of a failed run: which step, why, and what was not run because of it", () => {
    const report = reportOf(plan, (id) => ({ fails: id === "test" ? "exit_nonzero" : null }));
    assert.equal(report.status, "failed");
    assert.equal(report.failure?.message, '"Test" failed: test broke');
    assert.deepEqual(
      report.steps.map(({ status, failure }) => [status, failure?.code ?? null]),
      [
        ["completed", null],
        ["failed", "exit_nonzero"],
        ["skipped", "dependency_failed"],
      ],
    );
    assert.equal(report.steps[2]?.attempts.length, 0);
    const markdown = reportMarkdown(report);
    assert.match(markdown, /> \*\*exit_nonzero:\*\* "Test" failed: test broke/);
    assert.match(markdown, /- \*\*Test\*\* \(failed, `exit_nonzero`\): test broke/);
    assert.match(markdown, /- \*\*Release\*\* \(skipped, `dependency_failed`\): not run: "Test"/);
  });

  it("tells every attempt of a step that was retried, and does not call a recovered step failed", () => {
    const report = reportOf(plan, (id, attempt) => ({ fails: id === "build" && attempt < 3 ? "exit_nonzero" : null }));
    assert.equal(report.counts.retried, 1);
    assert.deepEqual(
      report.steps[0]?.attempts.map(({ attempt, outcome, duration, failure }) => [
        attempt,
        outcome,
        duration,
        failure?.code,
      ]),
      [
        [1, "failed", 1_000, "exit_nonzero"],
        [2, "failed", 1_000, "exit_nonzero"],
        [3, "succeeded", 1_000, undefined],
      ],
    );
    assert.equal(report.steps[0]?.failure, null);
    const markdown = reportMarkdown(report);
    assert.match(
      markdown,
      /- Build, attempt 1: failed after 1s: build broke\n- Build, attempt 2: .*\n- Build, attempt 3: succeeded after 1s\n/,
    );
    assert.ok(!sections(markdown).includes("What did not complete"));
  });

  it("tells of a cancelled run", () => {
    const report = reportOf(
      plan,
      () => ({ duration: null }),
      (run) => {
        run.until(1_000);
        run.cancel("ada");
        run.finish();
      },
    );
    assert.equal(report.status, "cancelled");
    assert.equal(report.counts.cancelled, 3);
    const markdown = reportMarkdown(report);
    assert.match(markdown, /^# Ship it: cancelled/);
    assert.match(markdown, /\| ■ cancelled \| Build/);
    assert.match(markdown, /cancelled by ada/);
  });

  it("tells of a run that has not ended: an attempt without an end is interrupted", () => {
    const report = reportOf(
      plan,
      () => ({ duration: null }),
      (run) => {
        run.emit({ type: "execution.interrupted", message: "gone" });
      },
    );
    assert.equal(report.status, "interrupted");
    assert.equal(report.completedAt, null);
    assert.deepEqual(
      report.steps[0]?.attempts.map(({ outcome, duration }) => [outcome, duration]),
      [["interrupted", null]],
    );
    assert.match(reportMarkdown(report), /\| Ended \| not ended \|/);
  });

  it("marks what was simulated, in the summary and at the step, and shows no money for it", () => {
    const simulated = planOf(SPEC, { modifications: [{ stepId: "test", simulate: true }] });
    const report = reportOf(simulated, () => ({ cost: 700_000 }));
    assert.ok(report.simulated);
    assert.deepEqual(
      report.steps.map((step) => step.simulated),
      [false, true, false],
    );
    assert.equal(report.costs.total, 1.4, "simulated money is no money");
    const markdown = reportMarkdown(report);
    assert.match(markdown, /> \*\*Simulated:\*\*/);
    assert.match(markdown, /\| Test \*\(simulated\)\* \| `[a-z]+` \| 1 \| 1s \| – \|/);
    assert.ok(!reportMarkdown(reportOf(plan, () => ({}))).includes("imulated"), "and nothing where nothing was");
  });

  it("says unknown, not 0, where a cost or a duration is not known", () => {
    const report = reportOf(plan, () => ({ cost: null }));
    assert.deepEqual([report.costs.total, report.costs.unknown, report.steps[0]?.cost], [null, 3, null]);
    assert.match(reportMarkdown(report), /\| Cost \| unknown of 5\.00 USD: 3 without a known cost/);
  });

  it("lists artifacts, checks and notices", () => {
    const report = reportOf(
      plan,
      () => ({ duration: null }),
      (run) => {
        run.deliver(
          "build",
          1,
          attemptEnd({
            artifacts: [{ type: "file", path: "dist/app.js", url: null, sha256: "ab".repeat(32), size: 42 }],
            result: {
              ran: ["make", "all it needs"],
              stopReason: "end_turn",
              end: { exitCode: 0, signal: null },
              check: { command: "test -f dist/app.js", end: { exitCode: 0, signal: null } },
              tail: "",
            },
            costs: [costEntry(250_000, { service: "search" }), costEntry(500_000)],
          }),
        );
        const check = { command: "make lint", end: { exitCode: 2, signal: null } };
        run.deliver(
          "test",
          1,
          attemptEnd({
            outcome: "failed",
            failure: { code: "check_failed", message: "check failed", retryable: false },
            result: { end: null, check, tail: "" },
          }),
        );
      },
    );
    assert.deepEqual(
      report.steps.map(({ check }) => check),
      [{ command: "test -f dist/app.js", passed: true }, { command: "make lint", passed: false }, null],
    );
    assert.deepEqual(
      report.artifacts.map(({ path }) => path),
      ["dist/app.js"],
    );
    const markdown = reportMarkdown({ ...report, notices: ["the box of line 6 was left alone"] });
    assert.match(markdown, /\| `dist\/app\.js` \| file \| 42 \| `abababababababab` \|/);
    assert.match(markdown, /\| search \| 0\.25 USD \|\n/);
    assert.match(markdown, /## Notices\n\n- the box of line 6 was left alone/);
    const evidence = markdown.slice(markdown.indexOf("## Evidence"), markdown.indexOf("## Artifacts"));
    for (const row of [
      "command | make 'all it needs' |",
      "exit | exit code 0 |",
      "stop reason | end\\_turn |",
      `file | dist/app.js, 42 bytes, sha256 ${"ab".repeat(32)} |`,
      "check | test -f dist/app.js: passed |",
      "check | make lint: exit code 2 |",
    ])
      assert.ok(evidence.includes(`| 1 | ${row}`), `${row}\n${evidence}`);
  });

  it("lists what steps have told and what hooks answered, whatever stands in it (D8, F2)", () => {
    const hostile = "a | b\n## Fake";
    const report = reportOf(
      plan,
      () => ({ duration: null }),
      (run) => {
        const outputs = [{ name: "said", type: "text" as const, value: hostile }];
        run.deliver("build", 1, attemptEnd({ result: { end: null, check: null, tail: "", outputs } }));
      },
    );
    assert.deepEqual(report.steps[0]?.outputs, [{ name: "said", type: "text", value: hostile }]);
    const delivery = { key: "k", hook: "web", event: "step" as const, stepId: "build", at: "2026-01-01T00:00:00.000Z" };
    const markdown = reportMarkdown({
      ...report,
      hooks: [
        { ...delivery, state: "delivered", attempts: 2, nextAt: null, problem: null, answer: { tx: "0x1" } },
        { ...delivery, state: "given-up", attempts: 12, nextAt: null, problem: hostile, answer: null },
      ],
    });
    assert.deepEqual(
      sections(markdown).filter((title) => ["Named outputs", "Hooks", "Fake"].includes(title)),
      ["Named outputs", "Hooks"],
    );
    assert.match(markdown, /\| web \| step \| `build` \| delivered \| 2 \| .*0x1.* \|/);
    assert.match(markdown, /\| given-up \| 12 \| a \\\| b/);
  });

  it("is a report also when there is nothing to tell", () => {
    const empty = { ...plan, steps: [] };
    const markdown = reportMarkdown(reportOf(empty, () => ({})));
    assert.match(markdown, /\| Steps \| 0: 0 completed/);
    assert.deepEqual(sections(markdown), ["Steps"]);
  });

  it("tells who decided what and what interrupted it, and keeps what a revised plan no longer has (F1, A7)", () => {
    const asking = planOf(SPEC.replace("title: Ship it", "title: Ship it\nonFailure: pause"));
    const report = reportOf(
      asking,
      (id, attempt) => ({ fails: id === "test" && attempt < 3 ? "agent_error" : null }),
      (run) => {
        run.until(500);
        run.crash();
        run.until(10_000);
        run.command(
          { kind: "answer", decisionId: "run-1/ask-1", choice: "retry", amount: null, revision: null },
          "ada",
        );
        run.until(20_000);
        const { plan: engine } = run.state;
        const rest = engine.steps
          .filter(({ id }) => id !== "build")
          .map((step) => ({ ...step, dependencies: step.dependencies.filter((id) => id !== "build") }));
        const revision = {
          over: null,
          planId: "p2",
          planHash: "1".repeat(64),
          title: "Ship it",
          plan: { ...engine, steps: rest },
          stale: [],
        };
        run.command({ kind: "revise", revision }, "grace");
        run.command(
          { kind: "answer", decisionId: "run-1/ask-2", choice: "retry", amount: null, revision: null },
          "grace",
        );
        run.finish();
      },
    );
    assert.deepEqual(
      report.interventions.map(({ by, stepId, what }) => [by, stepId, what.split(":")[0]]),
      [
        [null, null, "the worker ended unexpectedly"],
        ["ada", null, "resumed"],
        ["ada", "test", "retry"],
        ["grace", null, "went on under plan p2"],
        ["grace", "test", "retry"],
      ],
    );
    assert.equal(report.steps.find(({ id }) => id === "build")?.status, "completed");
    const markdown = reportMarkdown(report);
    assert.ok(sections(markdown).includes("What people decided and what interrupted it"));
    assert.match(markdown, /grace \(`test`\): retry/);
  });
});

describe("report: hostile text (SEC19, SEC20)", () => {
  const HOSTILE = [
    "pipe | and `code` and | more",
    "line one\n\n# fake heading\n\n| fake | table |\n|---|---|",
    "<script>alert(1)</script> <img src=x onerror=y> &lt;b&gt;",
    "[click](https://evil.example) ![img](https://evil.example/x.png) <https://evil.example>",
    "**bold** _em_ ~~gone~~ \\| \\` $x$ {y} \\",
    "\u001b[31mred\u001b[0m \u202egnp.exe \u0007",
    "- [x] done\n> quote\n---\n```\nfence",
    "1. first\n2. second",
    "",
  ];

  for (const hostile of HOSTILE) {
    it(`cannot fake a part of the report: ${JSON.stringify(hostile).slice(0, 40)}`, () => {
      const plan = planOf(SPEC);
      const evil: Plan = {
        ...plan,
        title: hostile,
        specPath: `specs/${hostile}.md`,
        steps: plan.steps.map((step) => ({ ...step, title: hostile, agent: hostile })),
      };
      const script: Script = (_, attempt) => ({ fails: attempt === 1 ? "crash" : null });
      const report = reportOf(evil, script, (run) => {
        run.until(4_000);
        run.deliver(
          "test",
          1,
          attemptEnd({
            outcome: "failed",
            failure: { code: "check_failed", message: hostile, retryable: false },
            artifacts: [{ type: hostile, path: hostile, url: null, sha256: hostile, size: 1 }],
            costs: [costEntry(1, { service: hostile })],
          }),
        );
        run.finish();
      });
      const markdown = reportMarkdown({ ...report, notices: [hostile] });
      const lines = markdown.split("\n");
      assert.deepEqual(lines.filter((line) => line.startsWith("#")).length, 1 + sections(markdown).length);
      assert.deepEqual(
        sections(markdown).filter((name) => !KNOWN_SECTIONS.includes(name)),
        [],
      );
      const tree = parser.configure(GFM).parse(markdown);
      const found = new Map<string, number>();
      tree.iterate({ enter: ({ name }) => void found.set(name, (found.get(name) ?? 0) + 1) });
      const words = markdown.replace(/(?<!\\)`[^`\n]*`/g, "");
      assert.ok(!words.includes("<"), "no bracket that could open a tag");
      assert.doesNotMatch(words, /(?<!\\)\$/, "nothing that VS Code's preview sets as a formula");
      assert.ok((found.get("BulletList") ?? 0) <= 4, "no list but our own");
      for (const name of [
        "OrderedList",
        "HTMLBlock",
        "HTMLTag",
        "Link",
        "Image",
        "Autolink",
        "FencedCode",
        "SetextHeading1",
        "SetextHeading2",
        "HorizontalRule",
        "Task",
        "Strikethrough",
        "Comment",
      ])
        assert.equal(found.get(name), undefined, `${name} in:\n${markdown}`);
      // oxlint-disable-next-line no-control-regex -- That there are none is what is tested.
      assert.ok(!/[\u0000-\u0009\u000b-\u001f\u202e]/.test(markdown));
      const stepRows = lines.slice(lines.indexOf("## Steps") + 4, lines.indexOf("## Steps") + 7);
      for (const row of stepRows) assert.equal(row.replace(/\\./g, "").split("|").length, 10, row);
    });
  }
});

const KNOWN_SECTIONS = [
  "Steps",
  "What did not complete",
  "Attempts of steps that were retried",
  "Evidence",
  "Artifacts",
  "Costs by service",
  "Budget",
  "Notices",
];
