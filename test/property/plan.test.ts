import assert from "node:assert/strict";
import fc from "fast-check";
import type { Plan } from "../../schemas/plan.ts";
import { inferLocks } from "../../worker/plan/lock-inference.ts";
import { planOf, reachable } from "../support/planning.ts";

/** One line of a generated spec: a task at a depth, a heading or a checkpoint. */
interface Line {
  readonly kind: "task" | "heading" | "checkpoint";
  readonly depth: number;
  readonly parallel: boolean;
  readonly done: boolean;
  readonly work: boolean;
  readonly needs: readonly number[] | null;
}

const line = (needs: fc.Arbitrary<number[] | null>): fc.Arbitrary<Line> =>
  fc.record({
    kind: fc.constantFrom("task", "task", "task", "task", "task", "heading", "checkpoint"),
    depth: fc.nat(3),
    parallel: fc.boolean(),
    done: fc.integer({ min: 0, max: 5 }).map((value) => value === 0),
    work: fc.boolean(),
    needs,
  });

const lines = fc.array(line(fc.constant(null)), { minLength: 1, maxLength: 40 });
const linesWithNeeds = fc.array(line(fc.option(fc.array(fc.nat(20), { maxLength: 3 }))), {
  minLength: 1,
  maxLength: 25,
});

/** Tasks are called T0, T1, … in file order; the depth of a task is at most one more than that of the task above it. */
function print(spec: readonly Line[]): string {
  const text: string[] = [];
  let depth = -1;
  let number = 0;
  for (const entry of spec) {
    if (entry.kind !== "task") {
      text.push("", entry.kind === "heading" ? "# Heading" : "# Checkpoint", "");
      depth = -1;
      continue;
    }
    depth = Math.min(entry.depth, depth + 1);
    const indent = "  ".repeat(depth);
    text.push(
      `${indent}- [${entry.done ? "x" : " "}] ${entry.parallel ? "[P] " : ""}task ${number}`,
      `${indent}  - id: T${number}`,
    );
    if (entry.work) text.push(`${indent}  - command: x`);
    if (entry.needs) text.push(`${indent}  - needs: ${entry.needs.map((need) => `T${need}`).join(", ") || "none"}`);
    number += 1;
  }
  return text.join("\n");
}

function isAcyclic(plan: Plan): boolean {
  return [...reachable(plan)].every(([id, before]) => !before.has(id));
}

