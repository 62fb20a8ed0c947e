import assert from "node:assert/strict";
import type { Diagnostic } from "../../../schemas/diagnostic.ts";
import { parseSpec, type ParseOptions } from "../../../worker/spec/parse.ts";
import { planOfDocument, told } from "../../support/planning.ts";

function diagnose(text: string, path = "TODO.md", options: ParseOptions = {}): Diagnostic[] {
  const ours = new Set(["done-parent", "open-parent", "skipped-dependency", "missing-barrier"]);
  const { diagnostics } = planOfDocument(parseSpec(text, path, options));
  return diagnostics.filter(({ code }) => ours.has(code));
}

describe("plan: states that contradict one another (A6)", () => {
  it("tells of a parent that is done with open parts, at its box, and names the parts", () => {
    const found = diagnose("- [x] a\n  - [ ] b\n  - [x] c\n  - [~] d\n");
    assert.deepEqual(told(found), ["warning done-parent 1"]);
    assert.match(
      found[0]?.message ?? "",
      /"a" is marked as done, but 2 of its parts are open: "b" \(line 2\), "d" \(line 4\)/,
    );
    assert.deepEqual([found[0]?.range?.start, found[0]?.range?.end], [3, 4]);
    assert.deepEqual(found[0]?.steps, ["a", "a-b", "a-d"]);
  });

  it("counts the parts that a message has no room for", () => {
    const [first] = diagnose(`- [x] a\n${Array.from({ length: 9 }, (_, i) => `  - [ ] p${i}\n`).join("")}`);
    assert.match(first?.message ?? "", /9 of its parts are open: .*"p2" \(line 4\) and 6 more;/);
  });

  it("tells of a parent that is open while all its parts are done", () => {
    assert.deepEqual(told(diagnose("- [ ] a\n  - [x] b\n  - [x] c\n")), ["info open-parent 1"]);
    assert.deepEqual(told(diagnose("- [ ] a\n  - [x] b\n  - [ ] c\n")), []);
    assert.deepEqual(told(diagnose("- [x] a\n  - [x] b\n- [ ] c\n")), []);
  });

  it("lets a parent with work of its own be open", () => {
    assert.deepEqual(diagnose("- [ ] a\n  - command: x\n  - [x] b\n    - command: y\n", "x.spec.md"), []);
  });

  it("does not count optional parts", () => {
    const path = ".kiro/specs/x/tasks.md";
    const text = (parent: string, part: string): string => `- [${parent}] 1. a\n  - [${part}] 1.1 b\n  - [ ]* 1.2 c\n`;
    assert.deepEqual(diagnose(text("x", "x"), path), []);
    assert.deepEqual(diagnose(text("x", "x"), path, { optional: true }), []);
    assert.deepEqual(told(diagnose(text("x", " "), path)), ["warning done-parent 1"]);
    assert.deepEqual(told(diagnose(text(" ", "x"), path)), ["info open-parent 1"]);
    assert.deepEqual(diagnose("- [ ] 1. a\n  - [ ]* 1.1 b\n", path), []);
  });

  it("tells of a need that is left out, also of one whose parts all are", () => {
    const path = ".kiro/specs/x/tasks.md";
    const text = "- [ ] 1. a\n  - [ ]* 1.1 b\n- [ ] 2. c\n  - _Depends: 1_\n- [ ]* 3. d\n  - _Depends: 1_\n";
    const found = diagnose(text, path);
    assert.deepEqual(told(found), ["warning skipped-dependency 4"]);
    assert.match(
      found[0]?.message ?? "",
      /"c" needs "a" \(line 1\), which does not run.*remove it from its `_Depends:_`$/,
    );
    const [direct] = diagnose(text.replace("_Depends: 1_", "_Depends: 1.1_"), path);
    assert.match(
      direct?.message ?? "",
      /"c" needs "b" \(line 2\), which is optional and left out: run the optional tasks too/,
    );
    assert.deepEqual(diagnose(text, path, { optional: true }), []);
  });
});

describe("plan: files under headings that do not order (A6)", () => {
  const writer = "# One\n\n- [ ] [P] make\n  - id: make\n  - command: x\n  - output: out/a.json\n";
  const reader = "\n# Two\n\n- [ ] use\n  - command: y\n  - files: ./out/a.json\n";

  it("warns where nothing makes the one that names a file wait for the one that makes it", () => {
    const found = diagnose(`${writer}${reader}`, "x.spec.md");
    assert.deepEqual(told(found), ["warning missing-barrier 10"]);
    assert.match(
      found[0]?.message ?? "",
      /"use" names the file out\/a\.json, which "make" makes under another heading \(line 3\)/,
    );
    assert.deepEqual(found[0]?.steps, ["use", "make"]);
  });

  it("is content with a need, a checkpoint, and one heading for both", () => {
    assert.deepEqual(diagnose(`${writer}${reader}  - needs: make\n`, "x.spec.md"), []);
    assert.deepEqual(diagnose(`${writer}\n# Checkpoint\n${reader}`, "x.spec.md"), []);
    assert.deepEqual(diagnose(`${writer}${reader.replace("# Two", "")}`, "x.spec.md"), []);
    assert.deepEqual(diagnose(`${writer}${reader.replace("# Two", "")}  - needs: none\n`, "x.spec.md"), []);
    assert.deepEqual(diagnose(`${writer}${reader}`.replace("a.json\n\n", "b.json\n\n"), "x.spec.md"), []);
    assert.deepEqual(diagnose(`${writer}${reader}`.replace("[ ] [P]", "[x] [P]"), "x.spec.md"), []);
  });
});
