import assert from "node:assert/strict";
import type { SpecDocument } from "../../../schemas/spec.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { edges, planOfDocument, task, told } from "../../support/planning.ts";

function read(text: string): SpecDocument {
  return parseSpec(text, "notes/todo.md");
}

/** `title state`, with the titles of the tasks around it. */
function tree(document: SpecDocument): string[] {
  return document.tasks.map(({ title, state, parent }) => `${parent === null ? "" : `${parent} > `}${title} ${state}`);
}

describe("spec: checklists (A1)", () => {
  it("reads nested boxes of any depth, with any marker and any line ends", () => {
    const text = "- [ ] a\r\n  * [x] b\r\n    1. [X] c\r\n       + [ ] d\r\n2) [ ] e";
    const document = read(text);
    assert.equal(document.dialect, "checklist");
    assert.deepEqual(tree(document), ["a open", "a > b done", "a-b > c done", "a-b-c > d open", "e open"]);
    for (const { box, range } of document.tasks) {
      assert.match(text.slice((box?.start ?? 0) - 1, (box?.end ?? 0) + 1), /^\[[ xX]\]$/);
      assert.ok(range.end <= text.length);
    }
    const depth = 45;
    const deep = read(Array.from({ length: depth }, (_, at) => `${"  ".repeat(at)}- [ ] level ${at}\n`).join(""));
    assert.deepEqual([deep.tasks.length, deep.diagnostics.length], [depth, 0]);
  });

  it("ends HTML at the next blank line, with any line ends", () => {
    const lines = [
      "<details>",
      "<summary>all</summary>",
      "",
      "- [ ] a",
      "  <div>",
      "",
      "  </div>",
      "",
      "</details>",
      "",
    ];
    for (const end of ["\n", "\r\n", "\r"]) {
      const document = read([...lines, "<p align=center>", "- [ ] no", "</p>", "", "- [x] b", ""].join(end));
      assert.deepEqual(tree(document), ["a open", "b done"], JSON.stringify(end));
      assert.deepEqual(
        document.diagnostics.map(({ code, range }) => `${code} ${range?.line}`),
        ["ignored-task 12"],
      );
    }
  });

  it("takes what is indented below a numbered box for its part, also by fewer blanks than Markdown wants", () => {
    const document = read(
      "1. [ ] a\n  - [ ] b\n    - [x] c\n  - [ ] d\n2. [ ] e\n   text\n3. [ ] f\n- [ ] g\n\n1. note\n  - [ ] h\n",
    );
    assert.deepEqual(tree(document), [
      ...["a open", "a > b open", "a-b > c done", "a > d open", "e open", "f open", "g open", "h open"],
    ]);
    assert.equal(task(document, "e").instructions, "text");
    assert.deepEqual(told(document.diagnostics), []);
  });

  it("tells of what was meant as a box, and not of links", () => {
    const near = [
      "[ ]a",
      "[x]**a**",
      "[ ]\u00A0a",
      "[x]（a）",
      "[ x ] a",
      "[X ] a",
      "[  ] a",
      "[\u00A0] a",
      "[] a",
      "[✓] a",
    ];
    for (const words of near) {
      const { tasks, diagnostics } = read(`- [ ] ok\n- ${words}\n`);
      assert.deepEqual([tasks.length, told(diagnostics)], [1, ["warning ignored-task 2"]], words);
    }
    for (const line of ["-\u00A0[ ] a", "-[ ] a", "1.[x] a", "-     [ ] a"]) {
      const { tasks, diagnostics } = read(`- [ ] ok\n\n${line}\n`);
      assert.deepEqual([tasks.length, told(diagnostics)], [1, ["warning ignored-task 3"]], line);
    }
    for (const words of ["[x](a.md) b", "[x][1] b", "[x]: b", "[link] b", "a [ ]b", "\\[ ]b"])
      assert.deepEqual(told(read(`- [ ] ok\n- ${words}\n`).diagnostics), [], words);
  });

  it("tells of a block of code without an end that hides boxes", () => {
    for (const open of ["```\n- [ ] b\n", "~~~ js\n- [ ] b\n```\n", "````\n- [ ] b\n```"])
      assert.deepEqual(told(read(`- [ ] a\n\n${open}`).diagnostics), ["warning ignored-task 3"], open);
    for (const fine of ["```\n- [ ] b\n```\n", "~~~\n- [ ] b\n~~~~", "```\nno box\n"])
      assert.deepEqual(told(read(`- [ ] a\n\n${fine}`).diagnostics), [], fine);
    assert.deepEqual(told(read("```\n- [ ] a\n").diagnostics), ["warning ignored-task 1"]);
  });

  it("finds a numbered box below text", () => {
    assert.deepEqual(tree(read("We need\n2. [ ] a\n3. [ ] b\n")), ["a open", "b open"]);
    assert.deepEqual(tree(read("- [ ] a in the year\n  2030. [x] marks\n  of it\n")), [
      "a in the year open",
      "a-in-the-year > marks done",
    ]);
  });

  it("orders what stands below one heading, and runs only leaves", () => {
    const plan = planOfDocument(read("# A\n- [ ] a\n  - [ ] b\n  - [ ] c\n- [ ] d\n\n# B\n- [ ] e\n"));
    assert.deepEqual(edges(plan), ["a-b <-", "a-c <- a-b", "d <- a-c", "e <-"]);
  });

  it("keeps the criteria that BMAD's tasks name", () => {
    const { tasks } = read(
      "- [ ] Task 1 (AC: 1, 3)\n  - [ ] Sub (AC: #2)\n- [ ] Task 2 (AC: 2-4)\n- [ ] Task 3 (AC1, AC5)\n- [ ] Task 4 (ACL: 1)\n",
    );
    assert.deepEqual(
      tasks.map(({ requirements }) => requirements.join(" ")),
      ["AC1 AC3", "AC2", "AC2 AC3 AC4", "AC1 AC5", ""],
    );
  });

  it("takes bullets, code and prose around the boxes as text, whatever they say", () => {
    const document = read("- [ ] a\n  - cwd: x\n  - note\n  ```bash\n  - [ ] code\n  ```\n- plain\n\nText.\n");
    assert.deepEqual(tree(document), ["a open"]);
    assert.equal(task(document, "a").instructions, "- cwd: x\n- note\n```bash\n- [ ] code\n```");
    assert.equal(task(document, "a").attributes.cwd, null);
    assert.deepEqual(told(document.diagnostics), []);
  });
});

