import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Editor } from "../support/editor/editor.ts";
import { eventually } from "../support/editor/eventually.ts";
import { shareEditor, sharedEditor } from "../support/editor/shared-editor.ts";
import { sendSignal } from "../support/editor/processes.ts";
import { WAITS_FOR_GO } from "./specs.ts";

describe("windows come and go, the execution goes on", () => {
  shareEditor();

  it("reload in mid-run, then close the page and open it again: nothing is missing (O2)", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("cake.spec.md", WAITS_FOR_GO);
    let window = await editor.open(workspace.folder);
    await window.openFile("cake.spec.md");
    await window.approveAndExecute();
    await window.planPage.getByText("1 of 3 steps").waitFor();
    const worker = editor.workerOf(workspace);
    await window.planPage.getByRole("button", { name: "Log", exact: true }).click();
    await window.logPage.getByText("attempt 1 started").first().waitFor();

    await window.reload();
    await window.planPage.getByText("1 of 3 steps").waitFor();
    await window.logPage.getByText("attempt 1 started").first().waitFor();
    await window.statusBar("1/3").waitFor();
    await window.screenshot("2-after-reload");

    await editor.closeWindows();
    workspace.write("go", "");
    await eventually(() => assert.deepEqual(workspace.lines("ran"), ["warm", "baking", "baked", "served"]));
    window = await editor.open(workspace.folder);
    await window.show("Planwright");
    await window.row("Executions", /Bake a cake.*completed/).waitFor();
    await window.openFile("cake.spec.md");
    await window.codeLens(/completed/).waitFor();
    await window.screenshot("2-opened-again");
    assert.equal(editor.workerOf(workspace), worker, "it was the same worker all the time");
  });

  it("two windows on one folder share one worker and see the same (O2)", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("cake.spec.md", WAITS_FOR_GO);
    const first = await editor.open(workspace.folder);
    const second = await editor.open(workspace.folder);
    await first.openFile("cake.spec.md");
    await first.approveAndExecute();
    await second.show("Planwright");
    const row = second.row("Executions", "Bake a cake");
    await row.waitFor();
    await second.statusBar("1/3").waitFor();
    await second.screenshot("9-second-window");
    assert.equal(editor.server.processes().filter(({ command }) => command.includes("worker.mjs")).length, 1);

    await second.rowAction(row, "Pause Execution");
    await first.planPage.getByText(/paus/i).first().waitFor();
    workspace.write("go", "");
    await first.planPage.getByRole("button", { name: "Resume" }).click();
    await second.row("Executions", /Bake a cake.*completed/).waitFor();
    await first.planPage.getByText("3 of 3 steps").waitFor();
    await first.screenshot("9-first-window");
  });

  it("a multi-root workspace: a worker and a record for each folder (O2)", async () => {
    const editor = await sharedEditor();
    const [kitchen, garden] = [editor.workspace(), editor.workspace()];
    kitchen.write("cake.spec.md", WAITS_FOR_GO);
    garden.write("shed.spec.md", "# Build a shed\n\n- [ ] Walls\n  - command: echo walls >> ran\n");
    const file = join(editor.server.root, "both.code-workspace");
    const folders = [
      { path: kitchen.folder, name: "Kitchen" },
      { path: garden.folder, name: "Garden" },
    ];
    writeFileSync(file, JSON.stringify({ folders }));
    const window = await editor.open(file);
    await window.openFromExplorer("cake.spec.md");
    await window.approveAndExecute();
    // The panel comes to the front when the execution begins.
    await window.planPage.getByText("1 of 3 steps").waitFor();
    await window.openFromExplorer("shed.spec.md");
    await window.approveAndExecute();
    await window.show("Planwright");
    await window.row("Executions", "Kitchen").waitFor();
    await window.row("Executions", /Build a shed.*completed/).waitFor();
    await window.row("Executions", /Bake a cake.*running/).waitFor();
    await window.screenshot("10-multi-root");
    await eventually(() => {
      assert.notEqual(editor.workerOf(kitchen), null);
      assert.notEqual(editor.workerOf(garden), null);
    });
    assert.deepEqual(
      [kitchen, garden].map((one) => one.exists(".planwright/planwright.db")),
      [true, true],
    );
    assert.deepEqual(garden.lines("ran"), ["walls"]);
    kitchen.write("go", "");
    await window.row("Executions", /Bake a cake.*completed/).waitFor();
  });

  it("the worker is killed in mid-run: the window says so, it returns, the execution goes on (C5)", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("cake.spec.md", WAITS_FOR_GO);
    const window = await editor.open(workspace.folder);
    await window.openFile("cake.spec.md");
    await window.approveAndExecute();
    await window.planPage.getByText("1 of 3 steps").waitFor();
    const killed = editor.workerOf(workspace);
    assert.ok(killed !== null);
    sendSignal(killed, "SIGKILL");
    await window.notification(/worker.*(?:ended|lost|stopped)/i).waitFor();
    await window.screenshot("6-worker-lost");
    await window.statusBar("1/3").waitFor({ timeout: 30_000 });
    await window.screenshot("6-worker-returned");
    const returned = editor.workerOf(workspace);
    assert.ok(returned !== null && returned !== killed);
    workspace.write("go", "");
    await window.planPage.getByText("3 of 3 steps").waitFor();
    await window.screenshot("6-execution-resumed");
    assert.deepEqual(workspace.lines("ran").at(-1), "served");
  });
});

describe("a folder that is not trusted", () => {
  it("nothing but words and colours: no process, no socket, no file; all of it once trusted (O1)", async () => {
    const editor = await Editor.start({ asksForTrust: true });
    try {
      const workspace = editor.workspace("example");
      const window = await editor.open(workspace.folder);
      await window.openFile("tally.spec.md");
      await window.show("Planwright");
      await window.view("Executions").getByText("This workspace is not trusted").waitFor();
      await window.screenshot("11-untrusted");
      assert.equal(await window.offersCommand("Planwright: Plan"), false);
      assert.equal(editor.workerOf(workspace), null);
      assert.equal(workspace.exists(".planwright"), false);
      await window.runCommand("Workspaces: Manage Workspace Trust");
      await window.page
        .getByRole("button", { name: /^Trust/ })
        .first()
        .click();
      await window.screenshot("11-trust-given");
      await window.page.locator(".monaco-modal-editor-block").press("Escape");
      await window.runCommand("Planwright: Plan");
      await window.planPage.getByText("not approved yet").waitFor();
      await window.screenshot("11-trusted");
    } catch (error) {
      await editor.keepEvidence("a folder that is not trusted");
      throw error;
    } finally {
      await editor.remove();
    }
  });
});
