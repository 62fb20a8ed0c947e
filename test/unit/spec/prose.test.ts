import assert from "node:assert/strict";
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
});
