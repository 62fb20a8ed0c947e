import assert from "node:assert/strict";
import type { Editor, Workspace } from "../support/editor/editor.ts";
import { eventually } from "../support/editor/eventually.ts";
import { shareEditor, sharedEditor } from "../support/editor/shared-editor.ts";
import type { EditorWindow } from "../support/editor/window.ts";
import { OVER_THE_POLICY } from "./specs.ts";

const BUDGET = ".planwright/budget.json";

const policy = (total: number): string =>
  JSON.stringify({ id: "team", limits: { total, currency: "USD", duration: "day" } }, null, 2);

describe("the budget of a folder", () => {
  let editor: Editor;
  let workspace: Workspace;
  let window: EditorWindow;

  shareEditor();
  beforeEach(async () => {
    editor = await sharedEditor();
    workspace = editor.workspace();
  });

  it("a day's limit: seen before approval, in the status bar and the view; more is allowed from the inbox, and kept (E1, E3, E5)", async () => {
    workspace.write(BUDGET, policy(1));
    workspace.write("shed.spec.md", OVER_THE_POLICY);
    window = await editor.open(workspace.folder);
    await window.openFile("shed.spec.md");
    await window.runCommand("Planwright: Plan");
    const plan = window.planPage;
    await plan.getByText("1.00 USD of 1.00 USD left").waitFor();
    await plan.getByText("not approved yet").waitFor();
    await window.runCommand("Planwright: Approve Plan…");
    await window.dialog.getByText(/team: 1\.00 USD, today\. At the limit: you are asked/).waitFor();
    await window.answerDialog("Approve and Execute");
    await window.show("Planwright");

    const asked = window.row("Inbox", "Door");
    await asked.filter({ hasText: "team" }).waitFor();
    await window.statusBar("Budget 80 %").waitFor();
    await window.row("Budget", /team.*80 %.*0\.80 of 1\.00 USD.*warned/).waitFor();
    await plan
      .getByRole("listitem")
      .filter({ hasText: /^team.*warned.*0\.20 USD of 1\.00 USD left/ })
      .waitFor();
    await plan.getByText(/0\.80 USD spent, limit 1\.00 USD/).waitFor();
    await window.screenshot("30-budget-asked");

    await asked.click();
    await window.quickInput.getByText(/Raises “team”, of which 0\.80 of 1\.00 USD is used/).waitFor();
    await window.pick(/Allow/);
    const input = window.quickInput.locator("input");
    await eventually(async () => {
      assert.equal(await input.inputValue(), "0.20");
    });
    await input.fill("-3");
    await window.quickInput.getByText("An amount above 0, such as 2.50 USD").waitFor();
    await input.fill("0.50");
    await window.page.keyboard.press("Enter");
    await window.row("Executions", /Build a shed.*completed/i).waitFor();
    assert.deepEqual(workspace.lines("ran"), ["Walls", "Roof", "Door"]);

    await window.row("Budget", /team.*1\.20 of 1\.50 USD/).waitFor();
    // Rows below the end of the view are not there before one scrolls or makes room.
    for (const title of ["Inbox", "Agents"]) await window.view(title).locator(".pane-header").click();
    const allowed = window.row("Budget", "Money That People Allowed");
    await window.expand(allowed);
    await window.row("Budget", /\+0\.50 USD.*Door/).waitFor();
    const executions = window.row("Budget", "By Execution");
    await window.expand(executions);
    await window.screenshot("30-budget-view");
    await window.row("Budget", /Build a shed.*1\.20 USD/).waitFor();
  });

  it("a folder without limits says so and proposes some; what is wrong with them is shown with its place (E1)", async () => {
    workspace.write("shed.spec.md", OVER_THE_POLICY);
    window = await editor.open(workspace.folder);
    await window.show("Planwright");
    await window.view("Budget").getByRole("button", { name: "Create budget.json" }).click();
    await window.tab("budget.json").waitFor();
    await window.page.locator(".view-line").filter({ hasText: '"duration": "month"' }).waitFor();
    assert.equal(workspace.exists(BUDGET), false, "nothing is written until the person saves it");
    await window.screenshot("31-budget-proposal");
    await window.page.keyboard.press("Control+s");
    await eventually(() => assert.match(workspace.exists(BUDGET) ? workspace.read(BUDGET) : "", /"month"/));

    await window.show("Explorer");
    await window.openFromExplorer("shed.spec.md");
    await window.runCommand("Planwright: Plan");
    const approval = window.planPage.getByRole("button", { name: "Approve and Execute" });
    await window.planPage.getByText("not approved yet").waitFor();
    workspace.write(BUDGET, policy(1).replace("1,", "-1,"));
    await window.planPage.getByText("Until it is repaired, no plan can be approved or started.").waitFor();
    assert.ok(await approval.isDisabled());
    await window.show("Planwright");
    const problem = window.row("Budget", "budget.json cannot be used");
    await problem.waitFor();
    await window.screenshot("31-budget-problem");
    await problem.click();
    await window.tab("budget.json").waitFor();
    await window.statusBar(/Ln 4/).waitFor();
  });

  it("a hooks file that cannot be used keeps the plan from being approved, with its place, until it is repaired (F2)", async () => {
    workspace.write("shed.spec.md", OVER_THE_POLICY);
    window = await editor.open(workspace.folder);
    await window.openFile("shed.spec.md");
    await window.runCommand("Planwright: Plan");
    const plan = window.planPage;
    await plan.getByText("not approved yet").waitFor();
    const approval = plan.getByRole("button", { name: "Approve and Execute" });
    assert.ok(await approval.isEnabled());
    workspace.write(".planwright/hooks.json", JSON.stringify({ hooks: [{ id: "chat" }] }, null, 2));
    await plan.getByText("Until it is repaired, no plan can be approved or started.").waitFor();
    assert.ok(await approval.isDisabled());
    await window.screenshot("31-hooks-problem");
    await plan.getByRole("button", { name: /^line \d+$/ }).click();
    await window.tab("hooks.json").waitFor();
    workspace.write(".planwright/hooks.json", JSON.stringify({ hooks: [] }));
    await window.tab("shed.spec.md").waitFor();
    await window.tab("Build a shed").click();
    await plan.getByText("Until it is repaired, no plan can be approved or started.").waitFor({ state: "detached" });
  });
});
