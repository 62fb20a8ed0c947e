import assert from "node:assert/strict";
import { companionPaths } from "../../../worker/spec/companion.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { readRequirementIds } from "../../../worker/spec/requirement-ids.ts";

const PATH = ".kiro/specs/shop/requirements.md";

/** `1`, `1.2!` for criteria, with the line. */
function read(text: string, path = PATH): string[] {
  return parseSpec(text, path).requirements.map(({ id, criterion, line }) => `${id}${criterion ? "!" : ""} ${line}`);
}

describe("spec: Kiro's requirements (A1)", () => {
  it("reads headings and their numbered criteria, with their words and places", () => {
    const text =
      "# Requirements Document\r\n\r\n### Requirement 1: Pay by card\r\n\r\n**User Story:** As a buyer …\r\n\r\n#### Acceptance Criteria\r\n\r\n1. WHEN `pay` is pressed THEN the system SHALL pay\r\n2. IF it fails THEN **nothing** happens\r\n\r\n### Requirement 2\r\n";
    const document = parseSpec(text, PATH);
    assert.equal(document.dialect, "kiro-requirements");
    assert.deepEqual([document.title, document.tasks, document.diagnostics], ["Requirements Document", [], []]);
    assert.deepEqual(document.requirements, [
      { id: "1", title: "Pay by card", criterion: false, path: PATH, line: 3 },
      { id: "1.1", title: "WHEN `pay` is pressed THEN the system SHALL pay", criterion: true, path: PATH, line: 9 },
      { id: "1.2", title: "IF it fails THEN nothing happens", criterion: true, path: PATH, line: 10 },
      { id: "2", title: "", criterion: false, path: PATH, line: 12 },
    ]);
  });

  it("takes for criteria only what stands below their heading", () => {
    const text =
      "### Requirement 1\n\n1. no criterion yet\n\n#### Acceptance Criteria\n\n1. one\n   1. nested\n2. two\n\n```\n3. code\n```\n\n#### Notes\n\n1. a note\n\n## Glossary\n\n#### Acceptance Criteria\n\n1. nobody's\n";
    assert.deepEqual(read(text), ["1 1", "1.1! 7", "1.2! 9"]);
  });

  it("takes the numbers as they are written, and counts where all are the same", () => {
    const criteria = (lines: string): string[] => read(`### Requirement 4\n**Acceptance Criteria**\n${lines}`).slice(1);
    assert.deepEqual(criteria("1. a\n4. b\n4a. c\n"), ["4.1! 3", "4.4! 4", "4.4a! 5"]);
    assert.deepEqual(criteria("1. a\n1. b\n1. c\n"), ["4.1! 3", "4.2! 4", "4.3! 5"]);
    assert.deepEqual(criteria("- 4.1 a\n- **4.2** b\n4.3. c\n"), ["4.1! 3", "4.2! 4", "4.3! 5"]);
  });

  it("reads other languages and levels", () => {
    assert.deepEqual(read("## 需求 1：登录\n\n### 验收标准\n\n1. 当用户…\n2. 如果…\n"), ["1 1", "1.1! 5", "1.2! 6"]);
    assert.deepEqual(read("### Requirement 2 - Log in\n#### 2.1 Acceptance Criteria\n1) WHEN\n"), ["2 1", "2.1! 3"]);
  });

  it("reads the numbered lines of a bug fix, whose faults nobody has to serve", () => {
    const text =
      "# Bugfix\n\n1.1 no part yet\n\n### Current Behavior (Defect)\n\n1.1 WHEN a THEN it fails\n\n### Expected Behavior (Correct)\n\n2.1 WHEN a THEN it SHALL work\n**2.2** WHEN b\n\n### Unchanged Behavior\n\n- 3.1 WHEN c\n\n## Pseudocode\n\n4.1 nothing\n";
    assert.deepEqual(read(text, ".kiro/specs/shop/bugfix.md"), ["1.1 7", "2.1! 11", "2.2! 12", "3.1! 16"]);
  });

  it("is recognised by its path and by what is in it, and takes nothing from specs", () => {
    const text = "### Requirement 1\n#### Acceptance Criteria\n1. a\n";
    assert.equal(parseSpec("Not yet written.\n", PATH).dialect, "kiro-requirements");
    assert.equal(parseSpec(text, "docs/wanted.md").dialect, "kiro-requirements");
    assert.equal(parseSpec(text, "docs/wanted.spec.md").dialect, "prose");
    assert.equal(parseSpec(`${text}\n- [ ] T001 a\n`, "docs/wanted.md").dialect, "speckit");
    assert.equal(parseSpec("### Requirement 1\n\nSome words.\n", "docs/wanted.md").dialect, "prose");
  });

  it("is read beside the tasks, and says in which file the requirements stand", () => {
    const companion = { path: PATH, text: "### Requirement 1\n#### Acceptance Criteria\n1. a\n" };
    const { requirements } = parseSpec("- [ ] 1. A\n", ".kiro/specs/shop/tasks.md", { companion });
    assert.deepEqual(
      requirements.map(({ id, path, line }) => `${id} ${path}:${line}`),
      [`1 ${PATH}:1`, `1.1 ${PATH}:3`],
    );
  });
});

