import assert from "node:assert/strict";
import type { Diagnostic } from "../../../schemas/diagnostic.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { planOfDocument, told } from "../../support/planning.ts";

function diagnose(text: string, path: string): Diagnostic[] {
  const { diagnostics } = planOfDocument(parseSpec(text, path));
  return diagnostics.filter(({ code }) => code !== "no-agent");
}

describe("plan: diagnostics in other dialects (A6)", () => {
  it("looks for a dependency of Task Master in its own tag only, whatever the order of the file", () => {
    const tag = (...tasks: object[]): object => ({ tasks });
    const text = (dependencies: unknown[]): string =>
      JSON.stringify({
        master: tag({ id: 1, title: "A" }, { id: 2, title: "B" }, { id: "deploy", title: "C" }),
        feature: tag({ id: 2, title: "D", dependencies }, { id: 1, title: "E" }),
      });
    const path = ".taskmaster/tasks/tasks.json";
    assert.deepEqual(diagnose(text([1]), path), []);
    const [unknown, ...more] = diagnose(text(["deploi", "C"]), path);
    assert.match(
      unknown?.message ?? "",
      /"D" needs "deploi", which is no task: give a task this id, or remove it from its `dependencies`/,
    );
    assert.deepEqual(told(more), ["error unknown-dependency 1"]);
  });

  it("tells of one file in parallel tasks of a sentence, unless every folder has a file of that name", () => {
    const text = (file: string): string =>
      `- [ ] T001 [P] Write the backend's ${file}\n- [ ] T002 [P] Write the frontend's ${file}\n`;
    const path = "specs/001-x/tasks.md";
    assert.deepEqual(told(diagnose(text("loop.sh"), path)), ["warning false-parallel 2"]);
    assert.deepEqual(told(diagnose(text("docs/README.md"), path)), ["warning false-parallel 2"]);
    for (const file of ["README.md", "package.json", "vite.config.ts", ".dockerignore", "route.ts", "go.mod"])
      assert.deepEqual(diagnose(text(file), path), []);
    const ours =
      "- [ ] [P] A\n  - command: x\n  - files: README.md\n- [ ] [P] B\n  - command: y\n  - files: README.md\n";
    assert.deepEqual(told(diagnose(ours, "x.spec.md")), ["warning false-parallel 4"]);
  });

  it("lets what is over need what is gone: a warning, unless something of it still runs", () => {
    const severities = (state: string, part: string): string[] => {
      const task = {
        id: 1,
        title: "A",
        status: state,
        dependencies: [99],
        subtasks: [{ id: 1, title: "B", status: part }],
      };
      const found = diagnose(JSON.stringify({ tasks: [task] }), "tasks/tasks.json");
      return found.filter(({ code }) => code === "unknown-dependency").map(({ severity }) => severity);
    };
    assert.deepEqual(severities("done", "done"), ["warning"]);
    assert.deepEqual(severities("pending", "pending"), ["error"]);
    assert.deepEqual(severities("done", "pending"), ["error"]);
    assert.deepEqual(severities("cancelled", "pending"), ["warning"]);
  });

  it("suggests another number only where it is the same one", () => {
    const advice = (need: string): string => {
      const text = `- [ ] T001 A\n- [ ] T012 B\n- [ ] T003 C (depends on T001, ${need})\n`;
      const unknown = diagnose(text, "specs/001-x/tasks.md").find(({ code }) => code === "unknown-dependency");
      return /which is no task: (.*)$/.exec(unknown?.message ?? "")?.[1] ?? "";
    };
    assert.equal(advice("T12"), 'did you mean "T012"?');
    assert.equal(advice("T00l"), 'did you mean "T001"?');
    assert.match(advice("T002"), /^give a task this id/);
  });

  it("names the mark and the list as the dialect does", () => {
    const path = ".kiro/specs/x/tasks.md";
    const [parallel] = diagnose(
      "- [ ] 1. A (P)\n  - _Boundary: src/a.ts_\n- [ ] 2. B (P)\n  - _Boundary: src/a.ts_\n",
      path,
    );
    assert.match(parallel?.message ?? "", /are marked \(P\), but both name the file src\/a\.ts: remove \(P\) from one/);
    const ring = diagnose("- [ ] 1. A\n  - _Depends: 2_\n- [ ] 2. B\n  - _Depends: 1_\n", path);
    const cycle = ring.find(({ code }) => code === "cycle");
    assert.match(cycle?.message ?? "", /none of them can ever start: remove one of these from its `_Depends:_`$/);
  });
});
