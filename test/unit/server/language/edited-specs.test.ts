import assert from "node:assert/strict";
import {
  ApplyWorkspaceEditRequest,
  DidSaveTextDocumentNotification,
  type ApplyWorkspaceEditParams,
  type ApplyWorkspaceEditResult,
  type ClientCapabilities,
} from "vscode-languageserver/node";
import type { OpenSpec } from "../../../../worker/server/open-editors.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { SPEC_URI, withEditor, type EditorClient } from "../../../support/language-client.ts";

const DISK = "- [ ] a\n- [ ] b\n";
const CAN_EDIT: ClientCapabilities = { workspace: { applyEdit: true, workspaceEdit: { documentChanges: true } } };
const TICK = [{ start: 3, end: 4, to: "x" }];

/** The specs that the workspace takes for somebody's work, once all that the editor has sent is heard. */
async function unsaved(editor: EditorClient): Promise<OpenSpec[]> {
  // An answer comes after everything that was sent before the question.
  await editor.connection.sendRequest("textDocument/foldingRange", { textDocument: { uri: SPEC_URI } });
  return editor.world.editors.unsaved("test.spec.md", DISK);
}

describe("language server: specs that are edited while boxes are ticked (A8)", () => {
  const withDisk = (capabilities: ClientCapabilities, act: (editor: EditorClient) => Promise<void>): Promise<void> =>
    withEditor({ capabilities, clock: new FakeClock() }, async (editor) => {
      editor.world.disk = DISK;
      await act(editor);
      assert.deepEqual(editor.bugs, []);
    });

  it("an editor has unsaved changes from the first other character until it is saved, taken back or closed", () =>
    withDisk(CAN_EDIT, async (editor) => {
      const typed = { range: { start: { line: 0, character: 7 }, end: { line: 0, character: 7 } }, text: "!" };
      editor.open(DISK);
      assert.equal((await unsaved(editor)).length, 0);
      editor.change(2, [typed]);
      assert.deepEqual(
        (await unsaved(editor)).map(({ path, text, version }) => [path, text, version]),
        [["test.spec.md", "- [ ] a!\n- [ ] b\n", 2]],
      );
      editor.change(3, [{ text: DISK }]);
      assert.equal((await unsaved(editor)).length, 0);
      editor.change(4, [typed]);
      await editor.connection.sendNotification(DidSaveTextDocumentNotification.type, {
        textDocument: { uri: SPEC_URI },
      });
      assert.equal((await unsaved(editor)).length, 0, "what was saved may yet be behind what is read of the disk");
      editor.change(5, [typed]);
      assert.equal((await unsaved(editor)).length, 1);
      editor.close();
      assert.equal((await unsaved(editor)).length, 0);
    }));

  it("is asked for an edit of exactly the version that was looked at", () =>
    withDisk(CAN_EDIT, async (editor) => {
      const asked: ApplyWorkspaceEditParams[] = [];
      editor.connection.onRequest(ApplyWorkspaceEditRequest.type, (params) => {
        asked.push(params);
        return { applied: asked.length === 1 };
      });
      editor.open(`# new\n\n${DISK}`);
      const [spec] = await unsaved(editor);
      assert.ok(spec);
      const places = [{ start: 10, end: 11, to: "x" }];
      assert.equal(await spec.change(places, 1, "Planwright: test"), true);
      const edit = { range: { start: { line: 2, character: 3 }, end: { line: 2, character: 4 } }, newText: "x" };
      const documentChanges = [{ textDocument: { uri: SPEC_URI, version: 1 }, edits: [edit] }];
      assert.deepEqual(asked, [{ label: "Planwright: test", edit: { documentChanges } }]);
      assert.equal(await spec.change(places, 1, ""), false, "the editor says no");
      assert.equal(await spec.change(places, 7, ""), false);
      assert.equal(asked.length, 2, "it is not asked about a version that it does not show");
    }));

  it("counts as not willing when it does not answer, or cannot be asked", async () => {
    const clock = new FakeClock();
    await withEditor({ capabilities: CAN_EDIT, clock }, async (editor) => {
      editor.connection.onRequest(
        ApplyWorkspaceEditRequest.type,
        () => new Promise<ApplyWorkspaceEditResult>(() => undefined),
      );
      editor.open("other\n");
      const [spec] = await unsaved(editor);
      assert.ok(spec);
      const change = spec.change(TICK, 1, "");
      await clock.advance(10_000);
      assert.equal(await change, false);
    });
    await withDisk({ workspace: { applyEdit: true } }, async (editor) => {
      editor.open("other\n");
      const [spec] = await unsaved(editor);
      assert.equal(await spec?.change(TICK, 1, ""), false);
    });
  });

  for (const [news, text] of [
    ["lost", DISK],
    ["kept", "other\n"],
  ] as const) {
    it(`is ${news} with its connection, which is not the same as closed`, async () => {
      const told = Promise.withResolvers<string>();
      await withDisk(CAN_EDIT, async (editor) => {
        editor.open(text);
        assert.equal((await unsaved(editor)).length, text === DISK ? 0 : 1);
        editor.world.editors.onNews((_spec, what) => told.resolve(what));
      });
      assert.equal(await told.promise, news);
    });
  }
});