describe("spec: the file beside a spec (A1)", () => {
  it("is requirements.md or spec.md beside tasks.md, by whose folder it is", () => {
    assert.deepEqual(companionPaths(".kiro/specs/a/tasks.md"), [
      ".kiro/specs/a/requirements.md",
      ".kiro/specs/a/bugfix.md",
    ]);
    assert.equal(companionPaths("specs/001-a/tasks.md")[0], "specs/001-a/spec.md");
    assert.deepEqual(companionPaths("tasks.md"), ["spec.md", "requirements.md", "bugfix.md"]);
    for (const path of ["a.spec.md", "specs/a/other-tasks.md", ".taskmaster/tasks/tasks.json"]) {
      assert.deepEqual(companionPaths(path), []);
    }
  });

  it("gives Spec Kit's tasks the stories, and the numbered requirements, that they can name", () => {
    const text =
      "# Feature\n\n### User Story 1 - Log in (Priority: P1) 🎯 MVP\n\n1. **Given** a, **When** b\n\n### User Story 2 – Log out (Priority: P2)\n\n## Requirements\n\n- **FR-001**: System MUST greet\n- **FR-001**: again\n- **SC-002**: in 2 s\n\n```\n- **FR-009**: code\n```\n";
    const companion = { path: "specs/1/spec.md", text };
    const { requirements } = parseSpec("- [ ] T001 [US1] A\n", "specs/1/tasks.md", { companion });
    assert.deepEqual(
      requirements.map(({ id, title, criterion, line }) => [id, title, criterion, line]),
      [
        ["US1", "Log in", true, 3],
        ["US2", "Log out", true, 7],
        ["FR-001", "System MUST greet", false, 11],
        ["SC-002", "in 2 s", false, 13],
      ],
    );
  });

  it("says nothing to dialects that refer to none", () => {
    const companion = { path: "spec.md", text: "### User Story 1 - A\n### Requirement 1\n" };
    assert.deepEqual(parseSpec("- [ ] a\n", "tasks.md", { companion }).requirements, []);
  });
});

describe("spec: ids of requirements (A1)", () => {
  it("writes ranges out where they are ranges", () => {
    const cases: [string, string][] = [
      ["1.1-1.3", "1.1 1.2 1.3"],
      ["1.9–1.11", "1.9 1.10 1.11"],
      ["1.1 - 3", "1.1 1.2 1.3"],
      ["2-4", "2 3 4"],
      ["1.1~1.2", "1.1 1.2"],
      ["1.1至1.3", "1.1 1.2 1.3"],
      ["1.1 through 1.3", "1.1 1.2 1.3"],
      ["FR-001..FR-003", "FR-001 FR-002 FR-003"],
      ["1.1-2.3", "1.1 2.3"],
      ["1.4a-1.4c", "1.4a 1.4c"],
      ["1.1-1.999999", "1.1 1.999999"],
      ["Requirements 1.1, 1.1; 2 and R3.1", "1.1 2 R3.1"],
      ["1.1, today, 12:30", "1.1 12 30"],
      ["v2beta, 10GB, x1", ""],
      ["", ""],
    ];
    for (const [text, expected] of cases) assert.equal(readRequirementIds(text).join(" "), expected, text);
  });
});
