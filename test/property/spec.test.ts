import assert from "node:assert/strict";
import fc from "fast-check";
import { AttemptFailureCode } from "../../schemas/failure.ts";
import { parseSpec } from "../../worker/spec/parse.ts";
import { planOf } from "../support/planning.ts";
import { assertDocument } from "../support/read-document.ts";

/** Pieces that mean something in a spec, and text that does not. */
const PIECES = [
  "- [ ] ", "- [x] ", "* [X] ", "1. [ ] ", "- ", "  ", "    ", "\t", "\n", "\n\n", "\r\n", "\r", "[P] ", "# ", "## Checkpoint\n",
  "**Checkpoint** ", "```sh\n", "```\n", "~~~", "<!--", "-->", "> ", "---\n", "...\n", "===\n", "id: a", "needs: a, b", "command: [",
  "] ", "\"", "'", "`", "env: A=1", "timeout: ", "90s", "locks: ", "backoff: base ", "retryOn: any", "idempotent: ", "pools: {a: ", "title: x\n", "budget: {", "}", "&a ", "*a ", "|", "\uFEFF", "\0", "\u2028", "é", "😀", "\uD800", "word ", "<div>", "\\", "cost: 1",
] as const; // prettier-ignore

const markdownish = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(""));
const anyText = fc.oneof(markdownish, fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 200 }));

describe("property: any text (A1)", () => {
  it("parses without an exception into the vocabulary's shape, with every place inside the text", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom("a.spec.md", "a.md", ""), (text, path) => {
        assertDocument(parseSpec(text, path), text);
      }),
      { numRuns: 1_500 },
    );
  });

  it("can be planned, whatever it holds", () => {
    fc.assert(
      fc.property(markdownish, (text) => {
        const plan = planOf(text);
        const ids = new Set(plan.steps.map(({ id }) => id));
        assert.equal(ids.size, plan.steps.length);
        for (const step of plan.steps) for (const dependency of step.dependencies) assert.ok(ids.has(dependency));
      }),
      { numRuns: 500 },
    );
  });
});

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp && !text.includes("\\") && text.trim() === text;
  } catch {
    return false;
  }
}

interface Written {
  readonly title: string;
  readonly done: boolean;
  readonly parallel: boolean;
  readonly attributes: readonly [string, string][];
  readonly instructions: string;
  readonly children: readonly Written[];
}

const word = fc.string({ unit: fc.constantFrom(..."abcdefgäß0"), minLength: 1, maxLength: 8 });
const title = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" "));
const attribute = fc.oneof(
  fc.tuple(fc.constant("command"), word),
  fc.tuple(fc.constant("output"), word),
  fc.tuple(fc.constant("check"), word),
  fc.tuple(
    fc.constant("timeout"),
    fc.integer({ min: 1, max: 999 }).map((seconds) => `${seconds}s`),
  ),
  fc.tuple(fc.constant("locks"), fc.oneof(fc.constant("none"), word)),
  fc.tuple(fc.constant("idempotent"), fc.constantFrom("yes", "no")),
  fc.tuple(fc.constant("retryOn"), fc.constantFrom("any", "timeout", "crash, exit_nonzero")),
  fc.tuple(
    fc.constant("backoff"),
    fc.integer({ min: 1, max: 99 }).map((seconds) => `base ${seconds}s, cap 100s`),
  ),
  fc.tuple(
    fc.constant("agent"),
    fc.uniqueArray(word, { minLength: 1, maxLength: 4 }).map((names) => names.join(", ")),
  ),
  fc.tuple(
    fc.constant("extract"),
    fc
      .tuple(fc.constantFrom("text", "number", "url"), word, fc.stringMatching(/^[a-z .*+()|\\[\]]{1,12}$/))
      .filter(([, , pattern]) => isPattern(pattern))
      .map(([type, path, pattern]) => `out: ${type} file ${path} /${pattern}/`),
  ),
  fc.tuple(fc.constant("priority"), fc.integer({ min: -9, max: 9 }).map(String)),
);
const { written } = fc.letrec<{ written: Written }>((tie) => ({
  written: fc.record({
    title,
    done: fc.boolean(),
    parallel: fc.boolean(),
    attributes: fc.uniqueArray(attribute, { maxLength: 3, selector: ([key]) => key }),
    instructions: fc.oneof(fc.constant(""), title),
    children: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant([]),
      fc.array(tie("written"), { maxLength: 3 }),
    ),
  }),
}));

function print(task: Written, indent = ""): string {
  const below = `${indent}  `;
  const lines = [
    `${indent}- [${task.done ? "x" : " "}] ${task.parallel ? "[P] " : ""}${task.title}`,
    ...(task.instructions === "" ? [] : ["", `${below}${task.instructions}`, ""]),
    ...task.attributes.map(([key, value]) => `${below}- ${key}: ${value}`),
  ];
  return [...lines, ...task.children.map((child) => print(child, below))].join("\n");
}

function flatten(tasks: readonly Written[]): Written[] {
  return tasks.flatMap((task) => [task, ...flatten(task.children)]);
}

describe("property: printed documents (A1)", () => {
  it("are read back as they were meant", () => {
    fc.assert(
      fc.property(
        fc.array(written, { minLength: 1, maxLength: 5 }),
        fc.constantFrom("\n", "\r\n"),
        (tasks, lineBreak) => {
          const text = tasks
            .map((task) => print(task))
            .join("\n")
            .replaceAll("\n", lineBreak);
          const document = parseSpec(text, "a.spec.md");
          assert.deepEqual(document.diagnostics, []);
          const meant = flatten(tasks).map((task) => [
            task.title,
            task.done,
            task.parallel,
            task.instructions,
            task.children.length,
          ]);
          const read = document.tasks.map((task) => [
            task.title,
            task.state === "done",
            task.parallel,
            task.instructions,
            document.tasks.filter(({ parent }) => parent === task.id).length,
          ]);
          assert.deepEqual(read, meant);
          for (const [index, task] of flatten(tasks).entries()) {
            const { attributes } = document.tasks[index] ?? {};
            for (const [key, value] of task.attributes) {
              if (key === "command") assert.deepEqual(attributes?.command, { kind: "shell", script: value });
              if (key === "output") assert.deepEqual(attributes?.outputs, [value]);
              if (key === "check") assert.equal(attributes?.check, value);
              if (key === "timeout") assert.equal(attributes?.timeout, Number(value.slice(0, -1)) * 1_000);
              if (key === "locks") assert.deepEqual(attributes?.locks, value === "none" ? [] : [value]);
              if (key === "idempotent") assert.equal(attributes?.idempotent, value === "yes");
              if (key === "retryOn") assert.equal(attributes?.retryOn?.length, value === "any" ? AttemptFailureCode.options.length : value.split(",").length); // prettier-ignore
              if (key === "agent") assert.deepEqual([attributes?.agent, ...(attributes?.fallbacks ?? [])], value.split(", ")); // prettier-ignore
              if (key === "extract") assert.equal(`out: ${attributes?.extract[0]?.type} file ${attributes?.extract[0]?.path} /${attributes?.extract[0]?.pattern}/`, value); // prettier-ignore
              if (key === "backoff") assert.equal(attributes?.backoff?.base, Number.parseInt(value.slice(5)) * 1_000);
              if (key === "priority") assert.equal(attributes?.priority, Number(value));
            }
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
