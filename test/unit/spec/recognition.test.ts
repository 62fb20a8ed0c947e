import assert from "node:assert/strict";
import type { Dialect } from "../../../schemas/spec.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { task } from "../../support/planning.ts";

/** The dialect, and the reason. */
function recognised(path: string, text: string): [Dialect, string] {
  const document = parseSpec(text, path);
  return [document.dialect, document.recognised];
}

const SPECKIT = "## Phase 1\n- [ ] T001 [US1] a\n- [ ] T002 b\n";
const KIRO = "- [ ] 1. a\n  - [ ] 1.1 b\n    - _Requirements: 1.1_\n- [ ]* 2. c\n";
const OPENSPEC = "## 1. A\n- [ ] 1.1 a\n- [ ] 1.2 b\n";

describe("spec: recognition (A1)", () => {
  const cases: [name: string, path: string, text: string, dialect: Dialect, why: RegExp][] = [
    ["ours by its name", "a/x.spec.md", SPECKIT, "spec", /its name ends in \.spec\.md/],
    ["ours by its front matter", "a.md", "---\nbudget: 5\n---\n- [ ] a\n", "spec", /front matter has keys/],
    ["ours by its attributes", "a.md", "- [ ] 1. a\n- [ ] 2. b\n  - needs: none\n", "spec", /attributes of Planwright/],
    ["ours, with ids like those of Spec Kit", "a.md", "---\nbudget: 5\n---\n- [ ] T001 a\n  - check: npm test\n", "spec", /front matter and its tasks/],
    ["Spec Kit by most of its boxes", "a.md", SPECKIT, "speckit", /2 of its boxes have task ids such as T001/],
    ["Spec Kit by its place, though most boxes are details", "specs/1-a/tasks.md", "- [ ] T001 a\n  - [ ] x\n  - [ ] y\n", "speckit", /task id/],
    ["Spec Kit by its phases, though most boxes are details", "a.md", "## Phase 1: A\n- [ ] T001 a\n  - [ ] x\n  - [ ] y\n", "speckit", /task id/],
    ["Spec Kit by its headings", "a.md", "### T001 a\n- [ ] x\n### T002 b\n", "speckit", /2 of its headings/],
    ["Spec Kit, with bullets that look like ours", "a.md", "- [ ] T001 a\n  - id: uuid\n  - command: x\n- [ ] T002 b\n", "speckit", /task ids/],
    ["Spec Kit, with our budget and agent in it", "a.md", `---\nbudget: 5\n---\n${SPECKIT}  - agent: x\n`, "speckit", /task ids/],
    ["Kiro by its place", ".kiro/specs/a/tasks.md", "- [ ] 1. a\n- [ ] notes\n- [ ] more\n", "kiro", /tasks\.md of a Kiro spec/],
    ["Kiro by its marks", "a.md", KIRO, "kiro", /marks of Kiro/],
    ["Kiro, with our budget and agent in it", ".kiro/specs/a/tasks.md", `---\nbudget: 5\n---\n${KIRO}  - agent: x\n`, "kiro", /Kiro spec/],
    ["Kiro by its numbers", "a.md", "- [ ] 1. a\n- [ ] 2. b\n", "kiro", /numbered as in Kiro/],
    ["OpenSpec by its place, without numbers", "openspec/changes/archive/2025-01-01-a/tasks.md", "- [ ] a\n", "openspec", /OpenSpec change/],
    ["OpenSpec by its groups", "a.md", OPENSPEC, "openspec", /numbered as in OpenSpec/],
    ["OpenSpec, with our agent in it", "a.md", `${OPENSPEC}  - agent: x\n`, "openspec", /OpenSpec/],
    ["a checklist", "TODO.md", "- [ ] a\n- [ ] b\n", "checklist", /boxes/],
    ["a checklist beside the tasks of OpenSpec", "openspec/changes/a/subtasks.md", "- [ ] a\n", "checklist", /boxes/],
    ["a checklist beside the tasks of Kiro", ".kiro/specs/a/other-tasks.md", "- [ ] 1. a\n- [ ] b\n- [ ] c\n", "checklist", /boxes/],
    ["a checklist that is numbered in part", "TODO.md", "- [ ] 1. a\n- [ ] b\n- [ ] c\n", "checklist", /boxes/],
    ["a README", "README.md", "# X\n\n## 1. Install\n\nRun it.\n\n```\n- [ ] T001 x\n```\n\n- [link](y)\n", "prose", /it has no boxes/],
    ["a README with headings of products", "README.md", "## T1000\n\nA printer.\n\n## T2000\n\nAnother.\n", "prose", /no boxes/],
    ["Spec Kit below code on one line", "a.md", "```npm test```\n\n- [ ] T001 a\n- [ ] T002 b\n", "speckit", /2 of its boxes/],
    ["Spec Kit below a fence that ends with its task", "a.md", "- [ ] T001 a\n  ```sh\n  x\n- [ ] T002 b\n", "speckit", /2 of its boxes/],
    ["a checklist with boxes of Spec Kit in code", "a.md", "- [ ] a\n  1. ```\n     - [ ] T001 x\n     ```\n", "checklist", /boxes/],
    ["prose with a checkpoint", "a.md", "Checkpoint one is near.\n", "prose", /no boxes/],
  ]; // prettier-ignore

  for (const [name, path, text, dialect, why] of cases) {
    it(`knows ${name}`, () => {
      const [found, reason] = recognised(path, text);
      assert.equal(found, dialect, reason);
      assert.match(reason, why);
    });
  }

  it("reads a file as it is told, whatever it looks like", () => {
    const document = parseSpec(SPECKIT, "x.spec.md", { dialect: "checklist" });
    assert.deepEqual([document.dialect, document.recognised], ["checklist", "it was chosen"]);
    assert.equal(document.tasks[0]?.title, "T001 [US1] a");
  });

  it("says so when a file has no tasks of the dialect that was chosen", () => {
    const codes = (text: string, dialect: Dialect): string[] =>
      parseSpec(text, "a.md", { dialect }).diagnostics.map(({ severity, code }) => `${severity} ${code}`);
    assert.deepEqual(codes("- [ ] a\n", "speckit"), ["info ignored-task", "error empty-spec"]);
    assert.deepEqual(codes("Just words.\n", "checklist"), ["error empty-spec"]);
    assert.deepEqual(codes(" \r\n", "prose"), ["error empty-spec"]);
    assert.deepEqual(codes(SPECKIT, "speckit"), []);
  });

  it("loses nothing to a byte order mark", () => {
    for (const text of [
      "- [ ] a\n  - agent: codex\n  - [ ] b\n\n      code\n",
      "- [ ] a\r\n  - agent: codex\r\n",
      "# T\n\n- [ ] a\n",
      "---\nbudget: 5\n---\n- [ ] a\n  - needs: none\n",
      OPENSPEC,
      "## 1. A\n- [ ] 1.1 a\n",
      "Just words.\n",
      "Legend: [~] = skipped, [x] = done\n\n- [~] a\n",
    ]) {
      const [plain, marked] = [parseSpec(text, "a.md"), parseSpec(`\uFEFF${text}`, "a.md")];
      const shape = (document: typeof plain): unknown =>
        document.tasks.map(({ range, box, needsRange, ...rest }) => ({
          ...rest,
          ...{ line: range.line, column: range.column, box: box?.column, needs: needsRange?.column },
        }));
      assert.deepEqual(shape(marked), shape(plain), text);
      assert.deepEqual([marked.dialect, marked.title, marked.preamble], [plain.dialect, plain.title, plain.preamble]);
      for (const [at, { box }] of marked.tasks.entries())
        assert.equal(box?.start, (plain.tasks[at]?.box?.start ?? Number.NaN) + 1 || undefined);
    }
    assert.equal(task(parseSpec("\uFEFF- [ ] a\n  - agent: codex\n", "a.md"), "a").attributes.agent, "codex");
  });
});
