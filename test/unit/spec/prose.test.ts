import assert from "node:assert/strict";
import { prosePartsOf } from "../../../worker/spec/prose-parts.ts";
import { parse, told } from "../../support/planning.ts";

describe("spec: prose (A0, A3, A5)", () => {
  it("becomes the default template, one task after another", () => {
    const text = "---\nbudget: 1 USD\n---\n\n# Dark mode\n\nAdd a dark mode.\n";
    const document = parse(text, "idea.md");
    assert.equal(document.dialect, "prose");
    assert.equal(document.title, "Dark mode");
    assert.deepEqual(
      document.tasks.map(({ id, attributes, title, order }) => [
        id,
        attributes.capability,
        title,
        order.map(({ task }) => task).join(),
      ]),
      [
        ["understand", "document_analysis", "Understand: Dark mode", ""],
        ["implement", "code_generation", "Implement: Dark mode", "understand"],
        ["review", "code_review", "Review: Dark mode", "implement"],
        ["verify", "testing", "Verify: Dark mode", "review"],
      ],
    );
    const [first] = document.tasks;
    assert.match(first?.instructions ?? "", /Add a dark mode\.$/);
    assert.equal(text.slice(first?.range.start, first?.range.end), "# Dark mode\n\nAdd a dark mode.");
    assert.equal(first?.box, null);
    assert.equal(document.settings.budget?.total, 1);
  });

  it("takes the first words as title where there is no heading", () => {
    assert.equal(parse("Make it faster.\nPlease.", "x.spec.md").title, "Make it faster.");
    const long = parse("word ".repeat(100), "x.md").title;
    assert.ok(long.length <= 61 && long.endsWith("…"));
  });

  it("leaves the front matter of other tools alone, and tells slips in ours", () => {
    const codes = (front: string): string[] =>
      told(parse(`---\n${front}\n---\nMake it faster.\n`, "notes.md").diagnostics);
    assert.deepEqual(codes("layout: post\ntags: [a, b]\nstatus: draft"), []);
    assert.deepEqual(codes("layout: post\nbudget: 1.00 USD"), ["warning unknown-key 2"]);
    assert.deepEqual(codes("layout: post\nbuget: 1.00 USD"), ["warning unknown-key 3"]);
  });

  it("is no prose when any box stands in the file", () => {
    assert.equal(parse("Text\n\n- [ ] a\n", "notes.md").dialect, "checklist");
    assert.equal(parse("Text\n\n# Checkpoint\n\nlook\n", "notes.md").dialect, "prose");
    assert.equal(parse("Text\n\n# Checkpoint\n\nlook\n", "notes.spec.md").dialect, "spec");
  });

  it("tells a file without tasks and text", () => {
    for (const text of ["", " \n\t\r\n", "---\ntitle: x\n---\n", "\uFEFF"]) {
      assert.deepEqual(told(parse(text).diagnostics), ["error empty-spec 1"], JSON.stringify(text));
    }
  });

  /** What stands between understanding and review. */
  const parts = (text: string): string[] =>
    parse(text, "idea.md")
      .tasks.filter(({ id }) => id.startsWith("part-"))
      .map(({ title }) => title);

  const split: [string, string[]][] = [
    ["1. Add a button\n2. Save what it says\n3. Show it", ["Add a button", "Save what it says", "Show it"]],
    ["# Dark mode\n\nDo this:\n\n1) Add a switch\n   for it\n\n2) Keep it\n\nThanks!", ["Add a switch", "Keep it"]],
    ["1. Add a button. 2. Save what it says.", ["Add a button", "Save what it says"]],
    [
      "Please (1) add a button, (2) save what it says and (3) show it.",
      ["Add a button", "Save what it says", "Show it"],
    ],
    [
      "First add a button, then save what it says. After that, show it and finally write tests.",
      ["Add a button", "Save what it says", "Show it", "Write tests"],
    ],
    ["Fix the bug in src/x, then add a test", ["Fix the bug in src/x", "Add a test"]],
    ["First, rename it.\nThen move it.\nNext, delete the old one.", ["Rename it", "Move it", "Delete the old one"]],
  ];
  for (const [text, expected] of split) {
    it(`does one after another what ${JSON.stringify(text.slice(0, 40))} names (A3)`, () => {
      assert.deepEqual(parts(text), expected);
      const { tasks } = parse(text, "idea.md");
      const ids = ["understand", ...expected.map((_, index) => `part-${index + 1}`), ...["review", "verify"]];
      assert.deepEqual(
        tasks.map(({ id, order }) => [id, order.map(({ task }) => task)]),
        ids.map((id, index) => [id, index === 0 ? [] : [ids[index - 1]]]),
      );
      for (const { id, range, instructions } of tasks.slice(1, -2)) {
        assert.ok(instructions.includes(text.slice(range.start, range.end)), id);
        assert.ok(instructions.endsWith(text.trim()), id);
      }
    });
  }

  for (const text of [
    "fix the failing test in src/x",
    "If it fails, then stop. Make it faster.",
    "Once the page is loaded, then show it.",
    "Version 1. 5 is broken",
    "First make it work.",
    "We have a bug and then it crashes. Mend it.",
    "Users first see the list and then pick one. Make this faster.",
    "Make the page show items, and after that, the total.",
    "First, second and third pages are broken: mend them",
    `1. a goal\n2. other goal\n\n${"Much is to be said of this. ".repeat(30)}`,
    "The first page and the next page differ: mend that",
    "- one\n- two\n",
    "# A\n\n1. a first thing\n2. a second thing\n\n# B\n\ntext",
    "1. one thing\n2. other thing\n\ntext\n\n1. again this\n2. again that",
    "```\n1. code here\n2. code there\n```\nExplain this.",
    `1. a thing\n2. other thing ${"word ".repeat(20_000)}`,
    "2. begins late\n3. goes on",
    `1. a thing\n${Array.from({ length: 40 }, (_, index) => `${index + 2}. a thing`).join("\n")}`,
  ]) {
    it(`leaves ${JSON.stringify(text.slice(0, 40))} whole (A3)`, () => assert.deepEqual(parts(text), []));
  }

  it("has a title without the number that it begins with", () => {
    assert.equal(parse("1. Run the tests\n2. Mend them", "x.md").title, "Run the tests");
  });

  it("finds the parts of hostile text in linear time", () => {
    for (const piece of ["and then ", "1. a ", "first ", ", and ", "if then ", "1) ", "\n1. x", ". Then "]) {
      const text = piece.repeat(Math.ceil(3_999 / piece.length)).slice(0, 3_999);
      const begun = performance.now();
      prosePartsOf(text);
      prosePartsOf(piece.repeat(200_000));
      prosePartsOf(`1. a${piece.repeat(10_000).slice(0, 90_000)}`);
      assert.equal(prosePartsOf(`1. do this${" ".repeat(90_000)}here\n2. do that`).length, 2);
      assert.ok(performance.now() - begun < 1_000, piece);
    }
  });
});
