import assert from "node:assert/strict";
import type { SpecReading } from "../../../schemas/spec.ts";
import { BoxBase } from "../../../worker/spec/box-base.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { tickBoxes, type TickResult } from "../../../worker/spec/write-back.ts";
import { planOfDocument } from "../../support/planning.ts";

interface Case {
  /** What a person has made of the file since. */
  readonly now?: string;
  readonly path?: string;
  readonly reading?: Partial<SpecReading>;
  /** Boxes that were set before. */
  readonly written?: readonly string[];
}

/** Plans `before`, then ticks the named steps in `now`. */
function tick(before: string, ids: readonly string[], more: Case | string = {}): TickResult {
  const {
    now = before,
    path = "test.spec.md",
    reading = {},
    written = [],
  } = typeof more === "string" ? { now: more } : more;
  const spec = parseSpec(before, path, reading);
  const steps = planOfDocument(spec).steps.filter(({ id }) => ids.includes(id));
  assert.equal(steps.length, ids.length, `every step to tick is in the plan: ${spec.tasks.map(({ id }) => id).join()}`);
  const options = { ...reading, dialect: spec.dialect };
  return tickBoxes(now, path, steps, { base: new BoxBase(before, path, options), options, written: new Set(written) });
}

/** What is told of boxes that were left alone. */
const told = ({ left }: TickResult): string[] =>
  left.flatMap(({ tell, task, reason }) => (tell ? `${task}: ${reason}` : []));

const nothingChanged = (result: TickResult, text: string): void => {
  assert.equal(result.text, text);
  assert.equal(result.changed, false);
  assert.deepEqual(result.boxes, []);
};

describe("spec: write-back (A8)", () => {
  it("changes only the character in the box", () => {
    const text = "\uFEFF# T\r\n\r\n-  [ ]  a  \r\n* [ ]\tb\r\n1) [-] c\r\n\r\ntail";
    const result = tick(text, ["a", "c"]);
    assert.equal(result.text, text.replace("[ ]  a", "[x]  a").replace("[-]", "[x]"));
    assert.deepEqual(
      result.boxes.map(({ task, line, from, to }) => [task, line, from, to]),
      [
        ["a", 3, " ", "x"],
        ["c", 5, "-", "x"],
      ],
    );
    assert.deepEqual(result.left, []);
  });

  it("leaves a ticked box as it is, and says nothing", () => {
    const now = "- [X] a\n- [ ] b\n";
    const result = tick("- [ ] a\n- [ ] b\n", ["a"], now);
    nothingChanged(result, now);
    assert.deepEqual(told(result), []);
    assert.deepEqual(
      result.left.map(({ task, reason }) => [task, reason]),
      [["a", "it is ticked already"]],
      "the report has it",
    );
  });

  it("ticks a parent after all its children, and not before its own step", () => {
    const text = "- [ ] p\n  - [x] a\n  - [ ] q\n    - [ ] b\n";
    assert.equal(tick(text, ["p-q-b"]).text, text.replaceAll("[ ]", "[x]"));
    const open = "- [ ] p\n  - [ ] a\n  - [ ] b\n";
    assert.equal(tick(open, ["p-a"]).text, "- [ ] p\n  - [x] a\n  - [ ] b\n");
    const own = "- [ ] p\n  - command: x\n  - [ ] a\n";
    assert.equal(tick(own, ["p-a"]).text, "- [ ] p\n  - command: x\n  - [x] a\n");
    assert.equal(tick(own, ["p-a", "p"]).text, "- [x] p\n  - command: x\n  - [x] a\n");
  });

  it("does not tick a parent whose own step is done while a task below it is open, and says so", () => {
    const before = "- [ ] p\n  - command: x\n  - [ ] a\n";
    const now = "- [ ] p\n  - command: x\n  - [ ] a\n  - [ ] added by a person\n";
    const result = tick(before, ["p-a", "p"], now);
    assert.equal(result.text, now.replace("[ ] a\n", "[x] a\n"));
    assert.deepEqual(told(result), ["p: tasks below it are not done yet"]);
  });

  it("is not held back by children that are left out", () => {
    const text = "- [ ] 1. p\n  - [ ] 1.1 a\n  - [ ]* 1.2 optional\n";
    const more = { path: ".kiro/specs/x/tasks.md" };
    assert.equal(tick(text, ["1.1"], more).text, "- [x] 1. p\n  - [x] 1.1 a\n  - [ ]* 1.2 optional\n");
    const optional = { ...more, reading: { optional: true } };
    assert.equal(tick(text, ["1.1"], optional).text, "- [ ] 1. p\n  - [x] 1.1 a\n  - [ ]* 1.2 optional\n");
    assert.equal(tick(text, ["1.1", "1.2"], optional).text, text.replaceAll("[ ]", "[x]"));
  });

  it("ticks a bare checkpoint after everything before it", () => {
    const text = "- [ ] a\n- [ ] b\n- [ ] Checkpoint\n- [ ] c\n";
    assert.equal(tick(text, ["a"]).text, text.replace("[ ] a", "[x] a"));
    assert.equal(tick(text, ["a", "b"]).text, "- [x] a\n- [x] b\n- [x] Checkpoint\n- [ ] c\n");
  });

  it("ticks no checkpoint for what a person has done", () => {
    const text = "- [ ] a\n- [ ] Checkpoint\n- [ ] b\n  - [ ] c\n";
    const now = "- [x] a\n- [ ] Checkpoint\n- [ ] b\n  - [ ] c\n";
    nothingChanged(tick(text, ["a"], now), now);
  });

  it("ticks checkpoints inside a parent, and those behind it when it is over", () => {
    const text = "- [ ] p\n  - [ ] a\n  - [ ] Checkpoint one\n  - [ ] b\n- [ ] Checkpoint two\n- [ ] c\n";
    const first = tick(text, ["p-a"]).text;
    assert.equal(first, text.replace("[ ] a", "[x] a").replace("[ ] Checkpoint one", "[x] Checkpoint one"));
    assert.equal(tick(text, ["p-a", "p-b"]).text, text.replaceAll("[ ]", "[x]").replace("[x] c", "[ ] c"));
  });

  it("says which boxes have a step of their own and which only follow", () => {
    const { boxes } = tick("- [ ] p\n  - [ ] a\n- [ ] Checkpoint\n", ["p-a"]);
    assert.deepEqual(
      boxes.map(({ title, isOwn }) => [title, isOwn]),
      [
        ["p", false],
        ["a", true],
        ["Checkpoint", false],
      ],
    );
  });

  it("has nothing to do in prose, and where tasks are headings", () => {
    const prose = tick("Do it.", ["verify"], "Do it now.");
    nothingChanged(prose, "Do it now.");
    assert.deepEqual(prose.left, []);
    const headings = "# Tasks\n\n### T001 Do it\n\nText.\n\n### T002 Do more\n";
    nothingChanged(tick(headings, ["T001"], { path: "specs/1/tasks.md" }), headings);
  });
});