describe("spec: marks that mean what the file's legend says (semantics, Specs)", () => {
  const TASKS = "\n# Work\n\n- [ ] a\n- [x] b\n- [~] c\n- [-] d\n";

  function states(legend: string, path = "notes/todo.md"): string {
    const { tasks } = parseSpec(`${legend}\n${TASKS}`, path);
    return tasks.map(({ title, state }) => `${title} ${state}`).join(", ");
  }

  it("has both open where nothing explains them", () => {
    assert.equal(states("Some text."), "a open, b done, c open, d open");
  });

  it("reads legends as people write them", () => {
    const expected = "a open, b done, c skipped, d done";
    for (const legend of [
      "`[~]` = skipped, `[-]` = done",
      "Legend: [ ] todo, [x] done, [~] cancelled, [-] finished",
      "[~]: won't do\n[-]: completed",
      "> **[~]** — deferred · **[-]** — done",
      "- [ ] open\n- [x] done\n- [~] cancelled\n- [-]: done",
      "- `[~]` → not applicable\n- `[-]` → complete",
      "* [~] = skipped / cancelled (not needed)\n* [-] = done",
      "| Mark | Meaning |\n|---|---|\n| [~] | skipped |\n| `[-]` | done |",
      "\\[~\\] = obsolete; \\[-\\] = done",
      "[~] = übersprungen, [-] = erledigt",
      "[~] = annulé, [-] = terminé",
      "[~] = omitido, [-] = hecho",
      "[~]：已取消\n[-]：已完成",
      "- [~] スキップ\n- [-] 完了",
    ])
      assert.equal(states(legend), expected, legend);
  });

  it("holds for every dialect of Markdown", () => {
    const legend = "Legend: [~] = skipped, [-] = done\n";
    const words: [path: string, text: string][] = [
      ["x.spec.md", "- [~] a\n- [-] b\n"],
      ["specs/a/tasks.md", "- [~] T001 a\n- [-] T002 b\n"],
      [".kiro/specs/a/tasks.md", "- [~] 1. a\n- [-] 2. b\n"],
      ["openspec/changes/a/tasks.md", "- [~] 1.1 a\n- [-] 1.2 b\n"],
    ];
    for (const [path, text] of words) {
      const { tasks } = parseSpec(`${legend}\n${text}`, path);
      assert.deepEqual(
        tasks.map(({ state }) => state),
        ["skipped", "done"],
        path,
      );
    }
  });

  it("leaves them open where the legend says so, contradicts itself, or is something else", () => {
    const open = "a open, b done, c open, d open";
    for (const legend of [
      "[~] = in progress, [-] = partially done",
      "[~] = skipped\n\n[~] = done",
      "[~] = skipped or done",
      "[~] = whatever you like",
      "We wrote [~] where it was skipped.",
      "```\n[~] = skipped\n```",
    ])
      assert.equal(states(legend), open, legend);
  });

  it("knows a legend with signs even where tasks follow it at once", () => {
    const { tasks } = read("- [~] = skipped\n- [-] = done\n- [~] a\n- [-] b\n");
    assert.deepEqual(
      tasks.map(({ title, state }) => `${title} ${state}`),
      ["a skipped", "b done"],
    );
  });

  it("takes no task for a legend", () => {
    const { tasks } = read("- [ ] Change `[~]` — done\n- [~] Blocked\n- [-] Skipped\n- [ ] d\n");
    assert.deepEqual(
      tasks.map(({ title, state }) => `${title} ${state}`),
      [...["Change `[~]` — done open", "Blocked open", "Skipped open", "d open"]],
    );
  });
});
