import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { z } from "zod";

const Manifest = z.object({ contributes: z.object({ commands: z.array(z.object({ command: z.string() })) }) });

function folder(): string {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  if (!first) throw new Error("there is no folder");
  return first.uri.fsPath;
}

/** Waits for what comes a moment later, without a fixed time. */
async function until<T>(look: () => T | undefined | false, what: string): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come`);
}

function tab(label: string): vscode.Tab | undefined {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find((one) => one.label === label);
}

describe("commands in the host (O1)", () => {
  before(async () => {
    await vscode.extensions.getExtension("planwright.planwright")?.activate();
  });

  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("are all there, as the manifest says", async () => {
    const extension = vscode.extensions.getExtension("planwright.planwright");
    const known = new Set(await vscode.commands.getCommands(true));
    for (const { command } of Manifest.parse(extension?.packageJSON).contributes.commands) {
      assert.ok(known.has(command), command);
    }
  });

  it("plan the spec of the active editor as it is once saved, and show the plan in a tab with its title", async () => {
    const uri = vscode.Uri.file(path.join(folder(), "tally.spec.md"));
    const editor = await vscode.window.showTextDocument(uri);
    await editor.edit((edit) => {
      edit.insert(editor.document.lineAt(editor.document.lineCount - 1).range.end, "\n");
    });
    assert.ok(editor.document.isDirty);
    await vscode.commands.executeCommand("planwright.plan");
    assert.ok(!editor.document.isDirty);
    await until(() => tab("Build, test and document Tally"), "the plan");
    assert.ok(existsSync(path.join(folder(), ".planwright/planwright.db")));
  });

  it("plan a spec that is named by its URI, as an object or as text, without an editor of it", async () => {
    const uri = vscode.Uri.file(path.join(folder(), "tally.spec.md"));
    await vscode.commands.executeCommand("planwright.plan", uri);
    await until(() => tab("Build, test and document Tally"), "the plan");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await vscode.commands.executeCommand("planwright.openPlan", uri.toString());
    await until(() => tab("Build, test and document Tally"), "the plan");
  });

  it("mean the spec whose plan is in front, where no spec is", async () => {
    const other = vscode.Uri.file(path.join(folder(), "another.spec.md"));
    await vscode.workspace.fs.writeFile(other, Buffer.from("# Another\n\n- [ ] One\n  - command: true\n"));
    try {
      await vscode.commands.executeCommand("planwright.plan", other);
      await until(() => tab("Another")?.isActive, "the plan");
      await vscode.workspace.fs.writeFile(other, Buffer.from("# Renamed\n\n- [ ] One\n  - command: true\n"));
      await vscode.commands.executeCommand("planwright.plan");
      await until(() => tab("Renamed"), "the new plan");
      assert.equal(tab("Another"), undefined, "a plan that nobody executed makes room for the next of its spec");
    } finally {
      await vscode.workspace.fs.delete(other);
    }
  });

  it("show a plan that nobody approved instead of executing it", async () => {
    const uri = vscode.Uri.file(path.join(folder(), "tally.spec.md"));
    await vscode.commands.executeCommand("planwright.execute", uri);
    await until(() => tab("Build, test and document Tally"), "the plan");
    assert.ok(!readFileSync(uri.fsPath, "utf8").includes("[x]"));
    assert.ok(!existsSync(path.join(folder(), "build")));
  });

  it("open the spec at a line", async () => {
    const target = { folder: vscode.Uri.file(folder()).toString(), specPath: "tally.spec.md", line: 17 };
    await vscode.commands.executeCommand("planwright.openSpec", target);
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document.fileName, path.join(folder(), "tally.spec.md"));
    assert.equal(editor?.selection.active.line, 16);
  });
});