describe("spec: write-back beside a person (A8)", () => {
  it("finds the box wherever it stands now", () => {
    const before = "- [ ] a\n- [ ] same\n";
    const now = "# New\n\n- [ ] other\n\ntext\n\n- [ ] same\n- [ ] a\n";
    assert.equal(tick(before, ["same"], now).text, now.replace("[ ] same", "[x] same"));
  });

  it("is not misled by an id that moved to another task", () => {
    const before = "- [ ] a\n- [ ] a\n  - command: second\n";
    const now = "- [ ] a\n  - command: new\n- [ ] a\n- [ ] a\n  - command: second\n";
    assert.equal(tick(before, ["a#2"], now).text, now.replace(/\[ \](?= a\n  - command: second)/, "[x]"));
  });

  for (const [name, now, why] of [
    ["title", "- [ ] b\n  text\n", /no longer in the file/],
    ["instructions", "- [ ] a\n  other text\n", /has changed/],
    ["attributes", "- [ ] a\n  text\n  - command: y\n", /has changed/],
    ["box", "- a\n  text\n- [ ] c\n", /no longer/],
  ] as const) {
    it(`leaves a box alone when its ${name} changed meanwhile, and says so`, () => {
      const result = tick("- [ ] a\n  text\n", ["a"], now);
      nothingChanged(result, now);
      assert.equal(told(result).length, 1);
      assert.match(told(result)[0] ?? "", why);
    });
  }

  it("says so when the whole file is gone, or is no list of boxes now", () => {
    for (const now of ["", "Words instead.\n"]) {
      const result = tick("- [ ] a\n", ["a"], now);
      nothingChanged(result, now);
      assert.deepEqual(told(result), ["a: the task is no longer in the file"]);
    }
    const path = "tasks/tasks.json";
    const [before, now] = ['{"tasks":[{"id":1,"title":"a","status":"open"}]}', '{"tasks":[{"id":1,"title":"a"}]}'];
    const result = tick(before, ["1"], { path, now });
    nothingChanged(result, now);
    assert.deepEqual(told(result), ["1: it has no box any more"]);
  });

  it("tells tasks with the same words apart by what they stand under", () => {
    const before = "# One\n\n- [ ] Tests\n\n# Two\n\n- [ ] Tests\n";
    const now = "# Zero\n\n- [ ] Tests\n\n# Two\n\n- [ ] Tests\n\n# One\n\n- [ ] Tests\n";
    assert.equal(
      tick(before, ["tests"], now).text,
      "# Zero\n\n- [ ] Tests\n\n# Two\n\n- [ ] Tests\n\n# One\n\n- [x] Tests\n",
    );
    const nested = "- [ ] a\n  - [ ] Tests\n- [ ] b\n  - [ ] Tests\n";
    const swapped = "- [ ] b\n  - [ ] Tests\n- [ ] a\n  - [ ] Tests\n";
    assert.equal(tick(nested, ["a-tests"], swapped).text, "- [ ] b\n  - [ ] Tests\n- [x] a\n  - [x] Tests\n");
  });

  for (const [name, now] of [
    ["one of the same words came", "- [ ] a\n- [ ] a\n- [ ] a\n"],
    ["one of the same words went", "- [ ] a\n"],
  ] as const) {
    it(`leaves boxes alone that cannot be told apart because ${name}`, () => {
      const result = tick("- [ ] a\n- [ ] a\n", ["a"], now);
      nothingChanged(result, now);
      assert.deepEqual(told(result), ["a: several tasks have the same words now"]);
    });
  }

  it("does not overrule who has opened a box again, nor what follows from it", () => {
    const text = "- [ ] p\n  - [ ] a\n  - [ ] b\n";
    const now = "- [ ] p\n  - [ ] a\n  - [x] b\n";
    const result = tick(text, ["p-a", "p-b"], { now, written: ["p-a", "p-b"] });
    nothingChanged(result, now);
    assert.deepEqual(told(result), ["p-a: it was ticked by this execution and has been opened again since"]);
    const parent = "- [ ] p\n  - [x] a\n  - [ ] b\n";
    assert.equal(
      tick(text, ["p-a", "p-b"], { now: parent, written: ["p-a", "p"] }).text,
      parent.replace("[ ] b", "[x] b"),
    );
  });

  it("does not overrule a state that a person has given", () => {
    const before = "Legend: `[~]` = skipped\n\n- [ ] a\n- [ ] b\n";
    assert.equal(
      tick(before, ["a"], before.replace("[ ] a", "[-] a")).text,
      before.replace("[ ] a", "[x] a"),
      "under way",
    );
    const skipped = tick(before, ["a"], before.replace("[ ] a", "[~] a"));
    nothingChanged(skipped, before.replace("[ ] a", "[~] a"));
    assert.deepEqual(told(skipped), ['a: its state was changed to "~" since the plan was made']);
    const json = (status: string): string => `{"tasks": [{"id": 1, "title": "a", "status": "${status}"}]}`;
    const path = ".taskmaster/tasks/tasks.json";
    assert.equal(tick(json("pending"), ["1"], { path, now: json("in-progress") }).text, json("done"));
    for (const status of ["review", "deferred", "cancelled", "blocked"]) {
      const result = tick(json("pending"), ["1"], { path, now: json(status) });
      nothingChanged(result, json(status));
      assert.deepEqual(told(result), [`1: its state was changed to "${status}" since the plan was made`]);
    }
    assert.equal(tick(json("review"), ["1"], { path }).text, json("done"), "it was so when the plan was made");
  });

  it("does not tick a parent or checkpoint that a person has written since, nor one whose words changed", () => {
    const before = "- [ ] p\n  - [ ] a\n";
    const other = "- [ ] renamed\n  - [ ] a\n- [ ] Checkpoint new\n";
    assert.equal(tick(before, ["p-a"], other).text, other.replace("[ ] a", "[x] a"));
  });
});

