import assert from "node:assert/strict";
import fc from "fast-check";
import type { Plan } from "../../schemas/plan.ts";
import { parseSpec } from "../../worker/spec/parse.ts";
import { agentView, planOfDocument, reachable, SHELL } from "../support/planning.ts";

const AGENT = agentView("coder", ["code_generation", "testing", "document_analysis", "code_review", "data_analysis"]);

interface Entry {
  /** In file order, from 1. */
  readonly number: number;
  /** Null: no wave lists it. */
  readonly wave: number | null;
  readonly done: boolean;
  readonly optional: boolean;
  /** What follows it. */
  readonly behind: "nothing" | "paragraph" | "step";
}

/** A file with a task a line, some of them behind a checkpoint, each in one of a few waves or in none. */
const files = fc
  .array(
    fc.record({
      wave: fc.option(fc.nat(5), { freq: 6 }),
      done: fc.integer({ max: 9, min: 0 }).map((one) => one === 0),
      optional: fc.integer({ max: 5, min: 0 }).map((one) => one === 0),
      behind: fc.constantFrom("nothing", "nothing", "nothing", "nothing", "paragraph", "step"),
    }),
    { minLength: 1, maxLength: 24 },
  )
  .map((list): Entry[] => list.map((entry, index) => ({ ...entry, number: index + 1 })));

function print(file: readonly Entry[]): string {
  const lines = file.map(({ number, done, optional, behind }) => {
    const task = `- [${done ? "x" : " "}]${optional ? "*" : ""} ${number}. Do ${number}`;
    if (behind === "paragraph") return `${task}\n\n**Checkpoint**: all is well\n`;
    return behind === "step" ? `${task}\n- [ ] ${100 + number}. Checkpoint ${number}\n  - Look at it.` : task;
  });
  const waves = Array.from({ length: 6 }, (_, wave) =>
    file.filter((one) => one.wave === wave).map(({ number }) => String(number)),
  );
  return `${lines.join("\n")}\n\n## Task Dependency Graph\n\n\`\`\`json\n${JSON.stringify({ waves })}\n\`\`\`\n`;
}

/** The pairs of tasks that run of which the first must be over before the second starts, from the rules alone. */
function wanted(file: readonly Entry[]): Set<string> {
  let segment = 0;
  const segments = file.map(({ behind }) => {
    const own = segment;
    if (behind !== "nothing") segment += 1;
    return own;
  });
  const runs = file.filter(({ done, optional }) => !done && !optional);
  const segmentOf = ({ number }: Entry): number => segments[number - 1] ?? 0;
  const direct = (before: Entry, after: Entry): boolean => {
    if (segmentOf(before) !== segmentOf(after)) return segmentOf(before) < segmentOf(after);
    if (after.wave === null) return before.number < after.number;
    return before.wave !== null && before.wave < after.wave;
  };
  const pairs = new Set(
    runs.flatMap((after) =>
      runs.flatMap((before) => (direct(before, after) ? [`${before.number} ${after.number}`] : [])),
    ),
  );
  // What a task waits for waits for others itself.
  for (const middle of runs)
    for (const before of runs)
      for (const after of runs)
        if (pairs.has(`${before.number} ${middle.number}`) && pairs.has(`${middle.number} ${after.number}`))
          pairs.add(`${before.number} ${after.number}`);
  return pairs;
}

function found(plan: Plan, file: readonly Entry[]): Set<string> {
  const numbers = new Set(file.map(({ number }) => String(number)));
  const pairs = [...reachable(plan)].flatMap(([after, all]) => [...all].map((before) => [before, after] as const));
  return new Set(
    pairs.flatMap(([before, after]) => (numbers.has(before) && numbers.has(after) ? [`${before} ${after}`] : [])),
  );
}

describe("Kiro's waves, any of them (A1)", () => {
  it("order what stands between two checkpoints, and nothing else", () => {
    fc.assert(
      fc.property(files, (file) => {
        const plan = planOfDocument(parseSpec(print(file), ".kiro/specs/a/tasks.md"), { agents: [AGENT, SHELL] });
        assert.deepEqual(found(plan, file), wanted(file));
        const unlisted = plan.diagnostics.filter(({ code }) => code === "unlisted-task").map(({ steps }) => steps[0]);
        // A graph that names nothing of the file is none.
        const isUsed = file.some(({ wave }) => wave !== null);
        const expected = file.filter(({ wave, done, optional }) => isUsed && wave === null && !done && !optional);
        assert.deepEqual(
          unlisted,
          expected.map(({ number }) => String(number)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("take any block of text for what it is, and point at places in it", () => {
    const words = [
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"waves"',
      '"tasks"',
      '"id"',
      '"depends_on"',
      '"1"',
      '"2.1"',
      "3",
      "null",
      " ",
    ];
    const edges = [
      "graph TD\n",
      "1",
      "T2",
      "A",
      "-->",
      "-.->",
      "==>",
      "|x|",
      "[2.1 B]",
      '("3 --> C")',
      "&",
      "\n",
      ";",
      "{",
      "}",
      " ",
    ];
    const block = fc.oneof(
      fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((list) => list.join("")),
      fc.array(fc.constantFrom(...edges), { maxLength: 40 }).map((list) => list.join("")),
      fc.jsonValue().map((value) => JSON.stringify({ waves: value })),
      fc.string({ maxLength: 60 }),
    );
    fc.assert(
      fc.property(block, fc.constantFrom("json", "mermaid", ""), fc.boolean(), (inside, language, closed) => {
        const text = `- [ ] 1. A\n- [ ] 2. B\n  - [ ] 2.1 C\n- [ ] 3. D\n\n## Task Dependency Graph\n\n\`\`\`${language}\n${inside}${closed ? "\n```\n" : ""}`;
        const document = parseSpec(text, ".kiro/specs/a/tasks.md");
        planOfDocument(document, { agents: [AGENT, SHELL] });
        for (const { range } of document.diagnostics) {
          if (range)
            assert.ok(
              range.start >= 0 && range.start <= range.end && range.end <= text.length + 1,
              JSON.stringify(range),
            );
        }
      }),
      { numRuns: 500 },
    );
  });
});
