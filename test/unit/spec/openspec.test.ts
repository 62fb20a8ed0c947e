import assert from "node:assert/strict";
import { parseSpec } from "../../../worker/spec/parse.ts";
import type { SpecDocument } from "../../../schemas/spec.ts";
import { edges, planOfDocument, told } from "../../support/planning.ts";

const PATH = "openspec/changes/add-login/tasks.md";

function read(text: string): SpecDocument {
  return parseSpec(text, PATH);
}

describe("spec: OpenSpec (A1)", () => {
  it("reads the number in front of a box, and every box without one", () => {
    const cases: [words: string, ownId: string | null, title: string][] = [
      ["1.1 Do it", "1.1", "Do it"],
      ["**1.1** Do it", "1.1", "Do it"],
      ["**1.1 Do it**", "1.1", "Do it"],
      ["1.1. Do it", "1.1", "Do it"],
      ["1.1: Do it", "1.1", "Do it"],
      ["2.3.4 Do it", "2.3.4", "Do it"],
      ["4.4a Do it", "4.4a", "Do it"],
      ["3. Do it", "3", "Do it"],
      ["10.1 / 10.2 Do it", "10.1", "10.1 / 10.2 Do it"],
      ["1.1, 1.2 Do it", "1.1", "1.1, 1.2 Do it"],
      ["Do it", null, "Do it"],
      ["3 retries at most", null, "3 retries at most"],
      ["1.1beta of it", null, "1.1beta of it"],
    ];
    for (const [words, ownId, title] of cases) {
      const [only] = read(`## 1. Group\n- [ ] ${words}\n`).tasks;
      assert.deepEqual([only?.ownId, only?.title], [ownId, title], words);
    }
  });

  it("is one sequence through all groups", () => {
    const plan = planOfDocument(read("## 1. A\n- [x] 1.1 a\n- [ ] 1.2 b\n## 2. B\n- [ ] 2.1 c\n- [ ] d\n"));
    assert.deepEqual(edges(plan), ["1.2 <-", "2.1 <- 1.2", "d <- 2.1"]);
  });

  it("keeps the requirements and scenarios that a task names", () => {
    const { tasks } = read(
      "## 1. A\n- [ ] 1.1 Log in (Requirement: User login)\n  - Scenario: Expired session.\n  - **Requirement:** `Audit trail`\n- [ ] 1.2 Speak of the requirement: nothing\n",
    );
    assert.deepEqual(
      tasks.map(({ requirements }) => requirements),
      [["User login", "Expired session", "Audit trail"], []],
    );
  });

  it("takes text for the agent as text, also commands, and settings of ours only where they cannot run anything", () => {
    const [only] = read(
      "## 1. A\n- [ ] 1.1 a\n  - agent: codex\n  - agent: other\n  - command: rm -rf x\n  - timeout: soon\n\n  ```sh\n  rm -rf y\n  ```\n",
    ).tasks;
    assert.equal(only?.attributes.agent, "codex");
    assert.equal(only.attributes.command, null);
    assert.equal(only.instructions, "- agent: other\n- command: rm -rf x\n- timeout: soon\n\n```sh\nrm -rf y\n```");
  });

  it("tells a number that is used twice, and stays quiet about notes between tasks", () => {
    const document = read("## 1. A\n- [ ] 1.1 a\n// a note\n- [ ] 1.1 b\n");
    assert.deepEqual(told(document.diagnostics), ["warning duplicate-id 4"]);
    assert.equal(document.tasks[0]?.instructions, "// a note");
  });
});
