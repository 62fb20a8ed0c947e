import assert from "node:assert/strict";
import type { Workspace } from "../support/editor/editor.ts";
import { eventually } from "../support/editor/eventually.ts";
import { shareEditor, sharedEditor } from "../support/editor/shared-editor.ts";

/** Does every task of these specs: the first line of what it is told goes into a file. */
function withScribe(workspace: Workspace): void {
  const names = ["code_generation", "testing"];
  const capabilities = names.map((name) => ({ name, estimatedCost: 0.01, estimatedDuration: 1_000 }));
  const adapter = { kind: "command", argv: ["sh", "-c", "cat > /dev/null; echo done >> ran"] };
  const scribe = { id: "scribe", name: "Scribe", priority: 50, capabilities, adapter };
  workspace.write(".planwright/agents.json", JSON.stringify({ agents: [scribe] }));
}

const SPEC_KIT = "specs/001-shop/tasks.md";
const KIRO = ".kiro/specs/shop/tasks.md";

describe("specs of other tools in the editor (A1, A6, O2)", () => {
  shareEditor();

  it("Spec Kit: lenses, a mistake repaired, outline, plan, boxes ticked in the file as the tool has it", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    withScribe(workspace);
    workspace.write(
      SPEC_KIT,
      `# Tasks: Shop

## Phase 1: Setup

- [x] T001 Write the list of goods in goods.txt

## Phase 2: User Story 1 - Buy (Priority: P1)

- [ ] T002 [P] [US1] Write the basket in src/basket.ts
- [ ] T003 [US1] Write the till in src/till.ts (depends on T002, T009)

**Checkpoint**: Goods can be bought
`,
    );
    workspace.write(
      "specs/001-shop/spec.md",
      "# Feature Specification: Shop\n\n### User Story 1 - Buy (Priority: P1)\n\nPeople buy goods.\n",
    );
    const window = await editor.open(workspace.folder);
    await window.openFile("tasks.md");
    await window.codeLens("Spec Kit · 2 open").waitFor();
    await window.codeLens("Run from here").waitFor();
    assert.equal(await window.page.locator(".codelens-decoration a").filter({ hasText: "Run from here" }).count(), 3);
    await window.statusBar("Markdown").waitFor();
    await window.screenshot("20-speckit-lenses");

    await window.runCommand("Go to Next Problem");
    await window.page.locator(".peekview-widget, .marker-widget").getByText(/T009/).first().waitFor();
    await window.screenshot("20-speckit-problem");
    await window.page.keyboard.press("Escape");
    await window.runCommand("Quick Fix...");
    const fix = window.page.locator(".action-widget").getByText(/T009/).first();
    await fix.waitFor();
    await window.screenshot("20-speckit-fixes");
    await fix.click();
    await eventually(async () => {
      assert.doesNotMatch(await window.editorText.innerText(), /T009/);
    });

    await window.page.getByText("Write the basket").first().hover();
    const hover = window.page.locator(".monaco-hover").filter({ hasText: "Agent: scribe" });
    await hover.waitFor();
    assert.match(await hover.innerText(), /US1: .*Buy/);
    await window.screenshot("20-speckit-hover");

    await window.approveAndExecute();
    await window.planPage.getByText("2 of 2 steps").waitFor();
    await window.planPage.getByText("Spec Kit").first().waitFor();
    await window.screenshot("20-speckit-done");
    await eventually(() => {
      assert.match(
        workspace.read(SPEC_KIT),
        /- \[x\] T002 \[P\] \[US1\] Write the basket in src\/basket\.ts\n- \[x\] T003/,
      );
    });
    await window.tab("tasks.md").click();
    await window.editorText.getByText("[x] T003").waitFor();
    assert.deepEqual(workspace.lines("ran"), ["done", "done"]);
  });

  it("Kiro: what a task serves, optional tasks in and out, the dialect chosen otherwise", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    withScribe(workspace);
    workspace.write(
      KIRO,
      `# Implementation Plan

- [ ] 1. Build the shop
- [ ] 1.1 Write the basket
  - _Requirements: 1.1, 1.2_
- [ ]* 1.2 Write tests of the basket
  - _Requirements: 1.1_
- [ ] 2. Open the shop
  - _Requirements: 1.2_
`,
    );
    workspace.write(
      ".kiro/specs/shop/requirements.md",
      `# Requirements Document

## Requirements

### Requirement 1: Buying

**User Story:** As a buyer, I want a basket, so that I can buy.

#### Acceptance Criteria

1. WHEN a good is chosen THEN the system SHALL put it into the basket
2. WHEN the basket is full THEN the system SHALL say so
`,
    );
    const window = await editor.open(workspace.folder);
    await window.openFile("tasks.md");
    await window.codeLens("Kiro · 2 open").waitFor();
    await window.screenshot("21-kiro-lenses");

    await window.codeLens("Plan").click();
    const plan = window.planPage;
    await plan.getByText("without 1 optional task").waitFor();
    await plan.getByRole("row", { name: /Write the basket/ }).click();
    // Among what it serves; its instructions hold the words, too.
    await plan.getByRole("listitem").getByText("SHALL put it into the basket").waitFor();
    await window.screenshot("21-kiro-plan");
    await plan.getByRole("button", { name: "Include" }).click();
    await plan.getByText("with 1 optional task").waitFor();
    await plan.getByRole("row", { name: /Write tests of the basket/ }).waitFor();
    await window.screenshot("21-kiro-optional");
    await plan.getByRole("button", { name: "Approve and Execute" }).click();
    await plan.getByRole("dialog").getByRole("button", { name: "Approve and Execute" }).click();
    await plan.getByText("3 of 3 steps").waitFor();
    await eventually(() => {
      assert.equal(workspace.read(KIRO).match(/\[x\]/g)?.length, 4);
    });
    assert.match(workspace.read(KIRO), /- \[x\]\* 1\.2 Write tests of the basket/);

    await window.tab("tasks.md").click();
    await window.codeLens("Kiro · 0 open").click();
    await window.quickInput.getByText(/Read tasks\.md As/).waitFor();
    await window.screenshot("21-read-as");
    await window.pick(/^Checklist/);
    await window.codeLens("Checklist · ").waitFor();
    assert.match(workspace.read(".planwright/specs.json"), /"\.kiro\/specs\/shop\/tasks\.md": "checklist"/);
    await window.screenshot("21-read-as-checklist");
  });

  it("Task Master: lenses at the tasks of its JSON, and their states written back", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    withScribe(workspace);
    const file = ".taskmaster/tasks/tasks.json";
    const tasks = [
      { id: 1, title: "Write the basket", description: "Goods go in", status: "done", dependencies: [] },
      { id: 2, title: "Write the till", description: "Money goes in", status: "pending", dependencies: [1] },
    ];
    workspace.write(file, JSON.stringify({ master: { tasks } }, null, 2));
    const window = await editor.open(workspace.folder);
    await window.openFile("tasks.json");
    await window.codeLens("Task Master · 1 open").waitFor();
    await window.codeLens("Run from here").waitFor();
    await window.screenshot("22-taskmaster");
    await window.approveAndExecute();
    await window.planPage.getByText("1 of 1 steps").waitFor();
    await eventually(() => {
      assert.equal(workspace.read(file).match(/"status": "done"/g)?.length, 2);
    });
  });

  it("Markdown that is no spec starts nothing and has nothing above its lines", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("README.md", "# Shop\n\n- [ ] A box that nobody plans\n");
    const window = await editor.open(workspace.folder);
    await window.openFile("README.md");
    await window.editorText.getByText("A box that nobody plans").waitFor();
    assert.equal(await window.page.locator(".codelens-decoration").count(), 0);
    assert.equal(editor.workerOf(workspace), null);
    assert.ok(!workspace.exists(".planwright"));
    // It becomes one when somebody means it.
    await window.runAskingCommand("Planwright: Plan");
    await window.pick(/README\.md/);
    await window.planPage.getByText("1 step").first().waitFor();
    await window.openFile("README.md");
    await window.codeLens("Checklist · 1 open").waitFor();
    await window.screenshot("23-any-markdown");
  });

  it("files that the setting names are specs, and others are none", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("plans/june.md", "# June\n\n- [ ] Mow the lawn\n");
    workspace.write("notes/july.md", "# July\n\n- [ ] Rest\n");
    editor.server.changeSettings({ "planwright.specFiles": ["plans/*.md"] });
    const window = await editor.open(workspace.folder);
    await window.openFile("july.md");
    await window.editorText.getByText("Rest").waitFor();
    assert.equal(editor.workerOf(workspace), null);
    await window.openFile("june.md");
    await window.codeLens("Checklist · 1 open").waitFor();
    await window.page
      .locator(".editor-actions")
      .getByRole("button", { name: /^Plan \(/ })
      .waitFor();
    await window.screenshot("23-setting");
  });
});
