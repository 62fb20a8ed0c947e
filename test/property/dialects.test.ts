import assert from "node:assert/strict";
import fc from "fast-check";
import { Dialect, type SpecDocument } from "../../schemas/spec.ts";
import { parseSpec } from "../../worker/spec/parse.ts";
import { CORPUS } from "../support/corpus.ts";
import { planOfDocument } from "../support/planning.ts";
import {
  checklistDocument,
  kiroDocument,
  openspecDocument,
  speckitDocument,
  type MeantTask,
  type Printed,
} from "../support/printed-dialects.ts";
import { assertDocument } from "../support/read-document.ts";

const PRINTED: readonly [dialect: Dialect, documents: fc.Arbitrary<Printed>][] = [
  ["speckit", speckitDocument],
  ["kiro", kiroDocument],
  ["openspec", openspecDocument],
  ["checklist", checklistDocument],
];

/** What was read, in the words of what was meant. */
function meaningOf({ tasks }: SpecDocument): MeantTask[] {
  const places = new Map(tasks.map(({ id }, at) => [id, at]));
  return tasks.map((task) => ({
    ...{ id: task.ownId, title: task.title, parallel: task.parallel, optional: task.optional, needs: task.needs },
    state: task.state === "done" ? "done" : "open",
    ...{ requirements: task.requirements, instructions: task.instructions, section: task.section.at(-1) ?? null },
    parent: task.parent === null ? null : (places.get(task.parent) ?? null),
  }));
}

describe("property: printed documents of every dialect (A1)", () => {
  for (const [dialect, documents] of PRINTED) {
    it(`are read back as they were meant: ${dialect}`, () => {
      fc.assert(
        fc.property(documents, ({ path, text, tasks, barriers }) => {
          const document = parseSpec(text, path, { optional: true });
          assert.equal(document.dialect, dialect);
          assert.deepEqual(meaningOf(document), tasks);
          assert.deepEqual(
            document.checkpoints
              .map(({ kind, before }) => `${kind} ${before}`)
              .filter((at) => !at.endsWith(` ${tasks.length}`)),
            barriers.filter((at) => !at.endsWith(` ${tasks.length}`)),
          );
          assert.deepEqual(
            document.diagnostics.filter(({ severity }) => severity !== "info"),
            [],
          );
          for (const [at, { box, state }] of document.tasks.entries()) {
            assert.ok(box);
            assert.match(
              text.slice(box.start - 1, box.end + 1),
              state === "done" ? /^\[[xX]\]$/ : /^\[[ ~-]\]$/,
              String(at),
            );
          }
        }),
        { numRuns: 300 },
      );
    });

    it(`mean the same with a byte order mark and without a final line end: ${dialect}`, () => {
      fc.assert(
        fc.property(documents, ({ path, text, tasks }) => {
          assert.deepEqual(meaningOf(parseSpec(`\uFEFF${text.trimEnd()}`, path, { optional: true })), tasks);
        }),
        { numRuns: 100 },
      );
    });
  }
});

/** Pieces that mean something in some dialect, and text that does not. */
const PIECES = [
  ...["- [ ] ", "- [x] ", "* [X] ", "+ [~] ", "1. [-] ", "- [ ]* ", "- ", "  ", "    ", "\t", "\n", "\n\n", "\r\n", "\r", "> "],
  ...["T001 ", "**T002** ", "T105a: ", "R001 ", "[P] ", "[US1] ", "[US1, US2] ", "[FR-001]", "(depends on ", "T001, T003", "T001-T009", ")", "]", "in src/a.ts "],
  ...["### T001 a\n", "## Phase 1: x\n", "**Checkpoint**: y\n", "## Checkpoint\n", "Files: a.ts\n", "1. ", "1.1 ", "2.1.3 ", "_Requirements: 1.1, 2.3-2.5_", "_Depends: 1.1_"],
  ...["(P)", "**Validates: Requirements 1.1**", "```json\n", "```mermaid\n", '{"waves":[{"id":0,"tasks":["1.1"]}]}\n', "1.1 --> 2.1\n", "```\n", "## 1. Group\n", "10.1 / 10.2 "],
  ...["(Requirement: x)", "Scenario: y\n", "(AC: 1, 3)", "[~] = skipped", "| [-] | done |\n", "Legend: ", "---\n", "title: x\n", "budget: 5\n", "- agent: x\n", "- needs: a\n", "```sh\n"],
  ...["### Requirement 1: z\n", "#### Acceptance Criteria\n", "1. WHEN a THE SYSTEM SHALL b\n", '{"tasks":[{"id":1,"title":"a"}]}', '"', "{", "}", "\uFEFF", "\0", "\u2028", "é", "😀", "\uD800", "word ", "<!--", "-->", "\\", "`", "*", "_"],
] as const; // prettier-ignore

const PATHS = ["a.md", "a.spec.md", "specs/a/tasks.md", ".kiro/specs/a/tasks.md", ".kiro/specs/a/requirements.md", "openspec/changes/a/tasks.md", ".taskmaster/tasks/tasks.json", "a.json", ""]; // prettier-ignore
const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((parts) => parts.join(""));
/** Bytes as they are read from a disk. */
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array).toString());
const mixed = fc
  .tuple(fc.constantFrom(...CORPUS), fc.nat(40_000), fc.nat(2_000), pieces)
  .map(
    ([{ text }, at, length, piece]) => text.slice(at, at + length) + piece + text.slice(at + length, at + 2 * length),
  );
const anyText = fc.oneof(pieces, pieces, mixed, bytes, fc.string({ unit: "binary", maxLength: 200 }));
const anyDialect = fc.option(fc.constantFrom(...Dialect.options), { nil: null });

describe("property: any bytes in any dialect (A1, bad input)", () => {
  it("are read without an exception, with every place inside the text and every box a box", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...PATHS), anyDialect, fc.boolean(), (text, path, dialect, optional) => {
        const document = parseSpec(text, path, { dialect, optional });
        assertDocument(document, text);
        if (dialect !== null && document.diagnostics.every(({ code }) => code !== "too-large"))
          assert.equal(document.dialect, dialect);
        const ids = document.tasks.map(({ id }) => id);
        const places = new Map(ids.map((id, at) => [id, at]));
        for (const [at, { parent }] of document.tasks.entries())
          if (parent !== null) assert.ok((places.get(parent) ?? Infinity) < at, "a parent stands before its parts");
      }),
      { numRuns: 3_000 },
    );
  });

  it("can be planned, and wait only for steps that there are", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...PATHS), (text, path) => {
        const { steps } = planOfDocument(parseSpec(text, path));
        const ids = new Set(steps.map(({ id }) => id));
        for (const { dependencies } of steps) for (const dependency of dependencies) assert.ok(ids.has(dependency));
      }),
      { numRuns: 600 },
    );
  });
});
