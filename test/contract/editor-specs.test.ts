import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  CodeLensRequest,
  createProtocolConnection,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from "vscode-languageserver/node";
import type { WorkerRecord } from "../../schemas/worker-record.ts";
import { openLanguageSocket } from "../../worker/link/language-socket.ts";
import { CliWorld } from "../support/cli.ts";

const SPEC = "- [ ] Say hello\n  - id: hello\n  - command: [echo, hello]\n- [ ] Ask nobody\n  - needs: nobody\n";

describe("specs in an editor, through the worker's own door (O2, L2)", () => {
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  it("are checked and have lenses before anything is saved, and nothing is written to the workspace", async () => {
    const client = await world.connect();
    const uri = pathToFileURL(join(world.folder, "new.spec.md")).href;
    const editor = await openEditor(recordOf(world));
    const { diagnostics } = await editor.open(uri, SPEC);
    assert.deepEqual(new Set(diagnostics.map(({ code }) => code)), new Set(["no-agent", "unknown-dependency"]));
    const lenses = await editor.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } });
    assert.equal(lenses?.length, 4);
    assert.equal(existsSync(join(world.folder, ".planwright")), false);
    assert.equal((await client.call("worker.status", {})).clients, 2);
    await editor.leave();
    client.dispose();
  });

  it("tell the last run, and the worker outlives an editor that leaves in order", async () => {
    world.write("a.spec.md", "- [ ] Say hello\n  - id: hello\n  - command: [echo, hello]\n");
    assert.equal((await world.run("run", "a.spec.md", "--yes")).code, 0);
    const client = await world.connect();
    const uri = pathToFileURL(join(world.folder, "a.spec.md")).href;
    const editor = await openEditor(recordOf(world));
    await editor.open(uri, world.read("a.spec.md"));
    const lenses = await editor.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } });
    const titles = lenses?.map(({ command }) => command?.title.replace(/\d+m?s/, "…").replaceAll("\u00a0", " "));
    assert.deepEqual(titles?.slice(2), [
      "$(pass) completed · … · 0.00 USD",
      "$(pass) completed · … · 0.00 USD",
      "$(output) Open log",
    ]);
    await editor.leave();
    assert.equal((await client.call("worker.status", {})).pid, recordOf(world).pid);
    client.dispose();
  });
});

function recordOf(world: CliWorld): WorkerRecord {
  const record = world.workerRecord();
  assert.ok(record);
  return record;
}

async function openEditor(record: WorkerRecord): Promise<{
  connection: ProtocolConnection;
  open(uri: string, text: string): Promise<PublishDiagnosticsParams>;
  leave(): Promise<void>;
}> {
  const socket = await openLanguageSocket(record);
  const connection = createProtocolConnection(socket.reader, socket.writer);
  connection.listen();
  await connection.sendRequest(InitializeRequest.method, { processId: process.pid, capabilities: {} });
  await connection.sendNotification(InitializedNotification.type, {});
  return {
    connection,
    async open(uri, text) {
      const told = new Promise<PublishDiagnosticsParams>((resolve) => {
        connection.onNotification(PublishDiagnosticsNotification.type, resolve);
      });
      const textDocument = { uri, languageId: "planwright-spec", version: 1, text };
      await connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
      return told;
    },
    async leave() {
      const closed = new Promise<void>((resolve) => void connection.onClose(resolve));
      await connection.sendRequest(ShutdownRequest.type);
      await connection.sendNotification(ExitNotification.type);
      await closed;
    },
  };
}
