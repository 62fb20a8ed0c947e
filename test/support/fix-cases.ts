import type { DiagnosticCode } from "../../schemas/diagnostic.ts";
import type { Dialect } from "../../schemas/spec.ts";

/** A text with one thing wrong, and what repairs it. */
export interface FixCase {
  readonly what: string;
  readonly code: DiagnosticCode;
  readonly text: string;
  /** The words that are underlined. */
  readonly on: string;
  /** Titles of the fixes in order, preferred ones with a star. */
  readonly fixes: readonly string[];
  /** What the first fix makes of the text. */
  readonly result: string;
  readonly requirements?: string;
  readonly agents?: string[];
}

/** Where files of each dialect stand. */
export const FIX_PATHS = {
  speckit: "specs/001-x/tasks.md",
  kiro: ".kiro/specs/x/tasks.md",
  openspec: "openspec/changes/x/tasks.md",
  taskmaster: ".taskmaster/tasks/tasks.json",
  checklist: "TODO.md",
  spec: "x.spec.md",
} as const satisfies Partial<Record<Dialect, string>>;

const SPECKIT: readonly FixCase[] = [
  {
    what: "an id that is nearly right",
    code: "unknown-dependency",
    text: "## Phase 1\n\n- [ ] T001 A\n- [ ] T002 B (depends on T001, T00l)\n",
    on: "T00l",
    fixes: ['* Change to "T001"', 'Remove "T00l" from dependencies'],
    result: "## Phase 1\n\n- [ ] T001 A\n- [ ] T002 B (depends on T001, T001)\n",
  },
  {
    what: "the only id",
    code: "unknown-dependency",
    text: "## Phase 1\n\n- [ ] T001 A\n- [ ] T002 B in x.py (depends on T999) and more\n",
    on: "T999",
    fixes: ['* Remove "T999" from dependencies'],
    result: "## Phase 1\n\n- [ ] T001 A\n- [ ] T002 B in x.py and more\n",
  },
  {
    what: "ids in several brackets",
    code: "unknown-dependency",
    text: "- [ ] T001 A\n- [ ] T002 B (depends on T001) with words (depends on T999)\n",
    on: "T999",
    fixes: ['* Remove "T999" from dependencies'],
    result: "- [ ] T001 A\n- [ ] T002 B (depends on T001) with words\n",
  },
  {
    what: "an id twice",
    code: "duplicate-id",
    text: "- [ ] T001 A\n- [ ] T001 B\n- [ ] T002 C\n",
    on: "T001",
    fixes: ['* Rename this id to "T003"'],
    result: "- [ ] T001 A\n- [ ] T003 B\n- [ ] T002 C\n",
  },
  {
    what: "a need of an id that two tasks have",
    code: "duplicate-reference",
    text: "- [ ] T001 A\n- [ ] **T001** B\n- [ ] T002 C (depends on T001)\n",
    on: "T001",
    fixes: ['* Rename the task on line 2 to "T003"'],
    result: "- [ ] T001 A\n- [ ] **T003** B\n- [ ] T002 C (depends on T001)\n",
  },
  {
    what: "a ring",
    code: "cycle",
    text: "- [ ] T001 A (depends on T003)\n- [ ] T002 B\n- [ ] T003 C (depends on T001, T002)\n",
    on: "T003",
    fixes: ['* Remove "T003" from dependencies of "A (depends on T003)"'],
    result: "- [ ] T001 A\n- [ ] T002 B\n- [ ] T003 C (depends on T001, T002)\n",
  },
  {
    what: "a need further down",
    code: "forward-reference",
    text: "- [ ] T001 A (depends on T002)\n- [ ] T002 B (depends on T003)\n- [ ] T003 C\n",
    on: "T002",
    fixes: ['* Move "B (depends on T003)" up, before this task', 'Remove "T002" from dependencies'],
    result: "- [ ] T002 B (depends on T003)\n- [ ] T001 A (depends on T002)\n- [ ] T003 C\n",
  },
  {
    what: "a task that needs itself",
    code: "self-dependency",
    text: "- [ ] T001 A\n- [ ] T002 B (depends on T001, T002)\n",
    on: "T002",
    fixes: ['* Remove "T002" from dependencies'],
    result: "- [ ] T001 A\n- [ ] T002 B (depends on T001)\n",
  },
  {
    what: "parallel tasks with one file",
    code: "false-parallel",
    text: "- [ ] T001 [P] A in src/a.py\n- [ ] T002 [P] [US1] B in src/a.py\n",
    on: "[P]",
    fixes: ['* Remove [P] from "B in src/a.py"', 'Remove [P] from "A in src/a.py"', 'Let it need "A in src/a.py"'],
    result: "- [ ] T001 [P] A in src/a.py\n- [ ] T002 [US1] B in src/a.py\n",
  },
  {
    what: "an agent that is not there",
    code: "unknown-agent",
    text: "- [ ] T001 A\n  - agent: codr\n",
    on: "codr",
    fixes: ["* Change to coder"],
    result: "- [ ] T001 A\n  - agent: coder\n",
  },
  {
    what: "a budget below the estimate",
    code: "over-budget",
    text: "---\nbudget: 1 USD\n---\n\n- [ ] T001 A\n  - cost: 5 USD\n",
    on: "1 USD",
    fixes: ["* Raise the budget to 5.00 USD"],
    result: "---\nbudget: 5.00 USD\n---\n\n- [ ] T001 A\n  - cost: 5 USD\n",
  },
  {
    what: "nobody for a task",
    code: "no-agent",
    text: "- [ ] T001 Draw a picture\n      in colour\n- [x] T002 B\n",
    on: "T001 Draw a picture",
    fixes: ["* Give it to coder"],
    result: "- [ ] T001 Draw a picture\n      in colour\n  - agent: coder\n- [x] T002 B\n",
  },
];

