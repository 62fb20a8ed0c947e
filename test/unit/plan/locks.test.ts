import assert from "node:assert/strict";
import type { Plan } from "../../../schemas/plan.ts";
import { planOf, step } from "../../support/planning.ts";

/** Tasks that may run side by side, each with its attributes. */
function tasks(...entries: string[][]): string {
  return entries
    .map((attributes, index) => {
      const lines = attributes.some((line) => line.startsWith("command")) ? attributes : ["command: x", ...attributes];
      return `- [ ] [P] Task ${index}\n  - id: T${index}\n${lines.map((line) => `  - ${line}\n`).join("")}`;
    })
    .join("");
}

function names(plan: Plan, id: string): string[] {
  return step(plan, id).locks.map(({ name }) => name);
}

/** `name: reason` of each lock. */
function reasons(plan: Plan, id: string): string[] {
  return step(plan, id).locks.map(({ name, reason }) => `${name}: ${reason ?? "stated"}`);
}

function share(plan: Plan, a: string, b: string): boolean {
  return names(plan, a).some((name) => names(plan, b).includes(name));
}

describe("plan: stated locks (C12)", () => {
  it("are the step's, without a reason, and come before those of its files", () => {
    assert.deepEqual(reasons(planOf(tasks(["locks: db, port 80", "files: a.ts"])), "T0"), [
      "db: stated",
      "port 80: stated",
      "file:a.ts: works on a.ts",
    ]);
  });

  it("replace inference, and `none` leaves no lock at all", () => {
    const plan = planOf(
      tasks(
        ["command: npm run build"],
        ["command: npm run build"],
        ["command: npm run build", "locks: db"],
        ["command: npm run build", "locks: none", "files: a.ts"],
      ),
    );
    assert.deepEqual([names(plan, "T1"), names(plan, "T2"), names(plan, "T3")], [["build:npm ."], ["db"], []]);
  });

  it("join what is inferred of other steps under the same name", () => {
    const plan = planOf(tasks(["locks: port:8080"], ["command: serve --port 8080"]));
    assert.ok(share(plan, "T0", "T1"));
  });

  it("can be replaced by a person, who may also take all away", () => {
    const text = tasks(["locks: db"], ["locks: db"], ["files: a.ts"]);
    const modifications = [
      { stepId: "T0", locks: ["gpu", " big  disk "] },
      { stepId: "T1", locks: [] },
    ];
    const plan = planOf(text, { modifications });
    assert.deepEqual([names(plan, "T0"), names(plan, "T1")], [["gpu", "big disk"], []]);
    assert.throws(
      () => planOf(text, { modifications: [{ stepId: "T0", locks: ["a,b"] }] }),
      /locks of step T0 has "a,b"/,
    );
  });

  it("are not those of steps that are skipped or simulated", () => {
    const modifications = [
      { stepId: "T0", skip: true },
      { stepId: "T1", simulate: true },
    ];
    const plan = planOf(tasks(["locks: db"], ["files: a.ts"], ["files: a.ts"]), { modifications });
    assert.deepEqual([names(plan, "T0"), names(plan, "T1"), names(plan, "T2")], [[], [], ["file:a.ts"]]);
    const chosen = planOf("- [ ] a\n  - files: f\n", { modifications: [{ stepId: "a", agent: "simulated" }] });
    assert.deepEqual([step(chosen, "a").decision, names(chosen, "a")], ["agent", []]);
  });
});

