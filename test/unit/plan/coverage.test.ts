import assert from "node:assert/strict";
import type { Diagnostic } from "../../../schemas/diagnostic.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { CORPUS, parseCorpusFile } from "../../support/corpus.ts";
import { planOfDocument } from "../../support/planning.ts";

const ABOUT = ["uncovered-criterion", "unknown-requirement"];

/** What a plan of the tasks says of the requirements beside them. */
function told(tasks: string, requirements: string, path = ".kiro/specs/a/tasks.md"): Diagnostic[] {
  const beside = path.replace(/[^/]*$/, path.startsWith(".kiro") ? "requirements.md" : "spec.md");
  const document = parseSpec(tasks, path, { companion: { path: beside, text: requirements } });
  return planOfDocument(document).diagnostics.filter(({ code }) => ABOUT.includes(code));
}

/** Requirements with so many criteria each. */
function requirements(...counts: number[]): string {
  return counts
    .map((count, index) => {
      const criteria = Array.from({ length: count }, (_, at) => `${at + 1}. WHEN ${at + 1} THEN it SHALL\n`);
      return `### Requirement ${index + 1}\n#### Acceptance Criteria\n${criteria.join("")}`;
    })
    .join("\n");
}

describe("plan: coverage of requirements (A6)", () => {
  for (const file of CORPUS.filter(({ extra }) => extra.criteriaUncovered)) {
    it(`names the criteria without a task of ${file.name}`, () => {
      const { diagnostics } = planOfDocument(parseCorpusFile(file));
      const about = diagnostics.filter(({ code }) => ABOUT.includes(code));
      assert.deepEqual(
        about.map(({ code, message }) => `${code} ${/^no task refers to (\S+) /.exec(message)?.[1] ?? ""}`),
        file.extra.criteriaUncovered?.map((id) => `uncovered-criterion ${id}`),
      );
    });
  }

  it("says which criterion, where it stands, and what to do", () => {
    const [only, more] = told("- [ ] 1. A\n  - _Requirements: 1.1_\n", requirements(2));
    assert.deepEqual(
      [only, more],
      [
        {
          code: "uncovered-criterion",
          severity: "warning",
          message:
            'no task refers to 1.2 (.kiro/specs/a/requirements.md:4, "WHEN 2 THEN it SHALL"): name it in the task that serves it, or add one',
          range: null,
          steps: [],
        },
        undefined,
      ],
    );
  });

  it("names the only criterion that there is, too", () => {
    const [only, more] = told("- [ ] 1. A\n", requirements(1));
    assert.match(only?.message ?? "", /^no task refers to 1\.1 /);
    assert.equal(more, undefined);
  });

  it("takes a reference to a requirement for all of its criteria, and to a range for each of them", () => {
    assert.deepEqual(told("- [ ] 1. A\n  - _Requirements: 1, 2.1-2.3_\n", requirements(4, 3)), []);
    assert.equal(told("- [ ] 1. A\n  - _Requirements: 1_\n", requirements(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2)).length, 2);
  });

  it("counts tasks that are done, optional or parents", () => {
    const tasks =
      "- [x] 1. A\n  - _Requirements: 1.1_\n- [ ] 2. B\n  - _Requirements: 1.2_\n  - [ ]* 2.1 C\n    - _Requirements: 1.3_\n";
    assert.deepEqual(told(tasks, requirements(3)), []);
  });

  it("names at most 20 one by one, and counts the others", () => {
    const all = told("- [ ] 1. A\n  - _Requirements: 1.1_\n", requirements(31));
    assert.equal(all.length, 21);
    assert.equal(
      all.at(-1)?.message,
      "no task refers to 10 further criteria of .kiro/specs/a/requirements.md: 1.22, 1.23, 1.24, 1.25, 1.26, 1.27, 1.28, 1.29, 1.30, 1.31",
    );
  });

  it("says it once, as a note, where tasks refer to nothing at all", () => {
    const [only, ...more] = told("- [ ] 1. A\n", requirements(7));
    assert.deepEqual([only?.severity, more], ["info", []]);
    assert.match(only?.message ?? "", /^no task refers to any of the 7 criteria of \.kiro\/specs\/a\/requirements\.md/);
  });

  it("tells of references to what is not there, at their task", () => {
    const tasks = "- [ ] 1. A\n  - _Requirements: 1.1, 1.7, 9_\n- [ ] 2. B\n  - _Requirements: 1.2, ADR-7_\n";
    const [only, ...more] = told(tasks, requirements(2));
    assert.equal(
      only?.message,
      '"A" refers to 1.7, 9, which .kiro/specs/a/requirements.md does not have: correct the number, or write the requirement',
    );
    assert.deepEqual(
      [only.code, only.severity, only.range?.line, only.steps, more],
      ["unknown-requirement", "warning", 1, ["1"], []],
    );
    const [long] = told(`- [ ] 1. ${"A ".repeat(5_000)}\n  - _Requirements: 1.1, 1.2, 1.7_\n`, requirements(2));
    assert.match(long?.message ?? "", /^"A [^]{80,100}…" refers to 1\.7, which /);
  });

  it("does not ask for criteria of a requirement that is only summed up", () => {
    const beside = `${requirements(2)}\n### Requirement 2: B\n\n#### Summary\n\n- all of it\n`;
    const tasks = "- [ ] 1. A\n  - _Requirements: 1.1, 1.2, 2, 2.1, 2.4_\n- [ ] 2. B\n  - _Requirements: 1.3, 3.1_\n";
    assert.deepEqual(
      told(tasks, beside).map(({ message }) => message),
      [
        '"B" refers to 1.3, 3.1, which .kiro/specs/a/requirements.md does not have: correct the number, or write the requirement',
      ],
    );
  });

  it("compares Spec Kit's stories with the labels of the tasks", () => {
    const spec = "### User Story 1 - A\n### User Story 2 - B\n- **FR-001**: x\n- **FR-002**: y\n";
    const all = told("- [ ] T001 [US1] a\n- [ ] T002 [US3] b\n- [ ] T003 c\n", spec, "specs/1/tasks.md");
    assert.deepEqual(
      all.map(({ code, message }) => `${code} ${/US\d/.exec(message)?.[0] ?? ""}`),
      ["uncovered-criterion US2", "unknown-requirement US3"],
    );
  });

  it("says nothing without requirements, and nothing of a file without tasks", () => {
    assert.deepEqual(told("- [ ] 1. A\n  - _Requirements: 1.1_\n", "# Nothing here\n"), []);
    assert.deepEqual(told("Only words.\n", requirements(2)), []);
  });

  it("keeps with each step what it serves, or what it is a part of does", () => {
    const tasks =
      "- [ ] 1. A\n  - _Requirements: 1.1_\n  - [ ] 1.1 B\n    - _Requirements: 1.2-1.3_\n  - [ ] 1.2 C\n- [x] 2. D\n  - _Requirements: 2_\n";
    const plan = planOfDocument(parseSpec(tasks, ".kiro/specs/a/tasks.md"));
    assert.deepEqual(
      plan.steps.map((step) => [step.id, step.requirements]),
      [
        ["1.1", ["1.2", "1.3"]],
        ["1.2", ["1.1"]],
      ],
    );
    assert.deepEqual(
      plan.settled.map((task) => [task.id, task.requirements]),
      [["2", ["2"]]],
    );
  });
});