describe("property: order of steps (A2, C1)", () => {
  it("has no ring and follows the file where nothing is stated", () => {
    fc.assert(
      fc.property(lines, (spec) => {
        const plan = planOf(print(spec));
        assert.ok(isAcyclic(plan));
        assert.ok(!plan.diagnostics.some(({ code }) => code === "cycle"));
        const place = new Map(plan.steps.map(({ id }, index) => [id, index]));
        for (const { id, dependencies } of plan.steps) {
          for (const dependency of dependencies) assert.ok((place.get(dependency) ?? 0) < (place.get(id) ?? 0));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("keeps everything after a checkpoint behind everything before it", () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const open = [...before, ...after].map((entry) => ({ ...entry }));
        const first = open.slice(0, before.length);
        const text = print([
          ...first,
          { kind: "checkpoint", depth: 0, parallel: false, done: false, work: false, needs: null },
          ...after,
        ]);
        const plan = planOf(text);
        const count = first.filter(({ kind }) => kind === "task").length;
        const isBefore = (id: string): boolean => Number(id.slice(1)) < count;
        const all = reachable(plan);
        const steps = plan.steps.filter(({ id }) => /^T\d+$/.test(id)).map(({ id }) => id);
        for (const late of steps.filter((id) => !isBefore(id))) {
          for (const early of steps.filter(isBefore))
            assert.ok(all.get(late)?.has(early) === true, `${late} waits for ${early}`);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("keeps siblings that are not [P] in the order of the file, with all that they consist of", () => {
    fc.assert(
      fc.property(fc.array(lines, { minLength: 2, maxLength: 4 }), (parts) => {
        const text = parts
          .map((part, index) => {
            const inner = print(part.filter(({ kind }) => kind === "task"));
            return `- [ ] part ${index}\n${inner.replaceAll(/T(\d+)/g, `P${index}T$1`).replaceAll(/^(?=.)/gm, "  ")}`;
          })
          .join("\n");
        const plan = planOf(text);
        const all = reachable(plan);
        const partOf = (id: string): number => Number(/^(?:P|part-)(\d+)/.exec(id)?.[1] ?? -1);
        for (const { id } of plan.steps) {
          for (const { id: other } of plan.steps) {
            if (partOf(other) < partOf(id)) assert.ok(all.get(id)?.has(other) === true, `${id} waits for ${other}`);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("fault 17: tells a ring exactly where there is one, and honours every stated need that it can", () => {
    fc.assert(
      fc.property(linesWithNeeds, (spec) => {
        const plan = planOf(print(spec));
        assert.equal(
          plan.diagnostics.some(({ code }) => code === "cycle"),
          !isAcyclic(plan),
        );
        for (const { code, steps } of plan.diagnostics) {
          if (code !== "cycle") continue;
          for (const [index, id] of steps.entries()) {
            const next = steps[(index + 1) % steps.length] ?? "";
            assert.ok(
              plan.steps.find((step) => step.id === id)?.dependencies.includes(next),
              `${id} waits for ${next}`,
            );
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives a reason for every dependency", () => {
    fc.assert(
      fc.property(linesWithNeeds, (spec) => {
        for (const { dependencies, reason } of planOf(print(spec)).steps) {
          assert.deepEqual(Object.keys(reason.dependencies), dependencies);
          for (const why of Object.values(reason.dependencies)) assert.ok(why.length > 5);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Some paths and wildcards of a small tree, and every file of it. */
const FILES = ["a.ts", "b.css", "src/a.ts", "src/b.ts", "src/x/a.ts", "src/x/y/b.css", "lib/a.ts"];
const PATHS = [...FILES, ".", "src", "src/x/", "*.ts", "src/*", "src/**", "**/a.ts", "src/*/a.*", "{lib,src}/a.ts", "src/?.ts", "src/[ab].ts", "**"]; // prettier-ignore

/** What people mean by a path, said in another way than in the product. */
function matches(path: string, file: string): boolean {
  const plain = path.replace(/\/$/, "");
  if (plain === "." || plain === file || file.startsWith(`${plain}/`)) return true;
  const words: Record<string, string> = { "**/": "(?:.+/)?", "**": ".+", "*": "[^/]*", "?": "[^/]", ".": "\\." };
  const pattern = plain
    .replace(/\*\*\/|\*\*|[*?.]/g, (word) => words[word] ?? word)
    .replace(/\{(\w+),(\w+)\}/g, "(?:$1|$2)");
  return new RegExp(`^${pattern}$`).test(file);
}

describe("property: locks of files (C12)", () => {
  const files = fc.array(fc.uniqueArray(fc.constantFrom(...PATHS), { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 8,
  });

  it("keep any two steps apart whose paths mean the same file, and have a reason each", () => {
    fc.assert(
      fc.property(files, (steps) => {
        const text = steps
          .map((paths, index) => `- [ ] [P] T${index}\n  - command: x\n  - files: ${JSON.stringify(paths)}\n`)
          .join("");
        const plan = planOf(text);
        const touched = plan.steps.map((step) =>
          FILES.filter((file) => step.files.some((path) => matches(path, file))),
        );
        for (const [i, a] of plan.steps.entries()) {
          assert.equal(new Set(a.locks.map(({ name }) => name)).size, a.locks.length);
          assert.ok(a.locks.every(({ reason }) => reason !== null && reason.length > 5));
          for (const [j, b] of plan.steps.entries()) {
            if (i >= j || !touched[i]?.some((file) => touched[j]?.includes(file))) continue;
            const names = b.locks.map(({ name }) => name);
            assert.ok(
              a.locks.some(({ name }) => names.includes(name)),
              `${a.files.join()} and ${b.files.join()}`,
            );
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("keep no two steps apart that name different files", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(FILES, { minLength: 2 }), (paths) => {
        const text = paths.map((path, i) => `- [ ] [P] T${i}\n  - command: x\n  - files: ${path}\n`).join("");
        const names = planOf(text).steps.flatMap(({ locks }) => locks.map(({ name }) => name));
        assert.equal(new Set(names).size, paths.length);
      }),
    );
  });
});

describe("property: locks inferred from any script (C12)", () => {
  const PARTS = ["npm ci", "cd web", "make", " && ", "\n", ";", "'", '"', "\\", "$(", ")", "#", "<<EOF\n", "EOF\n", "PORT=80 ", "--port ", "8080", "localhost:", "postgres://", "u:secret@", "host/db", " ", "psql -d ", "sqlite3 x.db", "|", "é", "\0"]; // prettier-ignore

  it("never throw, name each resource once, and hold no password", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PARTS), { maxLength: 40 }), (parts) => {
        const script = parts.join("");
        const locks = inferLocks({ command: { kind: "shell", script }, check: script, cwd: "sub", env: { A: script } });
        assert.equal(new Set(locks.map(({ name }) => name)).size, locks.length);
        if (!/psql|sqlite3|-t/.test(script)) assert.doesNotMatch(JSON.stringify(locks), /secret/);
      }),
      { numRuns: 1_000 },
    );
  });

  it("are found in time that grows with the script", () => {
    for (const part of PARTS) {
      const script = `make ${part.repeat(50_000)}`;
      inferLocks({ command: { kind: "shell", script }, check: null, cwd: null, env: {} });
    }
  }).timeout(30_000);
});

describe("property: the hash of a plan (B2)", () => {
  it("does not see where lines stand, and sees every command", () => {
    fc.assert(
      fc.property(lines, fc.nat(5), (spec, blank) => {
        const text = print(spec);
        const { hash, steps } = planOf(text);
        assert.equal(planOf("\n".repeat(blank) + text).hash, hash);
        if (steps.some(({ parameters }) => parameters.command?.kind === "shell" && parameters.command.script === "x")) {
          assert.notEqual(planOf(text.replaceAll("command: x", "command: y")).hash, hash);
        }
      }),
      { numRuns: 200 },
    );
  });
});
