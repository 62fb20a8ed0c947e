import assert from "node:assert/strict";
import type { Editor, Workspace } from "../support/editor/editor.ts";
import { eventually } from "../support/editor/eventually.ts";
import { shareEditor, sharedEditor } from "../support/editor/shared-editor.ts";
import type { EditorWindow } from "../support/editor/window.ts";
import { FAILS_WITHOUT_SUGAR, STUBBORN, TOO_EXPENSIVE } from "./specs.ts";

describe("what only a person can decide", () => {
  let editor: Editor;
  let workspace: Workspace;
  let window: EditorWindow;

  shareEditor();
  beforeEach(async () => {
    editor = await sharedEditor();
    workspace = editor.workspace();
  });

  const begin = async (name: string, spec: string): Promise<void> => {
    workspace.write(name, spec);
    window = await editor.open(workspace.folder);
    await window.openFile(name);
    await window.approveAndExecute();
    await window.show("Planwright");
  };

  it("a step fails: the inbox asks, a retry after the repair brings it to its end (F1)", async () => {
    await begin("jam.spec.md", FAILS_WITHOUT_SUGAR);
    const asked = window.row("Inbox", "Cook");
    await asked.waitFor();
    await window.statusBar("1 to decide").waitFor();
    await window.screenshot("3-failed-step");
    assert.deepEqual(workspace.lines("ran"), ["picked", "cooking"]);

    workspace.write("sugar", "");
    await asked.click();
    await window.pick(/^Retry(?! with)/);
    await window.row("Executions", /Make jam.*completed/i).waitFor();
    await asked.waitFor({ state: "detached" });
    await window.screenshot("3-after-retry");
    assert.deepEqual(workspace.lines("ran"), ["picked", "cooking", "cooking", "filled"]);
    assert.equal(workspace.read("jam.spec.md").match(/- \[x\]/g)?.length, 3, "the boxes are ticked");
  });

  it("another program writes the spec in mid-run: the panel says so, and what a new plan keeps (C10)", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("jam.spec.md", FAILS_WITHOUT_SUGAR);
    const window = await editor.open(workspace.folder);
    await window.openFile("jam.spec.md");
    await window.approveAndExecute();
    const plan = window.planPage;
    await plan.getByText("waits for you").first().waitFor();

    workspace.write(
      "jam.spec.md",
      `${workspace.read("jam.spec.md")}\n- [ ] Label the jars\n  - command: echo labels\n`,
    );
    await plan.getByText(/The specification changed since this plan was made/).waitFor();
    await plan.getByRole("button", { name: "Replan This Execution" }).click();
    await plan.getByText(/3 kept.*1 new/).waitFor();
    await window.screenshot("3-replanned");
  });

  it("the budget does not suffice: what is missing is asked for, and once allowed it goes on (E3)", async () => {
    await begin("shed.spec.md", TOO_EXPENSIVE);
    const asked = window.row("Inbox", "Door");
    await asked.waitFor();
    await window.screenshot("4-budget-exceeded");
    await asked.click();
    await window.pick(/Allow/);
    // The amount that is missing stands there already.
    await eventually(async () => {
      assert.equal(await window.quickInput.locator("input").inputValue(), "0.20");
    });
    await window.page.keyboard.press("Enter");
    await window.row("Executions", /Build a shed.*completed/i).waitFor();
    await window.screenshot("4-budget-allowed");
    assert.deepEqual(workspace.lines("ran"), ["Walls", "Roof", "Door"]);
  });

  it("cancel: acknowledged at once, and nothing of the execution is left after the grace (C5)", async () => {
    await begin("hole.spec.md", STUBBORN);
    await eventually(() => assert.equal(editor.stepProcesses("sleep 9876").length, 3));
    const row = window.row("Executions", "Dig a hole");
    await row.waitFor();
    await window.rowAction(row, "Cancel Execution");
    const asked = Date.now();
    await window.row("Executions", /Dig a hole.*cancel/i).waitFor();
    const acknowledged = Date.now() - asked;
    await window.screenshot("5-cancelling");
    await window.row("Executions", /Dig a hole.*cancelled/i).waitFor();
    assert.ok(acknowledged < 2_000, `acknowledged after ${acknowledged} ms`);
    assert.deepEqual(editor.stepProcesses("sleep 9876"), []);
    await window.screenshot("5-cancelled");
  });
});