const KIRO: readonly FixCase[] = [
  {
    what: "a number of no task",
    code: "unknown-dependency",
    text: "- [ ] 1. A\n- [ ] 2. B\n  - _Depends: 1, 7_\n  - _Requirements: 1.1_\n",
    on: "7",
    fixes: ['* Remove "7" from _Depends_'],
    result: "- [ ] 1. A\n- [ ] 2. B\n  - _Depends: 1_\n  - _Requirements: 1.1_\n",
  },
  {
    what: "the only number",
    code: "unknown-dependency",
    text: "- [ ] 1. A\n- [ ] 2. B\n  - _Depends: 7.7_\n  - _Requirements: 1.1_\n",
    on: "7.7",
    fixes: ['* Remove "7.7" from _Depends_'],
    result: "- [ ] 1. A\n- [ ] 2. B\n  - _Requirements: 1.1_\n",
  },
  {
    what: "parallel tasks with one boundary",
    code: "false-parallel",
    text: "- [ ] 1. A (P)\n  - _Boundary: src/a.ts_\n- [ ] 2. B (P)\n  - _Boundary: src/a.ts_\n",
    on: "(P)",
    fixes: ['* Remove (P) from "B"', 'Remove (P) from "A"', 'Let it need "A"'],
    result: "- [ ] 1. A (P)\n  - _Boundary: src/a.ts_\n- [ ] 2. B\n  - _Boundary: src/a.ts_\n",
  },
  {
    what: "a number twice",
    code: "duplicate-id",
    text: "- [ ] 1. A\n  - [ ] 1.1 B\n  - [ ] 1.1 C\n  - [ ] 1.2 D\n",
    on: "1.1",
    fixes: ['* Rename this id to "1.3"'],
    result: "- [ ] 1. A\n  - [ ] 1.1 B\n  - [ ] 1.3 C\n  - [ ] 1.2 D\n",
  },
  {
    what: "a number twice behind numbers of a list",
    code: "duplicate-id",
    text: "1. [ ] 1. A\n1. [ ] 1. B\n",
    on: "1",
    fixes: ['* Rename this id to "2"'],
    result: "1. [ ] 1. A\n1. [ ] 2. B\n",
  },
  {
    what: "a parent that is done",
    code: "done-parent",
    text: "- [x] 1. A\n- [ ] 1.1 B\n- [x] 1.2 C\n- [-] 1.3 D\n",
    on: "x",
    fixes: ['* Mark "A" as open', "Mark its 2 open parts as done"],
    result: "- [ ] 1. A\n- [ ] 1.1 B\n- [x] 1.2 C\n- [-] 1.3 D\n",
  },
  {
    what: "a parent that is open",
    code: "open-parent",
    text: "- [-] 1. A\n  - [x] 1.1 B\n  - [ ]* 1.2 C\n- [ ] 2. D\n",
    on: "-",
    fixes: ['* Mark "A" as done'],
    result: "- [x] 1. A\n  - [x] 1.1 B\n  - [ ]* 1.2 C\n- [ ] 2. D\n",
  },
  {
    what: "a need that is optional",
    code: "skipped-dependency",
    text: "- [ ]* 1. A\n- [ ] 2. B\n  - _Depends: 1_\n",
    on: "1",
    fixes: ['* Remove "1" from what it needs', 'Make "A" required'],
    result: "- [ ]* 1. A\n- [ ] 2. B\n",
  },
  {
    what: "a task that no wave lists",
    code: "unlisted-task",
    text: kiroWaves(
      "- [ ] 1. A\n- [ ] 2. B\n- [ ] 3. C\n",
      '{"waves": [{"id": 0, "tasks": ["1"]}, {"id": 1, "tasks": ["2"]}]}',
    ),
    on: "3. C",
    fixes: ["* Add 3 as a wave of its own", "Add 3 to the last wave (1)"],
    result: kiroWaves(
      "- [ ] 1. A\n- [ ] 2. B\n- [ ] 3. C\n",
      '{"waves": [{"id": 0, "tasks": ["1"]}, {"id": 1, "tasks": ["2"]}, { "id": 2, "tasks": ["3"] }]}',
    ),
  },
  {
    what: "a task that no wave lists, where the waves are drawn as well",
    code: "unlisted-task",
    text: `${kiroWaves("- [ ] 1. A\n- [ ] 2. B\n- [ ] 3. C\n", '{"waves": [["1"], ["2"]]}')}\n\`\`\`mermaid\ngraph TD\n  1 --> 2\n\`\`\`\n`,
    on: "3. C",
    fixes: ["* Add 3 as a wave of its own", "Add 3 to the last wave (1)"],
    result: `${kiroWaves("- [ ] 1. A\n- [ ] 2. B\n- [ ] 3. C\n", '{"waves": [["1"], ["2"], ["3"]]}')}\n\`\`\`mermaid\ngraph TD\n  1 --> 2\n\`\`\`\n`,
  },
  {
    what: "a checkpoint that no wave lists",
    code: "unlisted-checkpoint",
    text: kiroWaves(
      "- [ ] 1. A\n- [ ] 2. Checkpoint - look\n- [ ] 3. C\n",
      '{\n  "waves": [\n    { "id": 0, "tasks": ["1"] },\n    { "id": 1, "tasks": ["3"] }\n  ]\n}',
    ),
    on: "2. Checkpoint - look",
    fixes: ["* Add 2 as a wave of its own"],
    result: kiroWaves(
      "- [ ] 1. A\n- [ ] 2. Checkpoint - look\n- [ ] 3. C\n",
      '{\n  "waves": [\n    { "id": 0, "tasks": ["1"] },\n    { "id": 1, "tasks": ["2"] },\n    { "id": 2, "tasks": ["3"] }\n  ]\n}',
    ),
  },
  {
    what: "waves that pass a checkpoint by",
    code: "missing-barrier",
    text: kiroWaves("- [ ] 1. A\n- [ ] 2. Checkpoint\n- [ ] 3. C\n", '{"waves": [["1", "3"], ["2"]]}'),
    on: '"3"',
    fixes: ["* Move 3 into a wave of its own at the end"],
    result: kiroWaves("- [ ] 1. A\n- [ ] 2. Checkpoint\n- [ ] 3. C\n", '{"waves": [["1"], ["2"], ["3"]]}'),
  },
  {
    what: "a wave that lists what is no task",
    code: "dangling-reference",
    text: kiroWaves(
      "- [ ] 1. A\n- [ ] 2.1 B\n",
      '{"waves": [{"id": 0, "tasks": ["1", "2.7"]}, {"id": 1, "tasks": []}]}',
    ),
    on: '"2.7"',
    fixes: ["* Remove 2.7 from the waves"],
    result: kiroWaves("- [ ] 1. A\n- [ ] 2.1 B\n", '{"waves": [{"id": 0, "tasks": ["1"]}, {"id": 1, "tasks": []}]}'),
  },
  {
    what: "a task that is listed twice",
    code: "duplicate-reference",
    text: kiroWaves("- [ ] 1. A\n- [ ] 2. B\n", '{"waves": [["1", "2"], ["1"]]}'),
    on: '"1"',
    fixes: ["* Remove 1 from this wave"],
    result: kiroWaves("- [ ] 1. A\n- [ ] 2. B\n", '{"waves": [["1", "2"], []]}'),
  },
  {
    what: "a criterion that no task serves",
    code: "uncovered-criterion",
    requirements: criteria("First.", "Second."),
    text: "# Plan\n\n- [ ] 1. A\n  - _Requirements: 1.1_\n",
    on: "# Plan",
    fixes: ['* Let 1 "A" serve 1.2', "Add a task for 1.2"],
    result: "# Plan\n\n- [ ] 1. A\n  - _Requirements: 1.1, 1.2_\n",
  },
  {
    what: "a requirement that is not there",
    code: "unknown-requirement",
    requirements: criteria("First."),
    text: "- [ ] 1. A\n  - _Requirements: 1.1, 9.44_\n",
    on: "9.44",
    fixes: ["* Remove 9.44"],
    result: "- [ ] 1. A\n  - _Requirements: 1.1_\n",
  },
  {
    what: "nobody for a task",
    code: "no-agent",
    text: "- [ ] 1. Draw a picture\n  - In colour\n  - _Requirements: 1.1_\n",
    on: "1. Draw a picture",
    fixes: ["* Give it to coder"],
    result: "- [ ] 1. Draw a picture\n  - agent: coder\n  - In colour\n  - _Requirements: 1.1_\n",
  },
];

