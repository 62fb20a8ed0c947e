import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import "../../support/vscode/register.ts";

const { activate, deactivate } = await import("../../../extension/extension.ts");
const { editor } = await import("../../support/vscode/editor.ts");
const { extensionContext } = await import("../../support/vscode/context.ts");

/** What keeps a process alive: timers, sockets, watchers, children. */
function held(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((one) => !/^(?:TTYWrap|PipeWrap|Immediate|CloseReq|FSReqPromise)$/.test(one));
}

describe("the extension", () => {
  let root: string;
  let folder: string;
  let state: string | undefined;

  beforeEach(() => {
    editor.reset();
    root = mkdtempSync(join(tmpdir(), "planwright-activation-"));
    folder = mkdtempSync(join(root, "workspace-"));
    state = process.env["XDG_STATE_HOME"];
    process.env["XDG_STATE_HOME"] = join(root, "state");
  });

  afterEach(() => {
    if (state === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = state;
    rmSync(root, { recursive: true, force: true });
  });

  async function window(act: () => Promise<void> = async () => {}): Promise<void> {
    const given = extensionContext();
    activate(given);
    await turn();
    await act();
    await deactivate();
    for (const subscription of given.subscriptions) subscription.dispose();
    await turn();
  }

  it("leaves nothing behind when it is activated and deactivated twice (O5)", async () => {
    editor.open(folder);
    // The test's own timer stands only after the first turn.
    await turn();
    const before = held();
    for (let round = 0; round < 2; round += 1) {
      await window(async () => assert.ok(editor.commands.has("planwright.plan")));
      assert.deepEqual(editor.leftBehind(), []);
    }
    assert.deepEqual(held(), before);
  });

  it("starts and writes nothing in a workspace that is not trusted, and comes alive with the trust (E37)", async () => {
    editor.isTrusted = false;
    editor.open(folder);
    await window(async () => {
      await editor.commands.get("planwright.plan")?.();
      await editor.commands.get("planwright.doctor")?.();
      assert.deepEqual(readdirSync(folder), []);
      assert.ok(!existsSync(join(root, "state")));
      assert.equal(editor.contextKeys.get("planwright.hasFolder"), false);
      assert.match(editor.messages[0]?.text ?? "", /only where you trust it/);
      editor.trust();
      await turn();
      assert.equal(editor.contextKeys.get("planwright.hasFolder"), true);
    });
  });

  it("starts no worker by itself, and writes nothing into the folder (E2)", async () => {
    editor.open(folder);
    await window(async () => {
      for (let round = 0; round < 50; round += 1) await turn();
      assert.equal(editor.contextKeys.get("planwright.linkState"), "idle");
      assert.deepEqual(readdirSync(folder), []);
    });
  });

  it("says what to do where no folder is open", async () => {
    await window(async () => {
      editor.onMessage = () => "Open Folder";
      await editor.commands.get("planwright.plan")?.();
      assert.match(editor.messages[0]?.text ?? "", /open the one that has your specification/);
      assert.deepEqual(editor.executed.at(-1)?.command, "vscode.openFolder");
    });
  });

  it("follows folders that come and go (O5)", async () => {
    await window(async () => {
      assert.equal(editor.contextKeys.get("planwright.hasFolder"), false);
      editor.open(folder, mkdtempSync(join(root, "second-")));
      assert.equal(editor.contextKeys.get("planwright.hasFolder"), true);
      editor.open();
      assert.equal(editor.contextKeys.get("planwright.hasFolder"), false);
    });
    assert.deepEqual(editor.leftBehind(), []);
  });
});
