import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../schemas/version.ts";
import { connectWorker } from "../../worker/link/connect.ts";
import { eventually } from "../support/editor/eventually.ts";
import "../support/vscode/register.ts";

const { activate, deactivate } = await import("../../extension/extension.ts");
const { editor } = await import("../support/vscode/editor.ts");
const { extensionContext } = await import("../support/vscode/context.ts");

const TINY = fileURLToPath(new URL("../support/tiny-worker.ts", import.meta.url));

describe("a window that could not start a worker (O2)", () => {
  let root: string;
  let before: string | undefined;
  beforeEach(async () => {
    editor.reset();
    root = await mkdtemp(path.join(tmpdir(), "planwright-focus-"));
    before = process.env["XDG_STATE_HOME"];
    process.env["XDG_STATE_HOME"] = path.join(root, "state");
  });
  afterEach(async () => {
    if (before === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before;
    await rm(root, { recursive: true, force: true, maxRetries: 10 });
  });

  it("finds one that somebody else has started when its person comes back to it", async () => {
    const folder = path.join(root, "work");
    await mkdir(folder);
    editor.open(folder);
    const given = extensionContext();
    activate(given);
    const linkState = (): unknown => editor.contextKeys.get("planwright.linkState");
    // The extension that is not built has no worker beside it.
    await editor.commands.get("planwright.doctor")?.();
    assert.equal(linkState(), "lost");
    const other = await connectWorker(folder, {
      ...{ start: true, workerEntry: TINY, clientName: "test", version: VERSION },
      environment: { ...process.env, PLANWRIGHT_TEST_VERSION: VERSION },
    });
    try {
      editor.windowState.fire({ focused: true });
      await eventually(() => assert.equal(linkState(), "connected"));
    } finally {
      await deactivate();
      for (const subscription of given.subscriptions) subscription.dispose();
      other.client.dispose();
      process.kill(other.hello.pid, "SIGTERM");
    }
  }).timeout(30_000);
});
