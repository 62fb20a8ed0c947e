import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { REPOSITORY, seedTree, type ProgramResult, type SeededTree } from "../support/seeded-tree.ts";

const PackageFile = z.looseObject({ dependencies: z.record(z.string(), z.string()) });

describe("gate: unused code", function () {
  this.timeout(60_000);
  let tree: SeededTree;
  let all: ProgramResult;
  let production: ProgramResult;

  before(async () => {
    const manifest = PackageFile.parse(JSON.parse(await readFile(path.join(REPOSITORY, "package.json"), "utf8")));
    tree = await seedTree({
      "package.json": JSON.stringify({ ...manifest, dependencies: { zod: "^4.0.0", commander: "^14.0.0" } }),
      "worker/main.ts":
        'import { used } from "./logs/exports.ts";\nimport { z } from "zod";\nz.string().parse(used);\n',
      "worker/cli/main.ts": 'import "yaml";\n',
      "worker/store/check-thread.ts": "export {};\n",
      "worker/logs/exports.ts":
        'const own = "a";\nexport const used = own;\nexport const unusedValue = 1;\nexport interface UnusedType {\n  a: 1;\n}\nexport const testedOnly = 2;\nexport const ofItself = 3;\nexport const usedToo = ofItself;\n',
      "worker/logs/unused-file.ts": "export const x = 1;\n",
      "test/support/unused-support.ts": "export const x = 1;\n",
      "test/unit/tested.test.ts": 'import { testedOnly } from "../../worker/logs/exports.ts";\nString(testedOnly);\n',
    });
    [all, production] = await Promise.all([
      tree.run("knip", "--no-progress"),
      tree.run("knip", "--no-progress", "--production", "--exclude", "dependencies"),
    ]);
  });
  after(() => tree.remove());

  for (const [what, expected] of [
    ["an unused file", /worker\/logs\/unused-file\.ts/],
    ["an unused file of the tests", /test\/support\/unused-support\.ts/],
    ["an unused export", /unusedValue/],
    ["an unused type", /UnusedType/],
    ["an unused dependency", /^commander +package\.json/m],
    ["a package that is not listed", /^yaml +worker\/cli\/main\.ts/m],
  ] as const) {
    it(`finds ${what}`, () => {
      assert.equal(all.code, 1);
      assert.match(all.output, expected);
    });
  }

  it("an export that only a test uses is found by the run without tests, and only by that", () => {
    assert.doesNotMatch(all.output, /testedOnly/);
    assert.equal(production.code, 1);
    assert.match(production.output, /testedOnly/);
  });

  it("does not mind an export that its own file uses", () => {
    assert.doesNotMatch(`${all.output}${production.output}`, /ofItself/);
  });
});
