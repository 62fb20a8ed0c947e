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

  it("takes time that grows with the file when very much is wrong in one task, with messages that can be read", () => {
    const [title, ids] = ["A ".repeat(20_000), Array.from({ length: 5_000 }, (_, index) => index + 5)];
    const tasks = [
      { id: 1, title, dependencies: ids },
      { id: 2, title, dependencies: ids.map(() => 2) },
    ];
    const start = performance.now();
    const { findings } = lintSpec({ text: JSON.stringify({ tasks }), path: "tasks/tasks.json", agents: AGENTS });
    assert.ok(performance.now() - start < 10_000);
    const unknown = findings.filter(({ code }) => code === "unknown-dependency");
    assert.equal(unknown.length, 5_000);
    assert.equal(new Set(unknown.map(({ range }) => range.start)).size, 5_000);
    assert.ok(findings.filter(({ code }) => code === "self-dependency").length < 3);
    for (const { code, message } of findings)
      assert.ok(message.length < 500 || code === "no-agent", message.slice(0, 600));
  });

  it("works out fixes in a line of very many blanks in no time", () => {
    const line = (id: string): string => `- [ ] ${id} [P] change src/a.ts${" ".repeat(50_000)}now`;
    const text = `${line("T001")}\n${line("T002")}\n`;
    const start = process.cpuUsage();
    const { findings, fixesFor } = lintSpec({ text, path: "specs/a/tasks.md", agents: AGENTS });
    const finding = findings.find(({ code }) => code === "false-parallel");
    assert.ok(finding);
    assert.equal(fixesFor(finding).length, 3);
    assert.ok(process.cpuUsage(start).user < 1_000_000);
  });

  it("offers the fixes of a finding as edits", () => {
    const text = "- [ ] A\n  - id: build\n- [ ] B\n  - needs: biuld\n";
    const { findings, fixesFor } = lintSpec({ text, path: "x.spec.md", agents: AGENTS });
    const [first] = findings.flatMap((finding) => fixesFor(finding));
    assert.deepEqual(first?.changes, [{ from: 41, to: 46, text: "build" }]);
  });
});
