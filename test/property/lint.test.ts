import assert from "node:assert/strict";
import fc from "fast-check";
import { Dialect } from "../../schemas/spec.ts";
import { applyChanges, type TextChange } from "../../worker/lint/fixes/text-change.ts";
import { lintSpec } from "../../worker/lint/lint.ts";
import { CORPUS } from "../support/corpus.ts";
import { agentView, SHELL } from "../support/planning.ts";

const AGENTS = [SHELL, agentView("coder", ["code_generation"])];
const COMPANION = {
  path: ".kiro/specs/x/requirements.md",
  text: "### Requirement 1\n\n#### Acceptance Criteria\n\n1. First\n2. Second\n\n### Requirement 2\n\n#### Acceptance Criteria\n\n1. Third\n",
};

/** Pieces of which the files of a dialect consist, put together at random so that nearly everything is wrong with them. */
const PIECES: Readonly<Record<string, readonly string[]>> = {
  "specs/001-x/tasks.md": [
    ...["## Phase 1: A\n\n", "### Tests\n\n", "- [ ] T001 Do a\n", "- [x] T002 [P] [US1] Do b in src/a.ts\n"],
    ...["- [ ] T003 [P] Do c in src/a.ts (depends on T001)\n", "- [ ] T001 Again (depends on T003, T009)\n"],
    ...["- [ ] **T004** Wrapped (depends on T001-T003,\n      T004)\n", "**Checkpoint**: look\n\n", "- [ ] no id\n"],
    ...[
      "  - agent: nobody\n",
      "---\nbudget: 1 USD\n---\n",
      "- [P] = parallel\n",
      "- [ ] T005 (depends on T001) and (depends on T777)\n",
    ],
  ],
  ".kiro/specs/x/tasks.md": [
    ...[
      "- [ ] 1. A\n",
      "- [x] 2. B\n",
      "- [ ]* 2.1 C (P)\n",
      "  - [-] 1.1 D\n",
      "  - [x] 1.2 E\n",
      "- [ ] 1.1 Again\n",
    ],
    ...["    - _Requirements: 1.1, 9.9_\n", "    - _Depends: 1.1, 7_\n", "  - _Depends: 3_\n", "- [ ] 3. Checkpoint\n"],
    ...[
      "\n## Task Dependency Graph\n\n",
      '```json\n{"waves": [{"id": 0, "tasks": ["1.1", "8"]}, {"id": 1, "tasks": ["1"]}]}\n```\n',
    ],
    ...[
      '```json\n{"waves": [["1.2"], [2], [], ["1.2"]]}\n```\n',
      '```json\n{"waves": [\n',
      "```mermaid\n1 --> 2\n```\n",
    ],
  ],
  "openspec/changes/x/tasks.md": [
    ...[
      "## 1. A\n",
      "- [ ] 1.1 B\n",
      "- [x] 1.1 C\n",
      "  - [ ] part\n",
      "- [X] 1.2 D\n",
      "- [~] 2.1 E\n",
      "  - [x] part\n",
    ],
    ...["  - cost: 99999999\n", "---\nbudget: 1 USD\n---\n", "- [ ]\n"],
  ],
  ".taskmaster/tasks/tasks.json": [
    ...['{"master":{"tasks":[', ']},"other":{"tasks":[', "]}}", ",", '{"id":1,"title":"A","status":"done"}'],
    ...['{"id":"1","title":"B","dependencies":[1,"2",1,9]}', '{"id":2,"title":"","dependencies":[3]}'],
    ...[
      '{"id":3,"title":"C","status":"done","subtasks":[{"id":1,"title":"D","dependencies":[2]},{"id":2,"title":"E"}]}',
      "\n  ",
    ],
    ...[
      '{"id":4,"title":"F","status":"cancelled","dependencies":["one"]}',
      '{"id":"one","title":"G","dependencies":[4]}',
    ],
  ],
  "x.spec.md": [
    ...[
      "# A\n\n",
      "- [ ] B\n",
      "- [x] C\n  - [ ] D\n",
      "  - id: a\n",
      "  - needs: a, b\n",
      "- [ ] [P] E\n  - files: x.ts\n",
    ],
    ...[
      "- [ ] F\n  - id: a\n  - output: x.ts\n  - command: y\n",
      "## Checkpoint\n\n",
      "---\nbudget: 0.01 USD\n---\n",
      "  - cost: 5\n",
    ],
  ],
};