const OPENSPEC: readonly FixCase[] = [
  {
    what: "a number twice",
    code: "duplicate-id",
    text: "## 3. C\n- [x] 3.3 A\n- [ ] 3.3 B\n",
    on: "3.3",
    fixes: ['* Rename this id to "3.4"'],
    result: "## 3. C\n- [x] 3.3 A\n- [ ] 3.4 B\n",
  },
  {
    what: "a parent that is done",
    code: "done-parent",
    text: "## 1. C\n- [X] 1.1 A\n  - [~] a\n",
    on: "X",
    fixes: ['* Mark "A" as open', 'Mark "a" as done'],
    result: "## 1. C\n- [ ] 1.1 A\n  - [~] a\n",
  },
  {
    what: "nobody for a task",
    code: "no-agent",
    text: "## 1. C\n- [ ] 1.1 Draw a picture\n",
    on: "1.1 Draw a picture",
    fixes: ["* Give it to coder"],
    result: "## 1. C\n- [ ] 1.1 Draw a picture\n  - agent: coder\n",
  },
];

const TASKMASTER: readonly FixCase[] = [
  {
    what: "a number of no task",
    code: "unknown-dependency",
    text: tasks('{"id": 1, "title": "A"}', '{"id": 2, "title": "B", "dependencies": [1, "77"]}'),
    on: "77",
    fixes: ['* Remove "77" from dependencies'],
    result: tasks('{"id": 1, "title": "A"}', '{"id": 2, "title": "B", "dependencies": [1]}'),
  },
  {
    what: "an id that is nearly right, in another line each",
    code: "unknown-dependency",
    text: tasks('{"id": "set-up", "title": "A"}', '{"id": "b", "title": "B", "dependencies": [\n  "set-upp"\n]}'),
    on: "set-upp",
    fixes: ['* Change to "set-up"', 'Remove "set-upp" from dependencies'],
    result: tasks('{"id": "set-up", "title": "A"}', '{"id": "b", "title": "B", "dependencies": [\n  "set-up"\n]}'),
  },
  {
    what: "the only one",
    code: "unknown-dependency",
    text: tasks('{"id": 1, "title": "A"}', '{"id": 2, "title": "B", "dependencies": [ 77 ]}'),
    on: "77",
    fixes: ['* Remove "77" from dependencies'],
    result: tasks('{"id": 1, "title": "A"}', '{"id": 2, "title": "B", "dependencies": []}'),
  },
  {
    what: "a ring of subtasks",
    code: "cycle",
    text: tasks(
      '{"id": 1, "title": "A", "subtasks": [{"id": 1, "title": "B", "dependencies": [2]}, {"id": 2, "title": "C", "dependencies": [1]}]}',
    ),
    on: "[2]",
    fixes: ['* Remove "1.2" from dependencies of "B"', 'Remove "1.1" from dependencies of "C"'],
    result: tasks(
      '{"id": 1, "title": "A", "subtasks": [{"id": 1, "title": "B", "dependencies": []}, {"id": 2, "title": "C", "dependencies": [1]}]}',
    ),
  },
  {
    what: "a task that needs itself",
    code: "self-dependency",
    text: tasks('{"id": 1, "title": "A", "dependencies": ["1"]}'),
    on: "1",
    fixes: ['* Remove "1" from dependencies'],
    result: tasks('{"id": 1, "title": "A", "dependencies": []}'),
  },
  {
    what: "an id twice",
    code: "duplicate-id",
    text: tasks('{"id": 1, "title": "A"}', '{"id": 1, "title": "B"}', '{"id": 2, "title": "C"}'),
    on: "1",
    fixes: ['* Rename this id to "3"'],
    result: tasks('{"id": 1, "title": "A"}', '{"id": 3, "title": "B"}', '{"id": 2, "title": "C"}'),
  },
  {
    what: "a parent that is done",
    code: "done-parent",
    text: tasks('{"id": 1, "title": "A", "status": "done", "subtasks": [{"id": 1, "title": "B", "status": "review"}]}'),
    on: "done",
    fixes: ['* Mark "A" as open', 'Mark "B" as done'],
    result: tasks(
      '{"id": 1, "title": "A", "status": "pending", "subtasks": [{"id": 1, "title": "B", "status": "review"}]}',
    ),
  },
  {
    what: "a parent that is open",
    code: "open-parent",
    text: tasks(
      '{"id": 1, "title": "A", "status": "in-progress", "subtasks": [{"id": 1, "title": "B", "status": "done"}]}',
    ),
    on: "in-progress",
    fixes: ['* Mark "A" as done'],
    result: tasks('{"id": 1, "title": "A", "status": "done", "subtasks": [{"id": 1, "title": "B", "status": "done"}]}'),
  },
  {
    what: "a status of another tool",
    code: "bad-value",
    text: tasks('{"id": 1, "title": "A", "status": "todo"}'),
    on: '"todo"',
    fixes: ['* Change to "pending"'],
    result: tasks('{"id": 1, "title": "A", "status": "pending"}'),
  },
  {
    what: "a need that was cancelled",
    code: "skipped-dependency",
    text: tasks('{"id": 1, "title": "A", "status": "cancelled"}', '{"id": 2, "title": "B", "dependencies": [1]}'),
    on: "1",
    fixes: ['* Remove "1" from what it needs', 'Mark "A" as open'],
    result: tasks('{"id": 1, "title": "A", "status": "cancelled"}', '{"id": 2, "title": "B", "dependencies": []}'),
  },
];

