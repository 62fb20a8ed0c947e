import assert from "node:assert/strict";
import * as vscode from "vscode";
import { eventually } from "../support/editor/eventually.ts";

const LIMIT_MS = 20_000;

describe("specs in the editor (O2, A6)", () => {
  let document: vscode.TextDocument;

  before(async function () {
    this.timeout(LIMIT_MS * 2);
    const [file] = await vscode.workspace.findFiles("tally.spec.md");
    assert.ok(file);
    document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
    await until(async () => (await lenses(document)).length > 0);
  });

  after(async () => {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  it("have a language of their own", () => {
    assert.equal(document.languageId, "planwright-spec");
  });

  it("have lenses that run commands of the extension", async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    const commands = (await lenses(document)).flatMap(({ command }) => command?.command ?? []);
    for (const wanted of ["planwright.plan", "planwright.execute", "planwright.runFrom"]) {
      assert.ok(commands.includes(wanted), wanted);
    }
    for (const command of commands) assert.ok(known.has(command), command);
  });

  it("keep lenses to what the setting says", async () => {
    const settings = vscode.workspace.getConfiguration("planwright", document.uri);
    try {
      await settings.update("codeLens", "top", vscode.ConfigurationTarget.Workspace);
      await until(async () => (await lenses(document)).length === 2);
      await settings.update("codeLens", "off", vscode.ConfigurationTarget.Workspace);
      await until(async () => (await lenses(document)).length === 0);
    } finally {
      await settings.update("codeLens", undefined, vscode.ConfigurationTarget.Workspace);
    }
    await until(async () => (await lenses(document)).length > 2);
  });

  it("have sections and tasks as symbols", async () => {
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      "vscode.executeDocumentSymbolProvider",
      document.uri,
    );
    const [root] = symbols;
    assert.deepEqual(
      root?.children.map(({ name }) => name),
      ["Prepare", "Build and test", "Measure and document"],
    );
  });

  it("tell agent and estimate in a hover", async () => {
    const position = document.positionAt(document.getText().indexOf("Build one file"));
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      position,
    );
    const text = hovers
      .flatMap(({ contents }) => contents)
      .map((one) => (one instanceof vscode.MarkdownString ? one.value : ""))
      .join("\n");
    assert.match(text, /Agent: shell/);
    assert.match(text, /Estimate: 300ms/);
  });

  it("show a mistake before it is saved, and repair it", async () => {
    const at = document.getText().indexOf("needs: build, sample, machine");
    const word = document.positionAt(at + "needs: ".length);
    await replace(new vscode.Range(word, word.translate(0, "build".length)), "biuld");
    await until(async () => problems(document).some(({ code }) => code === "unknown-dependency"));
    const [problem] = problems(document);
    assert.ok(problem);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      document.uri,
      problem.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const repair = actions.find(({ isPreferred }) => isPreferred === true);
    assert.ok(repair?.edit);
    await vscode.workspace.applyEdit(repair.edit);
    assert.match(document.getText(), /needs: build, sample, machine/);
    await until(async () => problems(document).length === 0);
  });

  it("complete agents that there are", async () => {
    const at = document.positionAt(document.getText().indexOf("  - id: build\n"));
    await replace(new vscode.Range(at, at), "  - agent: \n");
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      "vscode.executeCompletionItemProvider",
      document.uri,
      at.translate(0, "  - agent: ".length),
    );
    assert.ok(list.items.some(({ label }) => label === "shell"));
  });

  async function replace(range: vscode.Range, text: string): Promise<void> {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, range, text);
    assert.ok(await vscode.workspace.applyEdit(edit));
  }
});

describe("files of other languages in the editor (A1, O2)", () => {
  const written: vscode.Uri[] = [];

  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    for (const uri of written.splice(0)) await vscode.workspace.fs.delete(uri);
  });

  async function open(path: string, text: string): Promise<vscode.TextDocument> {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const uri = vscode.Uri.joinPath(folder.uri, path);
    await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
    written.push(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    return document;
  }

  it("keep their language, and have lenses, diagnostics, symbols and a hover beside those of others", async () => {
    const document = await open("specs/001-x/tasks.md", "# Tasks\n\n## A\n\n- [ ] T001 Begin (depends on T009)\n");
    assert.equal(document.languageId, "markdown");
    await until(async () => (await titles(document)).some((title) => title.includes("Spec Kit · 1 open")));
    await until(async () => problems(document).some(({ code }) => code === "unknown-dependency"));
    // The outline of Markdown stays, ours comes beside it. Both extensions take their time to begin.
    await until(async () => {
      const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
        "vscode.executeDocumentSymbolProvider",
        document.uri,
      );
      const names = new Set(symbols.map(({ name }) => name));
      return names.has("# Tasks") && names.has("Tasks");
    });
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      new vscode.Position(4, 12),
    );
    assert.equal(hovers.length, 1);
  });

  it("are specs as long as the setting names them", async () => {
    const document = await open("plans/june.md", "# June\n\n- [ ] Mow the lawn\n");
    const settings = vscode.workspace.getConfiguration("planwright", document.uri);
    assert.deepEqual(await titles(document), []);
    try {
      await settings.update("specFiles", ["plans/*.md"], vscode.ConfigurationTarget.Workspace);
      await until(async () => (await titles(document)).some((title) => title.includes("Checklist · 1 open")));
    } finally {
      await settings.update("specFiles", undefined, vscode.ConfigurationTarget.Workspace);
    }
    await until(async () => (await titles(document)).length === 0);
  });
});

async function titles(document: vscode.TextDocument): Promise<string[]> {
  return (await lenses(document)).flatMap(({ command }) => command?.title ?? []);
}

async function lenses({ uri }: vscode.TextDocument): Promise<vscode.CodeLens[]> {
  return (await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri)) ?? [];
}

function problems({ uri }: vscode.TextDocument): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "Planwright");
}

/** The extension host has no event for most of what an editor shows. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  await eventually(async () => {
    assert.ok(await isSo(), "it did not come");
  }, LIMIT_MS);
}