const file = fc.oneof(
  fc.constantFrom(...Object.keys(PIECES)).chain((path) =>
    fc.record({
      path: fc.constant(path),
      text: fc.array(fc.constantFrom(...(PIECES[path] ?? [])), { maxLength: 14 }).map((pieces) => pieces.join("")),
    }),
  ),
  // Real files with one part taken out and another put in.
  fc
    .record({
      real: fc.constantFrom(...CORPUS.filter(({ text }) => text.length < 12_000)),
      from: fc.nat(12_000),
      length: fc.nat(300),
      words: fc.string({ maxLength: 8, unit: "binary" }),
    })
    .map(({ real: { path, text }, from, length, words }) => ({
      path,
      text: text.slice(0, from) + words + text.slice(from + length),
    })),
);

/** Mostly as it is recognised, and sometimes as what it is not. */
const reading = fc.record({
  companion: fc.constantFrom(COMPANION, null),
  dialect: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.constantFrom(...Dialect.options)),
  optional: fc.boolean(),
});

const breaks = fc.constantFrom("\n", "\r\n", "\r");

describe("property: lint and its fixes (A6)", function () {
  this.timeout(60_000);

  it("never throws, tells places inside the text, and edits nothing but the places of its changes", () => {
    let fixed = 0;
    fc.assert(
      fc.property(file, breaks, fc.boolean(), reading, ({ path, text: plain }, eol, mark, options) => {
        const text = (mark ? "\uFEFF" : "") + plain.replaceAll("\n", eol);
        const { findings, fixesFor } = lintSpec({ text, path, agents: AGENTS, options });
        let last = 0;
        for (const finding of findings.slice(0, 12)) {
          const { start, end } = finding.range;
          assert.ok(last <= start && start <= end && end <= text.length, JSON.stringify(finding));
          last = start;
          for (const { changes } of fixesFor(finding)) {
            fixed += 1;
            leavesTheRest(text, changes);
            const after = applyChanges(text, changes);
            lintSpec({ text: after, path, agents: AGENTS, options });
          }
        }
      }),
      { numRuns: 250 },
    );
    assert.ok(fixed > 100, String(fixed));
  });

  it("leaves JSON that can be read as JSON that can be read", () => {
    const path = ".taskmaster/tasks/tasks.json";
    const word = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom("1", "2", "a", "b", "a-b", "1.1", "2.1"));
    const dependencies = fc.option(fc.array(word, { maxLength: 4 }), { nil: undefined });
    const status = fc.constantFrom("pending", "done", "cancelled", "in-progress", "odd");
    const subtask = fc.record({ id: word, title: fc.string(), status, dependencies }, { requiredKeys: [] });
    const task = fc.record(
      { id: word, title: fc.string(), status, dependencies, subtasks: fc.array(subtask, { maxLength: 3 }) },
      { requiredKeys: ["title"] },
    );
    const tags = fc.dictionary(fc.constantFrom("master", "b"), fc.record({ tasks: fc.array(task, { maxLength: 5 }) }));
    fc.assert(
      fc.property(tags, fc.constantFrom(0, 2, "\t"), (data, indent) => {
        const text = JSON.stringify(data, null, indent);
        const { findings, fixesFor } = lintSpec({ text, path, agents: AGENTS });
        for (const finding of findings.slice(0, 12)) {
          for (const { changes } of fixesFor(finding))
            assert.doesNotThrow(() => JSON.parse(applyChanges(text, changes)));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** The changes lie apart from each other inside the text, and what lies between them is there afterwards as it was. */
function leavesTheRest(text: string, changes: readonly TextChange[]): void {
  const after = applyChanges(text, changes);
  let at = 0;
  let seen = 0;
  for (const { from, to, text: added } of changes.toSorted((a, b) => a.from - b.from)) {
    assert.ok(at <= from && from <= to && to <= text.length, JSON.stringify(changes));
    assert.equal(after.slice(seen, seen + from - at), text.slice(at, from));
    seen += from - at + added.length;
    at = to;
  }
  assert.equal(after.slice(seen), text.slice(at));
}
