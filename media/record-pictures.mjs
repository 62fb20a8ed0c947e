/**
 * Makes the pictures of the README and the walkthrough (media/pictures) from the real product: the packed
 * extension in a real VS Code with the example, and with a step that fails. `npm run picture` after a change of what one sees.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { Editor } from "../test/support/editor/editor.ts";

const SIZE = { width: 1200, height: 800 };
const JAM = `---
title: Make jam
budget: 2.00 USD
onFailure: pause
---

# Make jam

- [ ] Pick the berries
  - cost: 0.20
  - command: echo picked

- [ ] Cook
  - cost: 0.30
  - command: ls sugar

- [ ] Fill the jars
  - command: echo filled
`;

const editor = await Editor.start();
try {
  await takeExample();
  await editor.closeWindows();
  await takeDecision();
} finally {
  await editor.remove();
}

async function takeExample() {
  const window = await editor.open(editor.workspace("example").folder, SIZE);
  await window.openFile("tally.spec.md");
  await window.codeLens("Plan").waitFor();
  await window.show("Planwright");
  await take(window, "spec");
  await window.codeLens("Plan").click();
  const plan = window.planPage;
  await plan.getByRole("row", { name: /Build one file/ }).click();
  await plan.getByText("not approved yet").waitFor();
  await take(window, "plan");
  await plan.getByRole("button", { name: "Close" }).click();
  await plan.getByRole("button", { name: "Approve and Execute" }).click();
  await plan.getByRole("dialog").getByRole("button", { name: "Approve and Execute" }).click();
  await window.expand(window.row("Executions", "Tally"));
  await plan.getByText(/[5-9] of 12 steps/).waitFor();
  await take(window, "overview");
  await plan.getByText("12 of 12 steps").waitFor();
  await plan.getByRole("button", { name: "Log" }).first().click();
  await window.logPage.getByText("execution completed").waitFor();
  await take(window, "log");
}

async function takeDecision() {
  const workspace = editor.workspace();
  workspace.write("jam.spec.md", JAM);
  const window = await editor.open(workspace.folder, SIZE);
  await window.openFile("jam.spec.md");
  await window.approveAndExecute();
  await window.show("Planwright");
  await window.row("Inbox", "Cook").waitFor();
  await take(window, "inbox");
}

/** The pointer is put where it shows no hover. */
async function take(window, name) {
  await window.page.mouse.move(SIZE.width / 2, SIZE.height - 4);
  await window.page.waitForTimeout(1_000);
  const folder = path.join(import.meta.dirname, "pictures");
  mkdirSync(folder, { recursive: true });
  await window.page.screenshot({ path: path.join(folder, `${name}.png`) });
}
