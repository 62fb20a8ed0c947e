import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../.ci/publish-words.mjs", import.meta.url));

function check(...words: string[]): { status: number | null; said: string } {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, ...words], { encoding: "utf8" });
  return { status, said: stderr };
}

describe("gate: words (E40)", () => {
  it("every text of the extension is in the bundles, and translated into every language there is: npm run words", () => {
    assert.deepEqual(check("--check"), { status: 0, said: "" });
  });

  it("notices a text that is new, one that is gone, and one that is no literal", () => {
    const root = mkdtempSync(join(tmpdir(), "planwright-words-"));
    try {
      mkdirSync(join(root, "extension"));
      mkdirSync(join(root, "webview"));
      writeFileSync(join(root, "extension/a.ts"), 'vscode.l10n.t("Old {0}", 1);\n');
      assert.equal(check("--root", root).status, 0);
      const bundle = join(root, "media/l10n/bundle.l10n.json");
      assert.deepEqual(JSON.parse(readFileSync(bundle, "utf8")), { "Old {0}": "Old {0}" });
      cpSync(bundle, join(root, "media/l10n/bundle.l10n.de.json"));
      assert.equal(check("--root", root, "--check").status, 0);
      writeFileSync(join(root, "webview/b.tsx"), 't(\'New\'); count(n, "{0} one", "{0} many"); t(other);\n');
      writeFileSync(join(root, "extension/a.ts"), "");
      const { status, said } = check("--root", root, "--check");
      assert.equal(status, 1);
      assert.match(said, /webview\/b\.tsx:1: what is translated must be a text in quotes/);
      assert.match(said, /bundle\.l10n\.json is not what the sources say/);
      assert.match(said, /bundle\.l10n\.de\.json: not translated yet: "New"/);
      assert.match(said, /bundle\.l10n\.de\.json: not translated yet: "\{0\} many"/);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
