import assert from "node:assert/strict";
import type { Editor, Workspace } from "../support/editor/editor.ts";
import { eventually } from "../support/editor/eventually.ts";
import { shareEditor, sharedEditor } from "../support/editor/shared-editor.ts";
import type { EditorWindow } from "../support/editor/window.ts";

/** Each step is done when the test writes the file of its title. */
const SPEC = `# Make tea

- [ ] boil
  - command: while [ ! -e boil ]; do sleep 0.05; done
- [ ] pour
  - command: while [ ! -e pour ]; do sleep 0.05; done
`;

const KIRO = ".kiro/specs/tea/tasks.md";
const KIRO_TASKS = "# Implementation Plan\n\n- [ ] 1. Tea\n  - [ ] 1.1 boil\n  - [ ] 1.2 pour\n";

/** An agent whose task is done when the test writes the file of its title. */
function withAgent(workspace: Workspace): void {
  const wait = 'if grep -q boil; then f=boil; else f=pour; fi; while [ ! -e "$f" ]; do sleep 0.05; done';
  const capabilities = ["code_generation", "testing", "documentation"].map((name) => ({ name }));
  const adapter = { kind: "command", argv: ["sh", "-c", wait] };
  const agents = [{ id: "hand", name: "Hand", capabilities, adapter }];
  workspace.write(".planwright/agents.json", JSON.stringify({ agents }));
}

/** A window in which the spec is executed and stands in front. Nothing is saved unless a person does it. */
async function executing(editor: Editor, workspace: Workspace, name: string): Promise<EditorWindow> {
  editor.server.changeSettings({ "files.autoSave": "off", "editor.wordWrap": "off" });
  const window = await editor.open(workspace.folder);
  await window.openFile(name);
  await window.approveAndExecute();
  await window.planPage.getByText(/0 of 2 steps/).waitFor();
  await window.openFile(name);
  await window.editorText.getByText("boil").first().waitFor();
  return window;
}

/** Writes at the end of the text, as its own edit. */
async function type(window: EditorWindow, words: string): Promise<void> {
  await window.editorText.click();
  await window.page.keyboard.press("Control+End");
  await window.page.keyboard.type(words);
}

const isUnsaved = (window: EditorWindow): Promise<void> => window.page.locator(".tab.active.dirty").waitFor();
const isSaved = (window: EditorWindow): Promise<void> =>
  window.page.locator(".tab.active.dirty").waitFor({ state: "detached" });

describe("boxes in open editors (A8, O2)", () => {
  shareEditor();

  for (const [name, file, text, boil, pour] of [
    ["our own", "tea.spec.md", SPEC, "- [ ] boil", "- [ ] pour"],
    ["Kiro's", KIRO, KIRO_TASKS, "- [ ] 1.1 boil", "- [ ] 1.2 pour"],
  ] as const) {
    const ticked = (line: string): string => line.replace("[ ]", "[x]");

    it(`unsaved words in ${name} spec: ticks come as an edit, Ctrl+Z takes them back for good, saving meets no conflict`, async () => {
      const editor = await sharedEditor();
      const workspace = editor.workspace();
      withAgent(workspace);
      workspace.write(file, text);
      const window = await executing(editor, workspace, file.split("/").at(-1) ?? file);
      await type(window, "# My own words.");
      await isUnsaved(window);

      workspace.write("boil", "");
      await window.editorText.getByText(ticked(boil)).waitFor();
      await window.screenshot(`30-ticked-unsaved-${file.split("/").at(-1) ?? ""}`);
      assert.equal(workspace.read(file), text, "the file is the person's to save");
      await isUnsaved(window);

      await window.page.keyboard.press("Control+z");
      await window.editorText.getByText(boil).waitFor();
      await window.editorText.getByText("# My own words.").waitFor();

      workspace.write("pour", "");
      await window.editorText.getByText(ticked(pour)).waitFor();
      await window.editorText.getByText(boil).waitFor();
      await window.page.keyboard.press("Control+s");
      await isSaved(window);
      assert.equal(workspace.read(file), `${text.replace(pour, ticked(pour))}# My own words.`);
      assert.deepEqual(
        (await window.notifications()).filter((message) => /newer|overwrite|Failed to save/i.test(message)),
        [],
      );
    });
  }

  it("an editor without changes shows what the file says; Ctrl+Z there is a person's decision, too", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("tea.spec.md", SPEC);
    const window = await executing(editor, workspace, "tea.spec.md");

    workspace.write("boil", "");
    await window.editorText.getByText("- [x] boil").waitFor();
    await isSaved(window);
    assert.equal(workspace.read("tea.spec.md"), SPEC.replace("[ ] boil", "[x] boil"));
    await window.screenshot("31-ticked-clean");

    await window.editorText.click();
    await window.page.keyboard.press("Control+z");
    await window.editorText.getByText("- [ ] boil").waitFor();
    await isUnsaved(window);
    workspace.write("pour", "");
    await window.editorText.getByText("- [x] pour").waitFor();
    await window.page.keyboard.press("Control+s");
    await isSaved(window);
    assert.equal(workspace.read("tea.spec.md"), SPEC.replace("[ ] pour", "[x] pour"));
  });

  it("closed without saving: the file gets the ticks all the same", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("tea.spec.md", SPEC);
    const window = await executing(editor, workspace, "tea.spec.md");
    await type(window, "# Never kept.");
    workspace.write("boil", "");
    await window.editorText.getByText("- [x] boil").waitFor();
    await window.runCommand("View: Close Editor");
    await window.answerDialog("Don't Save");
    await eventually(() => assert.equal(workspace.read("tea.spec.md"), SPEC.replace("[ ] boil", "[x] boil")));
    workspace.write("pour", "");
    await eventually(() => assert.equal(workspace.read("tea.spec.md"), SPEC.replaceAll("[ ]", "[x]")));
  });

  it("reloaded with unsaved words: what was ticked meanwhile comes into them, also when all is done", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("tea.spec.md", SPEC);
    const window = await executing(editor, workspace, "tea.spec.md");
    await type(window, "# My own words.");
    workspace.write("boil", "");
    await window.editorText.getByText("- [x] boil").waitFor();
    await window.reload();
    workspace.write("pour", "");
    await window.editorText.getByText("- [x] pour").waitFor();
    await isUnsaved(window);
    await window.editorText.click();
    await window.page.keyboard.press("Control+s");
    await isSaved(window);
    assert.equal(workspace.read("tea.spec.md"), `${SPEC.replaceAll("[ ]", "[x]")}# My own words.`);
  });

  it("closed without saving after all is done: the file gets the ticks all the same", async () => {
    const editor = await sharedEditor();
    const workspace = editor.workspace();
    workspace.write("tea.spec.md", SPEC);
    const window = await executing(editor, workspace, "tea.spec.md");
    await type(window, "# Never kept.");
    for (const step of ["boil", "pour"]) workspace.write(step, "");
    await window.editorText.getByText("- [x] pour").waitFor();
    await window.codeLens(/completed/).waitFor();
    await window.runCommand("View: Close Editor");
    await window.answerDialog("Don't Save");
    await eventually(() => assert.equal(workspace.read("tea.spec.md"), SPEC.replaceAll("[ ]", "[x]")));
  });
});
