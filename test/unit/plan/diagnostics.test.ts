import assert from "node:assert/strict";
import type { Diagnostic } from "../../../schemas/diagnostic.ts";
import { planOf, step, told } from "../../support/planning.ts";

function diagnose(...lines: string[]): Diagnostic[] {
  return planOf(lines.join("\n")).diagnostics;
}

function tasks(...entries: [id: string, ...attributes: string[]][]): string[] {
  return entries.flatMap(([id, ...attributes]) => [
    `- [ ] Task ${id}`,
    `  - id: ${id}`,
    "  - command: x",
    ...attributes.map((attribute) => `  - ${attribute}`),
  ]);
}

describe("plan: diagnostics (A6)", () => {
  it("fault 17: tells a cycle once, with its whole path and the reasons", () => {
    const found = diagnose(...tasks(["A", "needs: C"], ["B", "needs: A"], ["C", "needs: B"], ["D", "needs: A"]));
    const cycles = found.filter(({ code }) => code === "cycle");
    assert.equal(cycles.length, 1);
    assert.deepEqual(cycles[0]?.steps, ["A", "C", "B"]);
    assert.equal(cycles[0]?.range?.line, 4);
    assert.match(
      cycles[0].message,
      /"Task A" waits for "Task C" \(needs it, as stated\); "Task C" waits for "Task B".*"Task B" waits for "Task A"/,
    );
  });

  it("tells each of several cycles", () => {
    const found = diagnose(
      ...tasks(["A", "needs: B"], ["B", "needs: A"], ["C", "needs: none"], ["D", "needs: E"], ["E", "needs: D"]),
    );
    assert.deepEqual(
      found.filter(({ code }) => code === "cycle").map(({ steps }) => steps),
      [
        ["A", "B"],
        ["D", "E"],
      ],
    );
  });

  it("tells a cycle of needs and the order of the file, and of needs and a checkpoint", () => {
    const order = diagnose(...tasks(["A", "needs: B"], ["B"]));
    assert.deepEqual(told(order), ["warning forward-reference 4", "error cycle 4"]);
    assert.match(order[1]?.message ?? "", /follows "Task A" under the same heading/);
    const checkpoint = diagnose(...tasks(["A", "needs: B"]), "", "# Checkpoint", "", ...tasks(["B"]));
    assert.deepEqual(told(checkpoint), ["warning forward-reference 4", "error cycle 4"]);
    assert.match(checkpoint[1]?.message ?? "", /checkpoint "Checkpoint" stands between/);
  });

  it("fault 17: tells unknown dependencies with a suggestion", () => {
    const found = diagnose(...tasks(["build"], ["B", "needs: biuld, zzz"]));
    assert.deepEqual(told(found), ["error unknown-dependency 7", "error unknown-dependency 7"]);
    assert.match(found[0]?.message ?? "", /"Task B" needs "biuld", which is no task: did you mean "build"\?/);
    assert.match(found[1]?.message ?? "", /give a task this id/);
  });

  it("fault 17: tells a reference to a duplicate id with both places", () => {
    const found = diagnose(...tasks(["T"], ["T"], ["B", "needs: T"]));
    assert.deepEqual(told(found), ["warning duplicate-id 4", "error duplicate-reference 10"]);
    assert.match(found[1]?.message ?? "", /line 1 \("Task T"\) and line 4 \("Task T"\)/);
    assert.deepEqual(found[1]?.steps, ["B", "T", "T#2"]);
    assert.deepEqual(told(diagnose(...tasks(["T"], ["T"], ["B", "needs: T#2"]))), ["warning duplicate-id 4"]);
  });

  it("tells forward references, needs given twice, and a task that needs itself or its family", () => {
    assert.deepEqual(told(diagnose(...tasks(["A", "needs: B"], ["B", "needs: none"]))), [
      "warning forward-reference 4",
    ]);
    assert.deepEqual(told(diagnose(...tasks(["A"], ["B", "needs: A, A"]))), ["warning duplicate-reference 7"]);
    assert.deepEqual(told(diagnose(...tasks(["A", "needs: A"]))), ["error self-dependency 4"]);
    const family = diagnose("- [ ] p", "  - id: p", "  - [ ] c", "    - command: x", "    - needs: p");
    assert.deepEqual(told(family), ["error self-dependency 5"]);
    assert.match(family[0]?.message ?? "", /its own parent "p", which ends after it/);
  });

  it("resolves needs by own id, then our id, then title", () => {
    const plan = planOf(
      "- [ ] First thing\n  - command: x\n- [ ] b\n  - command: x\n  - needs: first thing\n- [ ] c\n  - command: x\n  - needs: first-thing\n",
    );
    assert.deepEqual(told(plan.diagnostics), []);
    assert.deepEqual(step(plan, "c").dependencies, ["first-thing"]);
  });

  it("warns of [P] items that name the same file", () => {
    const group = (...files: string[]): string[] =>
      files.flatMap((file, index) => [`- [ ] [P] t${index}`, "  - command: x", `  - ${file}`]);
    const found = diagnose(...group("files: a.ts, b.ts", "files: c.ts", "output: ./b.ts"));
    assert.deepEqual(told(found), ["warning false-parallel 7"]);
    assert.match(found[0]?.message ?? "", /"t0" and "t2" \(lines 1 and 7\).*b\.ts/);
    assert.deepEqual(found[0]?.steps, ["t0", "t2"]);
    assert.deepEqual(told(diagnose(...group("files: a.ts"), "- [ ] n", "  - command: x", ...group("files: a.ts"))), []);
    assert.deepEqual(told(diagnose(...group("files: a.ts", "files: a.ts"), "  - needs: t0")), []);
    assert.deepEqual(told(diagnose(...group("files: a.ts", "output: a.ts"), "  - cwd: sub")), []);
    const inherited = [
      "- [ ] p",
      "  - files: a.ts",
      "  - [ ] [P] x",
      "    - command: x",
      "  - [ ] [P] y",
      "    - command: x",
    ];
    assert.deepEqual(told(diagnose(...inherited)), []);
  });

  it("keeps the diagnostics of the spec in front", () => {
    assert.deepEqual(told(diagnose("---", "bugdet: 1", "---", ...tasks(["A", "needs: Z"]))), [
      "warning unknown-key 2",
      "error unknown-dependency 7",
    ]);
  });

  it("bears ten thousand steps in one ring", () => {
    const ring = Array.from({ length: 10_000 }, (_, i): [string, string] => [`T${i}`, `needs: T${(i + 1) % 10_000}`]);
    const cycle = diagnose(...tasks(...ring)).filter(({ code }) => code === "cycle");
    assert.equal(cycle.length, 1);
    assert.equal(cycle[0]?.steps.length, 10_000);
    assert.ok((cycle[0]?.message.length ?? 0) < 2_000);
  });
});
