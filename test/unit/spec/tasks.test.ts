import assert from "node:assert/strict";
import { SpecDocument } from "../../../schemas/spec.ts";
import { parse, task, told } from "../../support/planning.ts";

describe("spec: tasks (A1, A3)", () => {
  it("reads boxes in bullets and numbered lists, with their states", () => {
    const document = parse("- [ ] a\n* [x] b\n+ [X] c\n1. [ ] d\n2) [-] e\n- [~] f\n");
    assert.deepEqual(
      document.tasks.map(({ title, state }) => `${title} ${state}`),
      ["a open", "b done", "c done", "d open", "e open", "f open"],
    );
    assert.equal(document.dialect, "spec");
    assert.deepEqual(document.diagnostics, []);
  });

  it("keeps the place of every task and of the character in its box", () => {
    const text = "# T\r\n\r\n- [ ] one\r\n  - [x] two\r\n";
    const document = parse(text);
    const [one, two] = document.tasks;
    assert.equal(one?.range.line, 3);
    assert.equal(text.slice(one.range.start, one.range.start + 9), "- [ ] one");
    assert.equal(two?.box?.line, 4);
    assert.equal(two.box.column, 6);
    assert.equal(text[two.box.start], "x");
  });

  it("makes nested boxes subtasks, also through bullets without a box", () => {
    const document = parse("- [ ] a\n  - notes\n    - [ ] b\n  - [ ] c\n    - [ ] d\n- group\n  - [ ] e\n");
    assert.deepEqual(
      document.tasks.map(({ title, parent }) => `${title} in ${parent ?? "-"}`),
      ["a in -", "b in a", "c in a", "d in a-c", "e in -"],
    );
    assert.equal(task(document, "a").instructions, "- notes");
  });

  it("nests boxes that are indented by more than the text of the item above needs", () => {
    for (const indent of ["  ", "   ", "    ", "     ", "\t"]) {
      const text = `   - [ ] a\n   - [ ] b\n\n- [ ] c\n${indent}- [x] d\n${indent}  - agent: e\n`;
      const { tasks, diagnostics } = parse(text);
      assert.deepEqual(
        tasks.map(({ title, parent, state }) => `${title} in ${parent ?? "-"} ${state}`),
        ["a in - open", "b in - open", "c in - open", "d in c done"],
        JSON.stringify(indent),
      );
      const [, , , last] = tasks;
      assert.equal(last?.attributes.agent, "e");
      assert.equal(text.slice(last.range.start, last.range.start + 7), "- [x] d");
      assert.equal(text.slice(last.box?.start, last.box?.end), "x");
      assert.deepEqual(diagnostics, []);
    }
  });

  it("finds no tasks in code, comments and quotes, and says so for quotes and text", () => {
    const document = parse(
      "- [ ] real\n\n```\n- [ ] code\n```\n\n<!--\n- [ ] comment\n-->\n\n> - [ ] quoted\n\nText\n\n    - [ ] indented code\n",
    );
    assert.deepEqual(
      document.tasks.map(({ title }) => title),
      ["real"],
    );
    assert.deepEqual(told(document.diagnostics), ["warning ignored-task 11", "warning ignored-task 15"]);
  });

  it("takes [P] only right behind the box", () => {
    const document = parse("- [ ] [P] a\n- [ ] b [P]\n- [ ] [p] c\n");
    assert.deepEqual(
      document.tasks.map(({ title, parallel }) => [title, parallel]),
      [
        ["a", true],
        ["b [P]", false],
        ["[p] c", false],
      ],
    );
  });

  it("takes the first line as title and everything else as instructions, without indentation", () => {
    const document = parse(
      "- [ ] **Build** it <!-- soon -->\n  More here.\n\n  A paragraph.\n\n  - a bullet\n    - below\n  ```ts\n  const a = 1;\n    indented\n  ```\n",
    );
    const [only] = document.tasks;
    assert.equal(only?.title, "Build it");
    assert.equal(
      only.instructions,
      "More here.\n\nA paragraph.\n\n- a bullet\n  - below\n```ts\nconst a = 1;\n  indented\n```",
    );
  });

  it("keeps the headings above a task, outermost first", () => {
    const document = parse("# A\n## B\n- [ ] x\n## C\n- [ ] y\n# D\n- [ ] z\n");
    assert.deepEqual(
      document.tasks.map(({ section }) => section.join("/")),
      ["A/B", "A/C", "D"],
    );
  });

  it("tells a box without a title, and a strange box", () => {
    assert.deepEqual(told(parse("- [ ]\n- [ ] a\n").diagnostics), ["error bad-value 1"]);
    assert.deepEqual(told(parse("- [ ] a\n- [] b\n- [/] c\n- [1] d\n- [a](b) e\n").diagnostics), [
      "warning ignored-task 2",
      "warning ignored-task 3",
    ]);
  });

  it("flattens what is nested deeper than 50 levels and loses nothing", () => {
    const lines = Array.from({ length: 60 }, (_, depth) => `${"  ".repeat(depth)}- [ ] level ${depth + 1}`);
    const document = parse(lines.join("\n"));
    assert.equal(document.tasks.length, 60);
    assert.deepEqual(told(document.diagnostics), ["error too-deep 51"]);
    const parents = document.tasks.slice(50).map(({ parent }) => parent);
    assert.equal(new Set(parents).size, 1);
    assert.deepEqual(
      document.tasks.map(({ title }) => title),
      Array.from({ length: 60 }, (_, depth) => `level ${depth + 1}`),
    );
  });

  it("gives the vocabulary's own shape", () => {
    const document = parse("---\nbudget: 1 EUR\n---\n- [ ] a\n  - needs: none\n\n# Checkpoint\n\n- [ ] b\n");
    assert.deepEqual(SpecDocument.parse(document), document);
  });

  describe("ids", () => {
    it("uses the file's own id, else a slug of the titles on the way", () => {
      const document = parse(
        "- [ ] Größe: Übung №1!\n  - [ ] Child *two*\n- [ ] x\n  - id: T021\n  - [ ] y\n- [ ] !!!\n",
      );
      assert.deepEqual(
        document.tasks.map(({ id, ownId }) => `${id} ${ownId ?? "-"}`),
        ["größe-übung-1 -", "größe-übung-1-child-two -", "T021 T021", "t021-y -", "task -"],
      );
    });

    it("numbers whoever comes second, and tells a repeated own id", () => {
      const document = parse("- [ ] a\n- [ ] a\n- [ ] b\n  - id: T\n- [ ] c\n  - id: T\n- [ ] d\n  - id: a\n");
      assert.deepEqual(
        document.tasks.map(({ id }) => id),
        ["a#2", "a#3", "T", "T#2", "a"],
      );
      assert.deepEqual(told(document.diagnostics), ["warning duplicate-id 5"]);
      assert.match(document.diagnostics[0]?.message ?? "", /already used on line 3.*T#2/);
    });

    it("bounds the length of slugs", () => {
      const [only] = parse(`- [ ] ${"word ".repeat(100)}\n`).tasks;
      assert.ok((only?.id.length ?? 0) <= 48);
      const [long] = parse(`- [ ] ${"x".repeat(100_000)}\n`).tasks;
      assert.ok((long?.id.length ?? 0) <= 48);
    });
  });

  describe("checkpoints", () => {
    it("reads headings, tasks and paragraphs that begin with the word", () => {
      const document = parse(
        "- [ ] a\n\n**Checkpoint**: one\n\n## Checkpoint: two\n\n- [ ] checkpoint three\n- [ ] Checkpoints are fine\n\nNo Checkpoint here\n",
      );
      assert.deepEqual(
        document.checkpoints.map(({ title, before, task: id }) => [title, before, id]),
        [
          ["Checkpoint: one", 1, null],
          ["Checkpoint: two", 1, null],
          ["checkpoint three", 1, "checkpoint-three"],
        ],
      );
      assert.equal(task(document, "checkpoint-three").runs, false);
    });

    it("makes a step of a checkpoint with work of its own", () => {
      const document = parse(
        "- [ ] a\n\n## Checkpoint one\n\n```sh\nmake test\n```\n\n## Checkpoint two\n\nLook at it.\n\n- check: make ok\n\n---\n\nCheckpoint three\n\n```sh\ntrue\n```\n\nCheckpoint four\n\nJust text.\n\n- [ ] Checkpoint five\n  Look again.\n",
      );
      assert.deepEqual(
        document.tasks.filter(({ runs }) => runs).map(({ title }) => title),
        ["a", "Checkpoint one", "Checkpoint two", "Checkpoint three", "Checkpoint five"],
      );
      const two = task(document, "checkpoint-two");
      assert.deepEqual([two.instructions, two.attributes.check, two.box], ["Look at it.", "make ok", null]);
      assert.deepEqual(task(document, "checkpoint-three").attributes.command, { kind: "shell", script: "true" });
    });
  });

  describe("what runs", () => {
    it("runs leaves, and parents with a command, an agent, a check or outputs of their own", () => {
      const parent = (attribute: string): string => `- [ ] p\n  - ${attribute}\n  - [ ] c\n`;
      const runs = (attribute: string): boolean => task(parse(parent(attribute)), "p").runs;
      assert.deepEqual(
        ["command: x", "agent: bob", "check: x", "output: x", "capability: testing", "env: A=1", "some text"].map(runs),
        [true, true, true, true, false, false, false],
      );
    });

    it("does not run what is done", () => {
      const document = parse("- [x] a\n- [x] b\n  - [ ] c\n");
      assert.deepEqual(
        document.tasks.map(({ runs }) => runs),
        [false, false, true],
      );
    });
  });

  describe("title and preamble", () => {
    it("takes the title from the front matter, the first heading or the file's name", () => {
      assert.equal(parse("---\ntitle: F\n---\n# H\n- [ ] a\n").title, "F");
      assert.equal(parse("# H\n- [ ] a\n").title, "H");
      assert.equal(parse("- [ ] a\n", "some/release.spec.md").title, "release");
    });

    it("keeps the prose before the first task", () => {
      const document = parse(
        "# Title\n\nSome *prose*.\n\n- bullet\n\n## Why\n\nBecause.\n\n## Tasks\n\n- [ ] a\n\nlater\n",
      );
      assert.equal(document.preamble, "Some *prose*.\n\n- bullet\n\n## Why\n\nBecause.");
    });
  });
});
