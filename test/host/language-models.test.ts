import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import * as vscode from "vscode";
import { eventually } from "../support/editor/eventually.ts";

const LIMIT_MS = 40_000;

interface Said {
  readonly code: number;
  readonly text: string;
}

describe("the models of this editor (D4)", function () {
  this.timeout(LIMIT_MS * 2);

  let folder: vscode.Uri;

  /** The command line of the packed extension, in this window's folder and with its worker. */
  function planwright(...words: readonly string[]): Promise<Said> {
    const extension = vscode.extensions.getExtension("planwright.planwright");
    assert.ok(extension);
    const program = path.join(extension.extensionPath, "dist/planwright.mjs");
    return new Promise((resolve) => {
      const options = { cwd: folder.fsPath, env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" } };
      execFile(process.execPath, [program, ...words], options, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, text: stdout + stderr });
      });
    });
  }

  before(async () => {
    const [first] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(first);
    folder = first.uri;
    await vscode.extensions.getExtension("planwright.planwright")?.activate();
    const agent = (id: string, model: string): object => ({
      id,
      name: id,
      capabilities: [{ name: "document_creation" }],
      adapter: { kind: "llm", provider: "vscode", model },
    });
    const file = vscode.Uri.joinPath(folder, ".planwright/agents.json");
    const agents = [agent("editor", "planwright-test/scripted"), agent("refusing", "refusing")];
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(JSON.stringify({ agents })));
    const spec = "- [ ] Write it\n  - agent: editor\n  - output: answer.txt\n";
    await write("models.spec.md", spec);
    await write("refused.spec.md", spec.replace("editor", "refusing"));
  });

  async function write(name: string, text: string): Promise<void> {
    await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, name), new TextEncoder().encode(text));
  }

  it("answer a step that the worker runs", async () => {
    // The window finds the worker by itself, and offers its models then.
    await eventually(async () => {
      const planned = await planwright("plan", "models.spec.md");
      assert.equal(planned.code, 0, planned.text);
    }, LIMIT_MS);
    const { code, text } = await planwright("run", "models.spec.md", "--yes");
    assert.equal(code, 0, text);
    const answer = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, "answer.txt"));
    assert.match(new TextDecoder().decode(answer), /^Scripted answer to \d+ characters\.\n$/);
  });

  it("that fail are said to have failed, with their own words", async () => {
    const { code, text } = await planwright("run", "refused.spec.md", "--yes", "--unattended");
    assert.equal(code, 1, text);
    assert.match(text, /refusing of VS Code failed: .*this model refuses/);
  });
});
