import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { VERSION } from "../../schemas/version.ts";
import { seedTree, type SeededTree } from "../support/seeded-tree.ts";

const PASSING = 'it("passes", () => {});\n';

/** The whole of `npm run check` on a tiny tree. */
describe("gate: the test command", function () {
  this.timeout(60_000);
  let tree: SeededTree;

  before(async () => {
    tree = await seedTree({
      "schemas/version.ts": `export const VERSION = "${VERSION}";\n`,
      "worker/main.ts": 'import { VERSION } from "../schemas/version.ts";\n\nprocess.stdout.write(VERSION);\n',
      "worker/store/check-thread.ts": 'import "node:worker_threads";\n',
      "worker/cli/main.ts":
        '#!/usr/bin/env node\nimport { VERSION } from "../../schemas/version.ts";\n\nprocess.stdout.write(VERSION);\n',
      "test/unit/passes.test.ts": PASSING,
    });
  });
  after(() => tree.remove());

  const test = async (
    ...words: string[]
  ): Promise<{ code: number | null; lastLine: string | undefined; output: string }> => {
    const { code, output } = await tree.run("node", ".ci/test.mjs", ...words);
    return { code, output, lastLine: output.trimEnd().split("\n").at(-1) };
  };
  const seed = (file: string, content: string): Promise<void> => writeFile(path.join(tree.root, file), content);

  it("counts each gate and each test, goes on after a failure, and ends with the numbers and exit code 1", async () => {
    await seed("schemas/version.ts", `export const VERSION = '${VERSION}'\n`);
    await seed("test/unit/fails.test.ts", 'it("fails", () => {\n  throw new Error("a reason");\n});\n');
    const { output, lastLine, code } = await test("--quick");
    // Wrong: the format, the packages that the tiny tree does not use, the version that the build cannot read, a test.
    assert.equal(lastLine, "5 passed, 4 failed", output);
    assert.match(output, /== Format[\s\S]*== Unused code[\s\S]*== Build[\s\S]*== Tests: unit/);
    assert.match(output, /FAILED {2}fails[\s\S]*a reason/);
    assert.equal(code, 1);
  });

  it("a layer that stops before its first test is a failure", async () => {
    await seed("test/unit/fails.test.ts", 'throw new Error("not loadable");\n');
    const { output, lastLine, code } = await test("--only", "unit");
    assert.equal(lastLine, "0 passed, 1 failed", output);
    assert.equal(code, 1);
  });

  it("a flow in the editor has a second try, and the log says so; no other test has one", async () => {
    const flaky = 'let tries = 0;\nit("flaky", () => {\n  if (++tries < 2) throw new Error("too early");\n});\n';
    await seed("test/unit/fails.test.ts", flaky);
    await mkdir(path.join(tree.root, "test/ui"));
    await seed("test/ui/flaky.test.ts", flaky);
    const { output, lastLine } = await test("--only", "unit", "--only", "ui");
    await rm(path.join(tree.root, "test/ui"), { recursive: true });
    assert.equal(lastLine, "2 passed, 1 failed", output);
    assert.equal(output.match(/PASSED AT THE SECOND TRY {2}flaky/g)?.length, 1);
  });

  it("runs the tests of faults by their names, thoroughly, and nothing else", async () => {
    await seed(
      "test/unit/fails.test.ts",
      'it("fault 3: thorough", () => {\n  if (process.env["PLANWRIGHT_FAULTS"] !== "thorough") throw new Error("as usual");\n});\nit("no fault", () => {\n  throw new Error("not asked for");\n});\n',
    );
    const { output, lastLine } = await test("--faults");
    assert.match(output, /== Build[\s\S]*== Tests: faults\n {3}1 passed, 0 failed/);
    assert.match(lastLine ?? "", /^\d passed, \d failed$/);
  });

  it("drives the coding agents that are light, and all of them when it is asked to", async () => {
    await mkdir(path.join(tree.root, "test/agents"));
    for (const id of ["opencode", "codex"]) await seed(`test/agents/${id}.test.ts`, PASSING);
    const { lastLine } = await test("--only", "agents");
    const { output } = await test("--agents");
    await rm(path.join(tree.root, "test/agents"), { recursive: true });
    assert.equal(lastLine, "1 passed, 0 failed");
    assert.match(output, /== Build[\s\S]*== Tests: agents\n {3}2 passed, 0 failed/);
  });

  it("ends with exit code 0 when nothing failed", async () => {
    await seed("test/unit/fails.test.ts", PASSING);
    const { output, lastLine, code } = await test("--only", "unit", "--only", "lint");
    assert.equal(lastLine, "3 passed, 0 failed", output);
    assert.equal(code, 0);
  });
});
