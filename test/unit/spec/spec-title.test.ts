import assert from "node:assert/strict";
import { parseSpec } from "../../../worker/spec/parse.ts";

function title(path: string, text: string): string {
  return parseSpec(text, path).title;
}

describe("spec: what it is called in lists of many (A1)", () => {
  it("by its folder, where its heading is the same in all of them", () => {
    assert.deepEqual(
      [
        title(".kiro/specs/log-in/tasks.md", "# Implementation Plan\n\n- [ ] 1. A\n"),
        title("app/.kiro/specs/log-in/tasks.md", "# Tasks\n\n- [ ] 1. A\n"),
        title("openspec/changes/add-x/tasks.md", "# Implementation Tasks\n\n- [ ] 1.1 A\n"),
      ],
      ["Implementation Plan: log-in", "Tasks: log-in", "Implementation Tasks: add-x"],
    );
  });

  it("by its folder alone, where it has no heading but those of groups", () => {
    assert.equal(title("openspec/changes/add-x/tasks.md", "## 1. Setup\n- [ ] 1.1 A\n"), "add-x");
    assert.equal(title("openspec/changes/archive/2025-01-01-add-y/tasks.md", "- [ ] 1.1 A\n"), "2025-01-01-add-y");
  });

  it("by its first task, where somebody has planned some boxes without a file", () => {
    assert.equal(title("", "- [ ] Do it\n- [ ] Look at it\n"), "Do it");
    assert.equal(title(".planwright/specs/do-it-abcd1234.md", "- [ ] Do it\n"), "Do it");
    assert.equal(title(".planwright/specs/do-it-abcd1234.md", "# Much\n\n- [ ] Do it\n"), "Much");
  });

  it("by its heading, front matter or file otherwise", () => {
    assert.equal(title("specs/001-x/tasks.md", "# Tasks: Log in\n\n- [ ] T001 A\n"), "Tasks: Log in");
    assert.equal(title("specs/001-x/tasks.md", "---\ntitle: Mine\n---\n# Tasks\n\n- [ ] T001 A\n"), "Mine");
    assert.equal(title("docs/tasks.md", "# Tasks\n\n- [ ] A\n"), "Tasks");
    assert.equal(title("docs/todo.md", "- [ ] A\n"), "todo");
  });
});
