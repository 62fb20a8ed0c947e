import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { shareEditor, sharedEditor } from "../support/editor/shared-editor.ts";

describe("words are planned like files (A0)", () => {
  shareEditor();

  it("Plan Selection: the lines that are selected, in any document, become a plan", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write(
      "notes.txt",
      "Meeting of Monday\n\n- [ ] Sweep the floor\n- [ ] Wash the windows\n\nNext time: June\n",
    );
    const window = await editor.open(workspace.folder);
    await window.openFile("notes.txt");
    await window.page
      .locator(".view-line")
      .filter({ hasText: "Sweep" })
      .click({ position: { x: 4, y: 5 } });
    await window.page.keyboard.press("Home");
    await window.page.keyboard.press("Shift+ArrowDown");
    await window.page.keyboard.press("Shift+ArrowDown");
    await window.statusBar("selected").waitFor();
    await window.chooseInContextMenu(window.page.locator(".view-line").filter({ hasText: "Wash" }), "Plan Selection");
    const plan = window.planPage;
    await plan.getByRole("row", { name: /Sweep the floor/ }).waitFor();
    await plan.getByRole("row", { name: /Wash the windows/ }).waitFor();
    await plan.getByText("2 steps").first().waitFor();
    await window.screenshot("24-selection");
    const kept = readdirSync(join(workspace.folder, ".planwright/specs")).filter((name) => name.endsWith(".md"));
    assert.equal(kept.length, 1);
    const text = workspace.read(`.planwright/specs/${kept[0]}`);
    assert.equal(text.trim(), "- [ ] Sweep the floor\n- [ ] Wash the windows");
    assert.match(workspace.read("notes.txt"), /^Meeting of Monday/);
  });

  it("without a selection it says what to do, and a sentence can be typed instead", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("notes.txt", "Nothing is selected here\n");
    const window = await editor.open(workspace.folder);
    await window.openFile("notes.txt");
    await window.runCommand("Planwright: Plan Selection");
    await window.notification(/Select the words/).waitFor();
    assert.ok(!workspace.exists(".planwright"));
    await window.runAskingCommand("Planwright: Plan a Sentence…");
    await window.quickInput.locator("input").fill("Add a dark theme to the settings page");
    await window.screenshot("24-sentence");
    await window.page.keyboard.press("Enter");
    await window.planPage
      .getByText(/dark theme/)
      .first()
      .waitFor();
    await window.screenshot("24-sentence-plan");
  });

  it("inputs are asked for one by one, given up without a trace, and proposed again", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write(
      "deploy.spec.md",
      `---
inputs:
  target:
    description: Where does it go?
    options: [staging, live]
    default: staging
  version: 1.0
---

# Deploy {{version}} to {{target}}

- [ ] Copy
  - command: ["sh", "deploy.sh", "{{version}}", "{{target}}"]
`,
    );
    workspace.write("deploy.sh", 'echo "$1 $2" >> ran\n');
    const window = await editor.open(workspace.folder);
    await window.openFile("deploy.spec.md");
    await window.codeLens("Plan").click();
    await window.quickInput.getByText("target (1 of 2)").waitFor();
    await window.screenshot("25-input-choice");
    await window.pick("live");
    await window.quickInput.getByText("version (2 of 2)").waitFor();
    await window.page.keyboard.press("Escape");
    await window.quickInput.waitFor({ state: "hidden" });
    assert.equal(await window.tab("Plan").count(), 0);
    await window.codeLens("Plan").click();
    await window.pick("live");
    await window.quickInput.getByText("version (2 of 2)").waitFor();
    await window.quickInput.locator("input").fill("2.5");
    await window.screenshot("25-input-text");
    await window.page.keyboard.press("Enter");
    await window.planPage.getByRole("heading", { name: "Deploy 2.5 to live" }).waitFor();
    await window.planPage.getByText("target: live, version: 2.5").waitFor();
    await window.runCommand("Planwright: Approve Plan…");
    await window.answerDialog("Approve and Execute");
    await window.planPage.getByText("1 of 1 steps").waitFor();
    assert.deepEqual(workspace.lines("ran"), ["2.5 live"]);
    await window.tab("deploy.spec.md").click();
    await window.codeLens("Plan").click();
    const first = window.quickInput.getByRole("option").first();
    await first.filter({ hasText: "live" }).waitFor();
    await window.page.keyboard.press("Enter");
    await window.quickInput.getByText("version (2 of 2)").waitFor();
    assert.equal(await window.quickInput.locator("input").inputValue(), "2.5");
    await window.page.keyboard.press("Escape");
  });

  it("New Specification writes one in the dialect that is chosen", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    const window = await editor.open(workspace.folder);
    await window.runAskingCommand("Planwright: New Specification…");
    await window.quickInput.getByPlaceholder("How do you like to write it?").waitFor();
    await window.screenshot("26-dialects");
    await window.pick(/^Spec Kit/);
    await window.quickInput.locator("input").fill("Log in page");
    await window.page.keyboard.press("Enter");
    await window.tab("tasks.md").waitFor();
    await window.codeLens("Spec Kit · ").waitFor();
    await window.screenshot("26-new-speckit");
    assert.ok(workspace.exists("specs/001-log-in-page/spec.md"));
  });
});
