import assert from "node:assert/strict";
import { scriptedArgv } from "../support/acp-agents.ts";
import type { Editor, Workspace } from "../support/editor/editor.ts";
import { eventually } from "../support/editor/eventually.ts";
import { shareEditor, sharedEditor } from "../support/editor/shared-editor.ts";
import { TestRepository } from "../support/repository.ts";

const SPEC = `---
title: Write a letter
---

# Write a letter

- [ ] Write it
  - id: write
  - agent: writer
`;

/** In the folder that the agent works in. */
const LETTER = "letter.txt";

/** A repository with an agent that asks whether it may run a command, and writes the letter only then. */
function repositoryWithWriter(editor: Editor): { readonly workspace: Workspace; readonly repository: TestRepository } {
  const workspace = editor.workspace();
  const repository = new TestRepository(workspace.folder);
  const toolCall = { title: "write the letter", kind: "execute", rawInput: { command: "make letter" } };
  const turn = [{ ask: { toolCall, write: { path: LETTER, text: "Dear Ada\n" } } }];
  const writer = {
    id: "writer",
    name: "Writer",
    permissions: "limited",
    capabilities: [{ name: "code_generation" }],
    adapter: { kind: "acp", argv: scriptedArgv({ turns: [turn] }) },
  };
  repository.commit("start", {
    "letter.spec.md": SPEC,
    ".planwright/agents.json": JSON.stringify({ agents: [writer] }, null, 2),
  });
  return { workspace, repository };
}

describe("a coding agent in a repository", () => {
  shareEditor();

  it("asks in the inbox, is answered by keyboard, and what it made waits until it is applied (D4, F1, N1)", async () => {
    const editor = await sharedEditor();
    const { workspace, repository } = repositoryWithWriter(editor);
    const before = repository.head();
    const window = await editor.open(workspace.folder);
    await window.openFile("letter.spec.md");
    await window.runCommand("Planwright: Plan");
    const plan = window.planPage;
    await plan.getByText("not approved yet").waitFor();
    await plan
      .getByRole("row", { name: /Write it/ })
      .first()
      .click();
    await plan.getByText("a git worktree of its own").waitFor();
    await window.screenshot("40-plan");
    await window.runCommand("Planwright: Approve Plan…");
    await window.dialog.getByText(/in git worktrees of their own; the result waits until you accept it/).waitFor();
    await window.screenshot("40-approve");
    await window.answerDialog("Approve and Execute");

    const asked = window.row("Inbox", "Write it");
    await window.show("Planwright");
    await asked.filter({ hasText: "agent asks for permission" }).waitFor();
    await window.badge("Planwright").getByText("1", { exact: true }).waitFor();
    await plan.getByRole("button", { name: "Always Allow" }).first().waitFor();
    assert.deepEqual(await window.notifications(), [], "nothing is told of what is on the screen");
    await window.screenshot("40-asked");
    assert.equal(workspace.exists(LETTER), false);

    await window.runCommand("Planwright: Focus on Inbox View");
    await window.page.keyboard.press("ArrowDown");
    await window.page.keyboard.press("Enter");
    await window.quickInput.getByRole("option", { name: /Once/ }).waitFor();
    await window.screenshot("40-choices");
    await window.page.keyboard.type("once");
    await window.page.keyboard.press("Enter");

    const result = window.row("Inbox", "changes to accept");
    await result.waitFor();
    const execution = window.row("Executions", /Write a letter.*completed/);
    await execution.waitFor();
    await window.screenshot("40-result");
    assert.equal(workspace.exists(LETTER), false, "the folder is as the person left it");
    assert.equal(repository.head(), before);

    await window.rowAction(execution, "Show Changes");
    await window.page.locator(".multiDiffEditor, .multi-diff-editor").first().waitFor();
    await window.page.locator(".view-line").filter({ hasText: "Dear Ada" }).first().waitFor();
    await window.screenshot("40-changes");

    await window.runCommand("Planwright: Focus on Inbox View");
    await window.page.keyboard.press("ArrowDown");
    await window.page.keyboard.press("Enter");
    await window.quickInput.getByText("Apply as One Commit").waitFor();
    await window.screenshot("40-accept");
    await window.pick(/Apply(?! as)/);
    await window.notification(/letter|main|appl/i).waitFor();
    await result.waitFor({ state: "detached" });
    await window.screenshot("40-applied");
    await eventually(() => assert.equal(workspace.read(LETTER), "Dear Ada\n"));
    assert.notEqual(repository.head(), before);
    assert.equal(repository.show("main", LETTER), "Dear Ada");
  });
});