const CHECKLIST: readonly FixCase[] = [
  {
    what: "a parent that is done",
    code: "done-parent",
    text: "* [x] A\r\n\t* [ ] B\r\n",
    on: "x",
    fixes: ['* Mark "A" as open', 'Mark "B" as done'],
    result: "* [ ] A\r\n\t* [ ] B\r\n",
  },
  {
    what: "a parent that is open",
    code: "open-parent",
    text: "1. [ ] A\n   1. [x] B\n",
    on: " ",
    fixes: ['* Mark "A" as done'],
    result: "1. [x] A\n   1. [x] B\n",
  },
  {
    what: "nobody for a task",
    code: "no-agent",
    text: "- [ ] Draw a picture",
    on: "Draw a picture",
    fixes: ["* Give it to coder"],
    result: "- [ ] Draw a picture\n  - agent: coder",
  },
];

const SPEC: readonly FixCase[] = [
  {
    what: "a file of a task under another heading",
    code: "missing-barrier",
    text: "# One\n\n- [ ] A\n  - id: a\n  - command: x\n  - output: a.json\n\n# Two\n\n- [ ] B\n  - command: y\n  - files: a.json\n",
    on: "a.json",
    fixes: ['* Let it need "A"', 'Put a checkpoint before "Two"'],
    result:
      "# One\n\n- [ ] A\n  - id: a\n  - command: x\n  - output: a.json\n\n# Two\n\n- [ ] B\n  - needs: a\n  - command: y\n  - files: a.json\n",
  },
  {
    what: "a parent that is done",
    code: "done-parent",
    text: "- [x] A\n  - [ ] B\n    - command: x\n",
    on: "x",
    fixes: ['* Mark "A" as open', 'Mark "B" as done'],
    result: "- [ ] A\n  - [ ] B\n    - command: x\n",
  },
];

/** By dialect. */
export const FIX_CASES: readonly (readonly [keyof typeof FIX_PATHS, readonly FixCase[]])[] = [
  ["speckit", SPECKIT],
  ["kiro", KIRO],
  ["openspec", OPENSPEC],
  ["taskmaster", TASKMASTER],
  ["checklist", CHECKLIST],
  ["spec", SPEC],
];

function kiroWaves(list: string, json: string): string {
  return `${list}\n## Task Dependency Graph\n\n\`\`\`json\n${json}\n\`\`\`\n`;
}

function criteria(...words: string[]): string {
  const lines = words.map((line, index) => `${index + 1}. ${line}\n`).join("");
  return `### Requirement 1: R\n\n#### Acceptance Criteria\n\n${lines}`;
}

function tasks(...entries: string[]): string {
  return `{ "master": { "tasks": [\n  ${entries.join(",\n  ")}\n] } }`;
}