describe("plan: locks of files (C12)", () => {
  it("keep steps apart that name the same file, however it is written", () => {
    const plan = planOf(tasks(["files: src/a.ts"], ["output: ./a.ts", "cwd: src"], ["files: src/x/../b.ts"]));
    assert.deepEqual(names(plan, "T0"), ["file:src/a.ts"]);
    assert.deepEqual(names(plan, "T1"), ["file:src/a.ts"]);
    assert.deepEqual(names(plan, "T2"), ["file:src/b.ts"]);
  });

  it("give both steps of an overlap one lock with the other's name, and leave files under one glob apart", () => {
    const plan = planOf(tasks(["files: src/**"], ["files: src/a.ts"], ["files: src/b.ts"]));
    assert.deepEqual(reasons(plan, "T0"), [
      "file:src/**: works on src/**",
      'file:src/** & src/a.ts: src/** overlaps src/a.ts of "Task 1"',
      'file:src/** & src/b.ts: src/** overlaps src/b.ts of "Task 2"',
    ]);
    assert.deepEqual(reasons(plan, "T1"), [
      "file:src/a.ts: works on src/a.ts",
      'file:src/** & src/a.ts: src/a.ts overlaps src/** of "Task 0"',
    ]);
    assert.ok(!share(plan, "T1", "T2"));
  });

  for (const [a, b, expected] of [
    ["src", "src/a.ts", true],
    ["src/", "src/x/y.ts", true],
    ["src", "src2/a.ts", false],
    [".", "a.ts", true],
    ["src/*.ts", "src/a.ts", true],
    ["src/*.ts", "src/x/a.ts", false],
    ["src/**/*.ts", "src/a.ts", true],
    ["src/**/*.ts", "src/a.css", false],
    ["src/*.ts", "src/*.css", false],
    ["src/a*.ts", "src/*b.ts", true],
    ["**/*.md", "docs/guide/x.md", true],
    ["**/test/**", "src/*.ts", false],
    ["src/*", "src", true],
    ["src*/a.ts", "src", true],
    ["src/{a,b}.ts", "src/b.ts", true],
    ["src/[ab].ts", "src/a.ts", true],
    ["src/?.ts", "src/ab.ts", false],
    ["src/**", "lib/**", false],
  ] as const) {
    it(`${expected ? "see" : "see no"} overlap of ${a} and ${b}`, () => {
      assert.equal(share(planOf(tasks([`files: ["${a}"]`], [`files: ["${b}"]`])), "T0", "T1"), expected);
      assert.equal(share(planOf(tasks([`files: ["${b}"]`], [`files: ["${a}"]`])), "T0", "T1"), expected);
    });
  }

  it("do not keep subtasks apart for what they inherit, but keep each of them apart from others", () => {
    const plan = planOf(
      "- [ ] [P] p\n  - id: P\n  - files: src/**\n  - [ ] [P] a\n    - command: x\n  - [ ] [P] b\n    - command: x\n" +
        "- [ ] [P] o\n  - id: O\n  - files: src/a.ts\n  - command: x\n",
    );
    assert.ok(!share(plan, "p-a", "p-b"));
    assert.ok(share(plan, "p-a", "O"));
    assert.ok(share(plan, "p-b", "O"));
    const alone = planOf("- [ ] p\n  - files: f\n  - [ ] [P] a\n    - command: x\n  - [ ] [P] b\n    - command: x\n");
    assert.deepEqual([names(alone, "p-a"), names(alone, "p-b")], [[], []]);
  });

  it("agree with the warnings of false parallels", () => {
    const plan = planOf(tasks(["files: a.ts"], ["files: b.ts"], ["output: ./b.ts"]));
    const warned = plan.diagnostics.filter(({ code }) => code === "false-parallel").map(({ steps }) => steps);
    assert.deepEqual(warned, [["T1", "T2"]]);
    assert.ok(share(plan, "T1", "T2") && !share(plan, "T0", "T1"));
  });

  it("take turns as a whole where so many wildcards begin alike that comparing them would take long", () => {
    const globs = Array.from({ length: 600 }, (_, i) => [`files: src/**/x${i}.ts`]);
    const plan = planOf(tasks(...globs, ["files: src/m/x7.ts"], ["files: lib/x7.ts"]));
    const name = names(plan, "T0").at(-1) ?? "";
    for (const id of ["T7", "T599", "T600"]) assert.ok(names(plan, id).includes(name), id);
    assert.deepEqual(names(plan, "T601"), ["file:lib/x7.ts"]);
    assert.match(reasons(plan, "T0").at(-1) ?? "", /so many wildcards begin with src\/ that their steps take turns/);
  });

  it("stay few where very many paths overlap, keep all of them apart, and say so", () => {
    const globs = Array.from({ length: 300 }, (_, i) => [`files: src/**/x${i}*`]);
    const files = Array.from({ length: 300 }, (_, i) => [`files: src/m/x${i}y`]);
    const whole = Array.from({ length: 300 }, (_, i) => [`files: src/**/*${"?".repeat(i % 5)}`]);
    const plan = planOf(tasks(...globs, ...files, ...whole));
    const count = plan.steps.reduce((sum, { locks }) => sum + locks.length, 0);
    assert.ok(count < 50_000, `${count} locks`);
    assert.ok(share(plan, "T0", "T300") && share(plan, "T5", "T305"));
    for (const far of ["T0", "T299", "T300", "T599", "T600"]) assert.ok(share(plan, "T899", far), far);
    assert.match(JSON.stringify(plan.steps), /so many .*take turns/);
  });

  it("take time in proportion to ten thousand steps with a file or a glob each", () => {
    const many = (path: (i: number) => string): string[][] =>
      Array.from({ length: 10_000 }, (_, i) => [`files: ${path(i)}`]);
    for (const path of [
      (i: number): string => `src/f${i}.ts`,
      (i: number): string => `src/mod${i}-*.ts`,
      (i: number): string => `src/${i}/**/*.ts`,
      (i: number): string => (i === 0 ? "src/**" : `src/f${i}.ts`),
    ]) {
      const plan = planOf(tasks(...many(path)));
      const count = plan.steps.reduce((sum, { locks }) => sum + locks.length, 0);
      assert.ok(count >= 10_000 && count <= 30_000, `${count} locks`);
    }
  }).timeout(30_000);
});
