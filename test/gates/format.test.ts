import assert from "node:assert/strict";
import { seedTree, type SeededTree } from "../support/seeded-tree.ts";

const WRONG = "export  const x = 'a'\n";

describe("gate: format", function () {
  this.timeout(60_000);
  let tree: SeededTree;

  before(async () => {
    tree = await seedTree({
      "worker/logs/wrong.ts": WRONG,
      "examples/wrong.mjs": WRONG,
      ".vscode/wrong.json": "{'a':1}\n",
      "test/fixtures/kept.ts": WRONG,
      "dist/built.mjs": WRONG,
      "README.md": "*  text\n",
      "worker/logs/right.ts": 'export const x = "a";\n',
    });
  });
  after(() => tree.remove());

  it("names the files that prettier would write otherwise, and leaves fixtures and what is built alone", async () => {
    const { code, output, errorOutput } = await tree.run("prettier", "--check", "--log-level", "warn", ".");
    assert.equal(code, 1);
    const named = `${output}${errorOutput}`.match(/[\w./-]+\.(?:ts|mjs|json|md|cjs)$/gm);
    assert.deepEqual(named?.toSorted(), [".vscode/wrong.json", "examples/wrong.mjs", "worker/logs/wrong.ts"]);
  });
});
