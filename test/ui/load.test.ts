import assert from "node:assert/strict";
import { shareEditor, sharedEditor } from "../support/editor/shared-editor.ts";

/** What an agent may print to get out of its line: markup, links that run commands, terminal escapes, text that turns around. */
const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "[click](command:workbench.action.quit)",
  "\u001b]8;;command:workbench.action.quit\u0007link\u001b]8;;\u0007",
  "\u202egnp.exe",
];
/** Bursts of 5,000 lines until it is enough, a line of 10 MB, and at last what a person wants to read. */
const FLOOD = `
import { existsSync } from "node:fs";
for (let burst = 0; !existsSync("enough"); burst++) {
  let text = "";
  for (let n = 1; n <= 5_000; n++) text += "line " + n + " of burst " + burst + ", which must not stop the window\\n";
  await new Promise((written) => process.stdout.write(text, written));
  await new Promise((rested) => setTimeout(rested, 300));
}
console.log("x".repeat(10_000_000));
const hostile = ${JSON.stringify(HOSTILE)};
for (const line of hostile) console.log(line);
console.log("the flood is over");
`;

/** A thousand steps in sections of fifty, of which five run side by side. */
function thousandSteps(): string {
  const lines = ["---", "title: A thousand steps", "---", "", "# A thousand steps"];
  for (let step = 1; step <= 1_000; step++) {
    if (step % 50 === 1) lines.push("", `## Part ${Math.ceil(step / 50)}`, "");
    lines.push(`- [ ]${step % 6 === 0 ? "" : " [P]"} Step number ${step}`, `  - id: s${step}`, "  - command: [true]");
  }
  return lines.join("\n");
}

describe("much at once", () => {
  shareEditor();

  it("a flood of lines and one of 10 MB: the window stays usable, hostile text is text (K1, SEC20)", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("flood.mjs", FLOOD);
    workspace.write("notes.txt", "");
    workspace.write("flood.spec.md", "# Flood\n\n- [ ] Print\n  - id: print\n  - command: [node, flood.mjs]\n");
    const window = await editor.open(workspace.folder);
    await window.openFile("flood.spec.md");
    await window.approveAndExecute();
    await window.runCommand("Planwright: Open Log");
    const log = window.logPage;
    await log
      .getByText(/of burst/)
      .first()
      .waitFor();
    await window.openFile("notes.txt");
    await window.editorText.click();
    await window.page.keyboard.type("It still answers. ");
    await window.editorText.getByText("It still answers.").waitFor();
    await window.screenshot("7-flood");
    workspace.write("enough", "");
    await log.getByText("the flood is over").waitFor({ timeout: 60_000 });
    await log
      .getByText(/lines are not shown/)
      .first()
      .waitFor();
    for (const text of HOSTILE.slice(0, 2)) await log.getByText(text).waitFor();
    await window.screenshot("7-after-flood");
    assert.equal(await log.locator("img, a[href]").count(), 0);
  });

  it("what agents and authors write stays text in the plan, the trees and the log (SEC20)", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    const title = `${HOSTILE.join(" ")} $(bug)`;
    const tasks = HOSTILE.map((text, index) => `- [ ] ${text}\n  - command: [echo, "hostile ${index}"]\n`);
    workspace.write("hostile.spec.md", `---\ntitle: ${JSON.stringify(title)}\n---\n\n${tasks.join("\n")}`);
    const window = await editor.open(workspace.folder);
    await window.openFile("hostile.spec.md");
    await window.approveAndExecute();
    await window.show("Planwright");
    await window.row("Executions", /<img src=x onerror=alert\(1\)>.*\$\(bug\)/).waitFor();
    await window.planPage.getByRole("heading", { name: /<img src=x/ }).waitFor();
    assert.equal(await window.planPage.locator("img").count(), 0);
    await window.screenshot("7-hostile");
  });

  it("a plan of a thousand steps: read, found, moved (B1, figures)", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("thousand.spec.md", thousandSteps());
    const window = await editor.open(workspace.folder);
    await window.openFile("thousand.spec.md");
    await window.runCommand("Planwright: Plan");
    const plan = window.planPage;
    await plan
      .getByText(/1,?000 steps/)
      .first()
      .waitFor();
    await plan.getByRole("row", { name: /Step number 1\b/ }).waitFor();
    await window.screenshot("8-thousand-steps");
    const graph = plan.getByRole("listbox").first();
    const before = await graph.locator("g.node").count();
    assert.ok(before > 0 && before < 1_000, `${before} nodes are drawn`);
    await graph.hover();
    await window.page.mouse.wheel(0, 600);
    await plan.getByRole("button", { name: "Show All" }).click();
    await window.screenshot("8-whole-graph");
  });
});
