import assert from "node:assert/strict";
import { findSeriousProblems } from "./accessibility.ts";
import { eventually } from "../support/editor/eventually.ts";
import { shareEditor, sharedEditor } from "../support/editor/shared-editor.ts";

describe("the example, from its spec to its report", () => {
  shareEditor();

  it("plan, look, change a step, approve, execute, watch, done (O1, B1, B2, C10)", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace("example");
    const window = await editor.open(workspace.folder);
    await window.openFile("tally.spec.md");
    await window.codeLens("Plan").click();

    const plan = window.planPage;
    await plan.getByRole("heading", { name: "Build, test and document Tally" }).waitFor();
    await plan.getByText("not approved yet").waitFor();
    await plan.getByText("12 steps").first().waitFor();
    await plan.getByText(/0\.03 USD of 0\.10 USD/).waitFor();
    await plan.getByRole("row", { name: /Measure the speed/ }).waitFor();
    await window.screenshot("1-plan");
    const problems = await findSeriousProblems(window, "plan");

    await plan.getByRole("row", { name: /Measure the speed/ }).click();
    await plan.getByRole("button", { name: "Change This Step" }).click();
    await plan.getByRole("textbox", { name: "Timeout" }).fill("90s");
    await plan.getByRole("textbox", { name: "Timeout" }).press("Tab");
    await plan.getByText("changed, not approved").waitFor();
    await window.screenshot("1-step-changed");

    await plan.getByRole("button", { name: "Approve and Execute" }).click();
    const asked = plan.getByRole("dialog");
    await asked.getByText(/scripts\/measure\.mjs/).waitFor();
    await window.screenshot("1-approve");
    await asked.getByRole("button", { name: "Approve and Execute" }).click();
    await plan.getByText(/of 12 steps/).waitFor();
    await window.show("Planwright");
    await window.expand(window.row("Executions", "Tally"));
    await plan.getByRole("button", { name: "Log", exact: true }).first().click();
    await window.logPage
      .getByText(/attempt 1 succeeded/)
      .first()
      .waitFor();
    await window.screenshot("1-running");

    await window.row("Executions", /Tally.*completed/).waitFor({ timeout: 60_000 });
    await plan.getByText("12 of 12 steps").waitFor();
    await window.screenshot("1-done");
    problems.push(...(await findSeriousProblems(window, "log")));
    await eventually(() => {
      assert.equal(workspace.read("tally.spec.md").match(/- \[x\]/g)?.length, 12);
    });

    await plan.getByRole("button", { name: "Report" }).click();
    await window.tab(/^Preview run-/).waitFor();
    await window.screenshot("1-report");
    assert.deepEqual(problems, []);
  });
});
