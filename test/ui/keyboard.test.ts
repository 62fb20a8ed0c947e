import assert from "node:assert/strict";
import { eventually } from "../support/editor/eventually.ts";
import { shareEditor, sharedEditor } from "../support/editor/shared-editor.ts";
import type { EditorWindow } from "../support/editor/window.ts";

const SPEC = `---
title: Water the flowers
---

# Water the flowers

- [ ] Fill the can
  - command: echo filled >> ran

- [ ] Water the roses
  - id: roses
  - command: echo roses >> ran

- [ ] Put the can away
  - command: echo away >> ran
`;

describe("without a mouse", () => {
  shareEditor();

  it("from the open window to the finished execution by keys alone (O5, A11Y)", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("flowers.spec.md", SPEC);
    const window = await editor.open(workspace.folder);
    const { keyboard } = window.page;
    await goToFile(window, "flowers.spec.md");
    await window.tab("flowers.spec.md").waitFor();
    await window.codeLens("Plan").waitFor();
    await window.page.locator(".editor-instance .monaco-editor.focused .view-line").first().waitFor();
    // A key that is pressed while the window is busy with its beginning may be lost; a person presses it again.
    await eventually(async () => {
      await keyboard.press("Shift+Alt+P");
      await window.planPage.getByText("not approved yet").waitFor({ timeout: 8_000 });
    }, 40_000);

    await tabTo(window, /Steps of the plan|Water the flowers|Fill the can/);
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    const inspector = window.planPage.getByRole("button", { name: "Change This Step" });
    await inspector.waitFor();
    await window.screenshot("12-step-by-keys");
    await keyboard.press("Escape");
    await inspector.waitFor({ state: "detached" });

    await tabTo(window, /^Approve and Execute$/);
    await keyboard.press("Enter");
    await window.planPage.getByRole("dialog").waitFor();
    await tabTo(window, /^Approve and Execute$/);
    await window.screenshot("12-approve-by-keys");
    await keyboard.press("Enter");
    await window.planPage.getByText("3 of 3 steps").waitFor();
    await window.screenshot("12-done");
    assert.deepEqual(workspace.lines("ran"), ["filled", "roses", "away"]);

    await tabTo(window, /^Report$/);
    await keyboard.press("Enter");
    await window.tab(/^Preview run-/).waitFor();
  });
});

async function goToFile(window: EditorWindow, name: string): Promise<void> {
  const { quickInput, page } = window;
  await eventually(async () => {
    await page.keyboard.press("Control+p");
    await quickInput.locator("input").fill(name, { timeout: 4_000 });
    await quickInput.getByRole("option").first().filter({ hasText: name }).waitFor({ timeout: 4_000 });
  }, 40_000);
  await page.keyboard.press("Enter");
}

/** Presses Tab until what has the focus in the plan is called so. */
async function tabTo(window: EditorWindow, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < 60; presses++) {
    const focused = window.planPage.locator(":focus");
    if ((await focused.count()) > 0) {
      const called = (await focused.getAttribute("aria-label")) ?? (await focused.innerText());
      if (name.test(called.trim())) return;
      passed.push(called.slice(0, 40));
    }
    await window.page.keyboard.press("Tab");
  }
  assert.fail(`Tab never came to ${name.source}, but to: ${passed.join(" | ")}`);
}
