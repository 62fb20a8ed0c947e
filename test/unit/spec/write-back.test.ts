import assert from "node:assert/strict";
import { tickBoxes, type TickResult } from "../../../worker/spec/write-back.ts";
import { planOf } from "../../support/planning.ts";

/** Plans `before`, then ticks the named steps in `now`. */
function tick(before: string, ids: readonly string[], now = before): TickResult {
  const steps = planOf(before).steps.filter(({ id }) => ids.includes(id));
  assert.equal(steps.length, ids.length, "every step to tick is in the plan");
  return tickBoxes(now, "test.spec.md", steps);
}

describe("spec: write-back (A8)", () => {
  it("changes only the character in the box", () => {
    const text = "\uFEFF# T\r\n\r\n-  [ ]  a  \r\n* [ ]\tb\r\n1) [-] c\r\n\r\ntail";
    assert.deepEqual(tick(text, ["a", "c"]), {
      text: text.replace("[ ]  a", "[x]  a").replace("[-]", "[x]"),
      changed: true,
      notices: [],
    });
  });

  it("leaves a ticked box as it is", () => {
    const text = "- [ ] a\n- [ ] b\n";
    assert.deepEqual(tick(text, ["a"], "- [X] a\n- [ ] b\n"), {
      text: "- [X] a\n- [ ] b\n",
      changed: false,
      notices: [],
    });
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

  it("ticks a bare checkpoint after everything before it", () => {
    const text = "- [ ] a\n- [ ] b\n- [ ] Checkpoint\n- [ ] c\n";
    assert.equal(tick(text, ["a"]).text, text.replace("[ ] a", "[x] a"));
    assert.equal(tick(text, ["a", "b"]).text, "- [x] a\n- [x] b\n- [x] Checkpoint\n- [ ] c\n");
  });

  it("ticks checkpoints inside a parent, and those behind it when it is over", () => {
    const text = "- [ ] p\n  - [ ] a\n  - [ ] Checkpoint one\n  - [ ] b\n- [ ] Checkpoint two\n- [ ] c\n";
    const first = tick(text, ["p-a"]).text;
    assert.equal(first, text.replace("[ ] a", "[x] a").replace("[ ] Checkpoint one", "[x] Checkpoint one"));
    assert.equal(tick(text, ["p-a", "p-b"]).text, text.replaceAll("[ ]", "[x]").replace("[x] c", "[ ] c"));
  });

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
      assert.equal(result.text, now);
      assert.equal(result.changed, false);
      assert.equal(result.notices.length, 1);
      assert.match(result.notices[0] ?? "", why);
    });
  }

  it("leaves boxes alone that cannot be told apart", () => {
    const result = tick(
      "- [ ] a\n  - command: x\n",
      ["a"],
      "- [ ] b\n  - id: a\n- [ ] a\n  - command: x\n# H\n- [ ] a\n  - command: x\n",
    );
    assert.equal(result.changed, false);
    assert.match(result.notices[0] ?? "", /several tasks/);
  });

  it("has nothing to do in prose", () => {
    assert.deepEqual(tick("Do it.", ["verify"], "Do it now."), { text: "Do it now.", changed: false, notices: [] });
  });
});