describe("spec: write-back into Task Master's JSON (A8)", () => {
  const path = ".taskmaster/tasks/tasks.json";

  it("changes only the value of a status, inside its quotes", () => {
    const text = `\uFEFF{ "master" : {\r\n\t"tasks":[ {"id":1,"title":"caf\\u00e9 \\"status\\": \\"pending\\"","status" :  "pending" , "subtasks":[\r\n{"id":1,"title":"s","status":"in-progress"},{"id":2,"title":"t","status":"cancelled"}]},{"status":"pending","id":2,"title":"next","x":1e3}]}}`;
    const result = tick(text, ["1.1"], { path });
    assert.equal(
      result.text,
      text.replace('"status" :  "pending"', '"status" :  "done"').replace('"in-progress"', '"done"'),
      "the parent follows; what is cancelled does not hold it back",
    );
    assert.deepEqual(
      result.boxes.map(({ task, from, to }) => [task, from, to]),
      [
        ["1", "pending", "done"],
        ["1.1", "in-progress", "done"],
      ],
    );
  });

  it("does not overrule the status that a person has given a parent", () => {
    const text = (status: string): string =>
      `{"tasks": [{"id": 1, "title": "p", "status": "${status}", "subtasks": [{"id": 1, "title": "s", "status": "pending"}]}]}`;
    const now = text("review");
    assert.equal(tick(text("pending"), ["1.1"], { path, now }).text, now.replace("pending", "done"));
    assert.equal(tick(now, ["1.1"], { path }).text, text("done").replace("pending", "done"), "it was so before");
  });

  it("writes nothing where there is no status", () => {
    const text = '{"tasks": [{"id": 1, "title": "a"}, {"id": 2, "title": "b", "status": "pending"}]}';
    nothingChanged(tick(text, ["1"], { path }), text);
    assert.equal(tick(text, ["1", "2"], { path }).text, text.replace("pending", "done"));
  });
});
