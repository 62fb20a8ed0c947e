import assert from "node:assert/strict";
import type { Diagnostic } from "../../../schemas/diagnostic.ts";
import type { Plan } from "../../../schemas/plan.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { agentView, planOfDocument, SHELL } from "../../support/planning.ts";
import { CORPUS, parseCorpusFile } from "../../support/corpus.ts";

const AGENT = agentView("coder", ["code_generation", "testing", "document_analysis", "code_review", "data_analysis"]);

const TASKS = `# Plan

- [ ] 1. A
  - [ ] 1.1 B
  - [ ] 1.2 C
- [ ] 2. D
  - [ ] 2.1 E
  - [ ]* 2.2 F
- [ ] 3. G
`;

/** The file with a block in its section of waves. */
function withGraph(
  block: string,
  { tasks = TASKS, language = "json", heading = "Task Dependency Graph" } = {},
): string {
  return `${tasks}\n## ${heading}\n\n\`\`\`${language}\n${block}\n\`\`\`\n`;
}

function planOf(text: string, optional = false): Plan {
  return planOfDocument(parseSpec(text, ".kiro/specs/a/tasks.md", { optional }), { agents: [AGENT, SHELL] });
}

/** What each step waits for: `2.1 < 1.1 1.2`. */
function waits({ steps }: Plan): string[] {
  return steps.map(
    ({ id, dependencies }) =>
      `${id} <${dependencies
        .toSorted()
        .map((one) => ` ${one}`)
        .join("")}`,
  );
}

/** Diagnostics with the words that they point at. */
function told(text: string, plan: Plan): string[] {
  const at = ({ range }: Diagnostic): string =>
    (range ? text.slice(range.start, range.end) : "-").split("\n", 1)[0] ?? "";
  return plan.diagnostics.map((one) => `${one.severity} ${one.code} ${at(one)}`);
}

function check(text: string, expected: { waits: string[]; told?: string[]; optional?: boolean }): void {
  const plan = planOf(text, expected.optional);
  assert.deepEqual(waits(plan), expected.waits);
  assert.deepEqual(told(text, plan), expected.told ?? []);
}

/** The waves [1.2] [1.1, 3] [2.1, 2.2], written in a way. */
const IN_ORDER = ["1.1 < 1.2", "1.2 <", "2.1 < 1.1 3", "3 < 1.2"];

