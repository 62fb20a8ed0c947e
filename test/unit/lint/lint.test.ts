import assert from "node:assert/strict";
import { lintSpec } from "../../../worker/lint/lint.ts";
import { agentView, SHELL } from "../../support/planning.ts";

const AGENTS = [SHELL, agentView("coder", ["code_generation"])];

describe("lint of a spec", () => {
  it("tells each finding once, by place, on the words that it is about", () => {
    const text = "- [ ] A\n  - id: a\n  - needs: gone\n- [ ] B\n  - id: a\n";
    const { findings } = lintSpec({ text, path: "x.spec.md", agents: AGENTS });
    const told = findings.map(
      ({ code, range }) => `${code} ${range.line}:${range.column} ${text.slice(range.start, range.end)}`,
    );
    assert.deepEqual(told, ["unknown-dependency 3:12 gone", "duplicate-id 5:9 a"]);
  });

  it("tells once what a task says twice", () => {
    const text = "- [ ] A\n  - needs: gone, gone\n";
    const { findings } = lintSpec({ text, path: "x.spec.md", agents: AGENTS });
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["unknown-dependency"],
    );
  });

  it("offers the fixes of a finding as edits", () => {
    const text = "- [ ] A\n  - id: build\n- [ ] B\n  - needs: biuld\n";
    const { findings, fixesFor } = lintSpec({ text, path: "x.spec.md", agents: AGENTS });
    const [first] = findings.flatMap((finding) => fixesFor(finding));
    assert.deepEqual(first?.changes, [{ from: 41, to: 46, text: "build" }]);
  });
});
