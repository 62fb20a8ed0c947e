import assert from "node:assert/strict";
import { BUILT_IN_AGENTS } from "../../../worker/agents/built-in.ts";
import { applyChanges } from "../../../worker/lint/fixes/text-change.ts";
import { lintSpec, type LintResult } from "../../../worker/lint/lint.ts";
import { CORPUS, type CorpusFile } from "../../support/corpus.ts";
import { agentView, SHELL } from "../../support/planning.ts";

/** Somebody for everything. */
const AGENTS = [
  SHELL,
  agentView(
    "everyone",
    BUILT_IN_AGENTS.flatMap(({ capabilities }) => capabilities.map(({ name }) => name)).filter(
      (name) => name !== "command",
    ),
  ),
];

function lint(file: CorpusFile, text = file.text): LintResult {
  const beside = CORPUS.find(({ extra }) => extra.companionOf === file.name);
  const companion = beside ? { path: beside.path, text: beside.text } : null;
  return lintSpec({ text, path: file.path, options: { companion }, agents: AGENTS });
}

/**
 * What each file is told, as `code: lines`; a file that is not named is told nothing. Each was looked at: the person who wrote the
 * file would agree.
 */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  "kiro--LuChangQiu--kiro-spec-engine--26-00.md": [`uncovered-criterion: ${firstLine(12)}`],
  "kiro--bohdan-shulha--conqr.md": [`uncovered-criterion: ${firstLine(3)}`],
  "kiro--docktermj--senzing-bootcamp-kiro-powers.md": ["unlisted-checkpoint: 84, 133"],
  "kiro--hiroaki-suzuki--obsidian-plugin-card-view-explorer.md": [
    `uncovered-criterion: ${firstLine(5)}`,
    "open-parent: 10, 32",
  ],
  "openspec--Fission-AI--OpenSpec--add-codex-slash-command-support.md": ["duplicate-id: 15"],
  "speckit--amangupta20--eduops.md": ["false-parallel: 73, 319"],
  "speckit--github--spec-kit--ralph.md": ["false-parallel: 62, 63, 64, 65, 84, 85, 103, 123", "duplicate-id: 80, 81"],
  "speckit--mori-shin-x--artgraph--015.md": ["false-parallel: 118"],
  "taskmaster--5dlabs--taskmaster-sync.json": ["done-parent: 123, 162, 203", "too-deep: 397"],
};

/** What is missing has no place of its own: it is told in the first line. */
function firstLine(times: number): string {
  return Array.from({ length: times }, () => "1").join(", ");
}

describe("lint of real files of other projects (A6)", () => {
  for (const file of CORPUS) {
    it(`tells ${file.name} what is wrong with it, and nothing else`, () => {
      const told = new Map<string, number[]>();
      for (const { code, range } of lint(file).findings) told.set(code, [...(told.get(code) ?? []), range.line]);
      assert.deepEqual(
        [...told].map(([code, lines]) => `${code}: ${lines.join(", ")}`),
        TOLD[file.name] ?? [],
      );
    });

    it(`finds the parents of ${file.name} whose mark contradicts their parts`, () => {
      const { findings, document } = lint(file);
      const found = findings.flatMap(({ code, steps: [id = ""] }) => {
        const parent = document.tasks.find((task) => task.id === id);
        if (code === "open-parent") return `${parent?.ownId ?? ""}:open-but-all-children-done`;
        if (code !== "done-parent") return [];
        const children = document.tasks.filter((task) => task.parent === id);
        const done = children.filter(({ state }) => state === "done").length;
        return `${parent?.section[0] ?? ""}#${parent?.ownId ?? ""} status done, subtasks done ${done}/${children.length}`;
      });
      // A parent is done when only parts with a star are open: they are left out.
      const counted = (file.extra.parentChildMismatch ?? []).filter(
        (one) => !/children-open\((?:[\d.]+\*,?)+\)$/.test(one),
      );
      assert.deepEqual(found, counted);
    });
  }

  it("repairs each finding without changing the dialect or telling more of its kind", () => {
    let tried = 0;
    for (const file of CORPUS) {
      const before = lint(file);
      const counts = Map.groupBy(before.findings, ({ code }) => code);
      for (const finding of before.findings) {
        const [first] = before.fixesFor(finding);
        if (!first) continue;
        tried += 1;
        const after = lint(file, applyChanges(file.text, first.changes));
        assert.equal(after.document.dialect, before.document.dialect);
        const left = after.findings.filter(({ code }) => code === finding.code).length;
        assert.ok(left < (counts.get(finding.code)?.length ?? 0), `${file.name}: ${first.title}`);
        assert.equal(
          after.document.tasks.length - before.document.tasks.length,
          first.title.startsWith("Add a task") ? 1 : 0,
        );
      }
    }
    assert.ok(tried > 30, String(tried));
  });
});