describe("spec: Kiro's waves (A1)", () => {
  it("orders the tasks of a file as it stands where there are none", () => {
    check(TASKS, { waits: ["1.1 <", "1.2 < 1.1", "2.1 < 1.2", "3 < 2.1"] });
  });

  it("lets waves take the place of that order, however they are written", () => {
    const ways = [
      '{"waves": [{"id": 0, "tasks": ["1.2"]}, {"id": 1, "tasks": ["1.1", "3"]}, {"id": 2, "tasks": ["2.1", "2.2"]}]}',
      '{"waves": [{"wave": 1, "tasks": ["1.2"]}, {"wave": 2, "tasks": ["1.1", "3"]}, {"wave": 3, "tasks": ["2.1", "2.2"]}]}',
      '{"waves": [["1.2"], ["1.1", 3], ["2.1", "2.2"]]}',
      '[["1.2"], ["1.1", "3."], ["2.1", "2.2"]]',
      '[{"tasks": [{"id": "1.2"}]}, {"tasks": ["1.1", "Task 3"]}, {"tasks": ["T2.1", "T2.2"]}]',
      '{"total": 4, "waves": [{"tasks": ["1.2"]}, {"tasks": ["1.1", "3"]}, {"tasks": ["2.1", "2.2"]}]}',
    ];
    for (const way of ways) check(withGraph(way), { waits: IN_ORDER });
    check(withGraph(ways[0] ?? "", { heading: "Anything" }), { waits: IN_ORDER });
    check(withGraph(ways[0] ?? "", { language: "" }), { waits: IN_ORDER });
  });

  it("lets each task of a wave wait for all of the waves that it names", () => {
    const graph =
      '{"waves": [{"id": "a", "tasks": ["1.1"]}, {"id": "b", "tasks": ["1.2"], "depends_on": []}, {"id": "c", "tasks": ["2.1", "2.2"], "depends_on": ["a", "b"]}, {"id": "d", "tasks": ["3"], "depends_on": "a"}]}';
    check(withGraph(graph), { waits: ["1.1 <", "1.2 <", "2.1 < 1.1 1.2", "3 < 1.1"] });
    const reasons = planOf(withGraph(graph)).steps.find(({ id }) => id === "3")?.reason.dependencies;
    assert.deepEqual(reasons, { "1.1": 'is in a later wave than "B"' });
  });

  it("does not break the chain at waves in which nothing runs", () => {
    const graph = '[["1.1", "1.2"], ["2.2"], [], ["2.1"], ["3"]]';
    check(withGraph(graph), { waits: ["1.1 <", "1.2 <", "2.1 < 1.1 1.2", "3 < 2.1"] });
    check(withGraph(graph), { waits: ["1.1 <", "1.2 <", "2.1 < 2.2", "2.2 < 1.1 1.2", "3 < 2.1"], optional: true });
  });

  it("reads the edges of a Mermaid diagram", () => {
    const diagrams = [
      "graph TD\n  1.2 --> 1.1\n  1.2 --> 3\n  1.1 --> 2.1\n  3 --> 2.1\n  1.1 --> 2.2",
      "flowchart LR\n%% waves\nT1_2 --> T1_1 & T3 --> T2_1\nT1_1 --> T2_2\nstyle T3 fill:#f9f",
      'graph TD\n  A["1.2 C --> (first)"] -->|then| B(1.1 B) --> D{2.1 E}\n  A -- soon --> C[3. G]:::done\n  C ==> D; \n  B -.-> E[[2.2]]',
      "graph TD\n  Start([Start]) --> T1.2\n  T1.2 --> Middle --> T1.1\n  Middle --> T3\n  T1.1 --> T2.1\n  T3 --> T2.1 --> Ende\n  T3 --> T2.2",
    ];
    for (const diagram of diagrams) check(withGraph(diagram, { language: "mermaid" }), { waits: IN_ORDER });
    const reason = planOf(withGraph(diagrams[0] ?? "", { language: "mermaid" })).steps[0]?.reason.dependencies;
    assert.deepEqual(reason, { "1.2": 'comes after "C" in the dependency graph' });
  });

  it("gives up on a drawing of hundreds of thousands of edges, in no time", () => {
    const all = Array.from({ length: 200 }, (_, index) => String(index)).join("&");
    const text = withGraph(`graph TD\n${`${all}-->${all}\n`.repeat(2_000)}`, { language: "mermaid" });
    const started = performance.now();
    assert.deepEqual(parseSpec(text, ".kiro/specs/a/tasks.md").diagnostics, []);
    assert.ok(performance.now() - started < 3_000);
  });

  it("takes a task with parts for all of them, which keep their own order", () => {
    check(withGraph("graph TD\n  T2 --> T1\n  T1 --> T3", { language: "mermaid" }), {
      waits: ["1.1 < 2.1", "1.2 < 1.1", "2.1 <", "3 < 1.2"],
    });
  });

  it("keeps stated needs, which waves do not replace", () => {
    const tasks = "- [ ] 1. A\n- [ ] 2. B\n  - _Depends: 1_\n- [ ] 3. C\n";
    check(withGraph('[["1"], ["3"], ["2"]]', { tasks }), { waits: ["1 <", "2 < 1", "3 < 1"] });
  });

  it("lets a task that no wave lists wait for all before it, and says so", () => {
    check(withGraph('[["1.2", "1.1"], ["3"]]'), {
      waits: ["1.1 <", "1.2 <", "2.1 < 1.1 1.2", "3 < 1.1 1.2"],
      told: ["warning unlisted-task - [ ] 2.1 E"],
    });
    const tasks = "- [ ] 1. A\n- [ ] 2. B\n- [ ] 3. C\n- [ ] 4. D\n- [x] 5. E\n- [ ]* 6. F\n";
    check(withGraph('[["1", "3"]]', { tasks }), {
      waits: ["1 <", "2 < 1", "3 <", "4 < 2 3"],
      told: ["warning unlisted-task - [ ] 2. B", "warning unlisted-task - [ ] 4. D"],
    });
  });

  it("tells of names that are no task or stand twice, in their place", () => {
    check(withGraph('[["1.2", "9.9"], ["1.1", "3", "1.2"], ["2.1", "2.2"]]'), {
      waits: IN_ORDER,
      told: ['warning dangling-reference "9.9"', 'warning duplicate-reference "1.2"'],
    });
    check(
      withGraph("graph TD\n 1.2 --> 1.1\n 1.2 --> 3 --> 8\n 3 --> 2.1\n 1.1 --> 2.1 --> 2.2", { language: "mermaid" }),
      {
        waits: IN_ORDER,
        told: ["warning dangling-reference 8"],
      },
    );
    const graph =
      '{"waves": [{"id": 0, "tasks": ["1.2"]}, {"id": 1, "tasks": ["1.1", "3"], "depends_on": [0, 7]}, {"id": 2, "tasks": ["2.1", "2.2"]}]}';
    check(withGraph(graph), { waits: IN_ORDER, told: ["warning dangling-reference 7"] });
  });

  it("keeps the order of the file while the graph cannot be read, and tells where it breaks", () => {
    const inFile = ["1.1 <", "1.2 < 1.1", "2.1 < 1.2", "3 < 2.1"];
    check(withGraph('{"waves": [{"id": 0, "tasks": ["1.1",]}]}'), { waits: inFile, told: ["warning bad-json ,"] });
    check(withGraph('{"waves": 3}'), { waits: inFile, told: ["warning bad-json 3"] });
    check(withGraph('{"waves": [["1.1", ["x"]], {"id": 4}]}'), {
      waits: ["1.1 <", "1.2 < 1.1", "2.1 < 1.2", "3 < 2.1"],
      told: [
        'warning bad-json ["x"]',
        'warning bad-json {"id": 4}',
        ...["1.2 C", "2.1 E", "3. G"].map((name) => `warning unlisted-task - [ ] ${name}`),
      ],
    });
    const other = withGraph('{"name": "package"}', { heading: "Example" });
    check(other, { waits: inFile });
  });

  it("leaves other lists and drawings in such a section alone, and a graph without any task of the file", () => {
    const inFile = ["1.1 <", "1.2 < 1.1", "2.1 < 1.2", "3 < 2.1"];
    check(withGraph('["react", "vue"]'), { waits: inFile });
    check(withGraph("graph TD\n  Frontend[The page] --> Backend[The API] --> S3", { language: "mermaid" }), {
      waits: inFile,
    });
    check(withGraph("cd app\nnpm test", { language: "" }), { waits: inFile });
    check(withGraph('{"waves": [["7.1"], ["7.2"]]}'), {
      waits: inFile,
      told: ['warning dangling-reference "7.1"', 'warning dangling-reference "7.2"'],
    });
  });

  it("names the waves that come after one another in a circle", () => {
    const text = withGraph(
      '{"waves": [{"id": "a", "tasks": ["1.1"], "depends_on": ["b"]}, {"id": "b", "tasks": ["1.2"]}, {"id": "c", "tasks": ["3"]}]}',
    );
    const plan = planOf(text);
    assert.deepEqual(told(text, plan), ['error cycle {"id": "a", "tasks": ["1.1"], "depends_on": ["b"]}']);
    assert.match(plan.diagnostics[0]?.message ?? "", /"a" → "b" → "a"/);
    const own = withGraph('{"waves": [{"id": 1, "tasks": ["1.1"], "depends_on": [1]}]}');
    assert.match(planOf(own).diagnostics[0]?.message ?? "", /"1" → "1"/);
  });

  it("tells of a circle of edges as of any other", () => {
    const text = withGraph("graph TD\n 1.1 --> 1.2 --> 1.1\n 2.1 --> 3\n 3 --> 2.2", { language: "mermaid" });
    assert.deepEqual(
      planOf(text).diagnostics.map(({ code, severity, steps }) => [severity, code, [...steps].sort()]),
      [["error", "cycle", ["1.1", "1.2"]]],
    );
  });

  const BARRIER =
    "- [ ] 1. A\n- [ ] 2. B\n- [ ] 3. Checkpoint - all tests pass\n  - Ask when in doubt.\n- [ ] 4. C\n- [ ] 5. D\n";

  it("holds at checkpoints, whatever the waves say, and tells when they say otherwise", () => {
    check(withGraph('[["1"], ["2"], ["4"], ["5"]]', { tasks: BARRIER }), {
      waits: ["1 <", "2 < 1", "3 < 2", "4 < 3", "5 < 4"],
      told: ["info unlisted-checkpoint - [ ] 3. Checkpoint - all tests pass"],
    });
    const text = withGraph('[["5", "1"], ["2", "4"]]', { tasks: BARRIER });
    assert.match(
      planOf(text).diagnostics[0]?.message ?? "",
      /^no wave lists the checkpoint .* waits for all that stands before it, and what stands behind it waits for it$/,
    );
    check(text, {
      waits: ["1 <", "2 < 1", "3 < 2", "4 < 5", "5 < 3"],
      told: ["info unlisted-checkpoint - [ ] 3. Checkpoint - all tests pass", 'warning missing-barrier "4"'],
    });
    const { message } = planOf(text).diagnostics[1] ?? { message: "" };
    assert.match(message, /lets "C" start without "B", but the checkpoint "Checkpoint - all tests pass" \(line 3\)/);
    check(withGraph('[["1", "2"], ["3"], ["4", "5"]]', { tasks: BARRIER }), {
      waits: ["1 <", "2 <", "3 < 1 2", "4 < 3", "5 < 3"],
    });
  });

  it("holds at a checkpoint that is a heading or a paragraph", () => {
    for (const bare of ["## Checkpoint", "**Checkpoint**: everything works"]) {
      const tasks = `- [ ] 1. A\n- [ ] 2. B\n\n${bare}\n\n- [ ] 3. C\n- [ ] 4. D\n`;
      check(withGraph('[["1", "3"], ["2"], ["4"]]', { tasks }), {
        waits: ["1 <", "2 < 1", "3 < 2", "4 < 3"],
        told: ['warning missing-barrier "3"'],
      });
    }
  });

  it("reads blocks with any line ends and fences, also one that is not closed", () => {
    const text = withGraph('[["1.2"],\n["1.1", "3"],\n["2.1", "2.2"]]');
    for (const written of [
      text.replaceAll("\n", "\r\n"),
      text.replaceAll("\n", "\r"),
      `\uFEFF${text}`,
      text.replaceAll("```", "~~~~"),
      text.replace(/\n```\n$/, ""),
      text.replace(/\n```\n$/, "\n"),
      text.replace("```json", "``` json  "),
    ]) {
      check(written, { waits: IN_ORDER });
    }
    const broken = withGraph('[["1.2"],\n["1.1" "3"]]').replaceAll("\n", "\r\n");
    const [only] = planOf(broken).diagnostics;
    assert.deepEqual([only?.code, only?.range?.line, only?.range?.column], ["bad-json", 15, 8]);
  });

  it("ends with the file where a graph is cut off", () => {
    const text = `${TASKS}\n## Task Dependency Graph\n\n\`\`\`json\n{`;
    const [only] = planOf(text).diagnostics;
    assert.deepEqual([only?.code, only?.range?.start, only?.range?.end], ["bad-json", text.length, text.length]);
  });

  it("lets waves decide where somebody drew them as well, whichever comes first", () => {
    const drawn = "```mermaid\ngraph TD\n  T3[Task 3: G] --> T11[Task 1.1: B]\n```\n";
    const waves = '```json\n[["1.2"], ["1.1", "3"], ["2.1", "2.2"]]\n```\n';
    check(`## Task Dependency Graph\n\n${drawn}\n${waves}\n## Tasks\n\n${TASKS}`, { waits: IN_ORDER });
    check(`${TASKS}\n## Task Dependency Graph\n\n${waves}\n${drawn}`, { waits: IN_ORDER });
    check(`## Task Dependency Graph\n\n${drawn}\n## Tasks\n\n- [ ] 1. A\n- [ ] 1.1 B\n- [ ] 3. G\n`, {
      waits: ["1.1 < 3", "3 <"],
    });
  });

  it("keeps the graph to itself: it is nothing to tell agents, wherever it stands", () => {
    const graph = '```json\n[["1"], ["2"]]\n```\n';
    const text = `# Plan\n\nIn Rust.\n\n## Task Dependency Graph\n\n${graph}\n\`\`\`rust\nfn a() {}\n\`\`\`\n\n## Tasks\n\n- [ ] 1. A\n- [ ] 2. B\n`;
    const { preamble } = parseSpec(text, ".kiro/specs/a/tasks.md");
    assert.match(preamble, /In Rust[^]*fn a/);
    assert.doesNotMatch(preamble, /\[\[/);
  });

  it("does not take a drawing of the parts of a program for another graph", () => {
    const drawn = (body: string): string => `\n\`\`\`mermaid\ngraph TD\n${body}\n\`\`\`\n`;
    const section = "- [ ] 1. A\n- [ ] 2. B\n\n## Task Dependency Graph\n";
    check(`${section}${drawn("  2 --> 1")}${drawn("  Page --> 1[1. The API]")}`, { waits: ["1 < 2", "2 <"] });
  });

  it("takes the last graph of a file that can be read as one", () => {
    const text = `${withGraph('[["3"], ["1.1"]]')}\n## Task Dependency Graph (new)\n\n\`\`\`json\n[["1.2"], ["1.1", "3"], ["2.1", "2.2"]]\n\`\`\`\n\n\`\`\`json\n{"a": 1}\n\`\`\`\n`;
    check(text, { waits: IN_ORDER });
  });

  it("orders the real file with waves as they say", () => {
    const file = CORPUS.find(({ name }) => name.includes("docktermj"));
    assert.ok(file);
    const plan = planOfDocument(parseCorpusFile(file), { agents: [AGENT] });
    assert.deepEqual(waits(plan), [
      ...["1.1 <", "2.1 < 1.1", "3.1 < 2.1", "4.1 < 3.1", "5 < 4.1", "6.1 < 5", "6.2 < 6.1 7.1", "7.1 < 5"],
      ...["9.1 < 6.2", "10 < 7.1 9.1"],
    ]);
    assert.deepEqual(told(file.text, plan), [
      "info unlisted-checkpoint - [ ] 5. Checkpoint - Ensure all tests pass",
      "info unlisted-checkpoint - [ ] 10. Final checkpoint - Ensure all checks pass",
    ]);
  });

  it("writes down for tasks without a wave only what stands between them and the one before", () => {
    const tasks = Array.from(
      { length: 2_000 },
      (_, index) => `- [ ] ${index + 1}. A\n${index % 100 === 50 ? "\n**Checkpoint**\n\n" : ""}`,
    );
    const document = parseSpec(withGraph('[["1"]]', { tasks: tasks.join("") }), ".kiro/specs/a/tasks.md");
    const entries = document.tasks.map(({ order }) => order.length);
    assert.equal(
      entries.reduce((sum, length) => sum + length, 0),
      2_000 - 1 - 20,
    );
    assert.equal(Math.max(...entries), 1);
  });

  it("joins large waves by a step that stands for them, and takes no longer for it than the tasks need", () => {
    const count = 3_000;
    const ids = Array.from({ length: count }, (_, index) => String(index + 1));
    const tasks = ids.map((id) => `- [ ] ${id}. Task ${id}\n`).join("");
    const waves = [0, 1, 2].map((wave) => ids.slice((wave * count) / 3, ((wave + 1) * count) / 3));
    const started = performance.now();
    const plan = planOf(withGraph(JSON.stringify({ waves }), { tasks }));
    const edges = plan.steps.reduce((sum, { dependencies }) => sum + dependencies.length, 0);
    assert.deepEqual([plan.diagnostics, edges], [[], 2 * count - 2_000]);
    assert.ok(performance.now() - started < 5_000);
  });
});
