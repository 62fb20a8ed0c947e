import assert from "node:assert/strict";
import { access, constants, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { VERSION } from "../../schemas/version.ts";
import { seedTree, type ProgramResult, type SeededTree } from "../support/seeded-tree.ts";

const PROGRAM = "#!/usr/bin/env node\n";
const LAZY = 'const { shared } = await import("../logs/shared.ts");\nconsole.log(shared);\n';

describe("gate: build", function () {
  this.timeout(60_000);
  let tree: SeededTree;

  before(async () => {
    tree = await seedTree({
      "schemas/version.ts": `export const VERSION = "${VERSION}";\n`,
      "worker/logs/shared.ts":
        'import { existsSync } from "node:fs";\nimport { parse } from "yaml";\nexport const shared: unknown[] = [parse("a: 1"), existsSync(new URL("./sql-wasm.wasm", import.meta.url))];\n',
      "worker/main.ts": 'import { shared } from "./logs/shared.ts";\nconsole.log("worker", shared);\n',
      "worker/store/check-thread.ts": "export {};\n",
      "worker/cli/main.ts": `${PROGRAM}${LAZY}`,
    });
  });
  after(() => tree.remove());

  const build = (): Promise<ProgramResult> => tree.run("node", "esbuild.mjs");
  const seed = (file: string, content: string): Promise<void> => writeFile(path.join(tree.root, file), content);

  it("P1: writes a worker and an executable program that share their chunks, find what lies beside them, and run", async () => {
    const { code, errorOutput } = await build();
    assert.equal(code, 0, errorOutput);
    const worker = await tree.run("node", "dist/worker.mjs");
    assert.equal(worker.output, "worker [ { a: 1 }, true ]\n");
    await access(path.join(tree.root, "dist/planwright.mjs"), constants.X_OK);
    const program = await tree.run("node", "dist/planwright.mjs");
    assert.equal(program.output, "[ { a: 1 }, true ]\n");
    assert.ok((await readdir(path.join(tree.root, "dist"))).some((name) => /^shared-[A-Z0-9]{8}\.mjs$/.test(name)));
  });

  for (const [what, file, content, expected] of [
    ["a file that is not there", "worker/main.ts", 'import "./lost.ts";\n', /lost\.ts/],
    ["a warning", "worker/main.ts", "console.log({ a: 1, a: 2 });\n", /warning is an error/],
    [
      "a package in CommonJS loaded on first use",
      "worker/main.ts",
      'const yaml = await import("yaml");\nconsole.log(yaml);\n',
      /import\("yaml"\) loads CommonJS/,
    ],
    ["a program without its first line", "worker/cli/main.ts", LAZY, /does not begin with the line/],
    [
      "a version that differs from package.json",
      "schemas/version.ts",
      'export const VERSION = "9.9.9";\n',
      /schemas\/version\.ts says 9\.9\.9, package\.json says/,
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await seed("worker/main.ts", 'import { shared } from "./logs/shared.ts";\nconsole.log(shared);\n');
      await seed("worker/cli/main.ts", `${PROGRAM}${LAZY}`);
      await seed(file, content);
      const { code, output, errorOutput } = await build();
      assert.equal(code, 1);
      assert.match(`${output}${errorOutput}`, expected);
    });
  }
});
