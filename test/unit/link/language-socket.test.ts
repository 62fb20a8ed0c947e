import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketServer, type WebSocket } from "ws";
import { FailureError } from "../../../schemas/failure.ts";
import type { WorkerRecord } from "../../../schemas/worker-record.ts";
import { openLanguageSocket } from "../../../worker/link/language-socket.ts";

describe("the way to a worker's language server (O2)", () => {
  let server: WebSocketServer;
  let record: WorkerRecord;
  beforeEach(async () => {
    server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    const address: AddressInfo | string | null = server.address();
    record = {
      ...{ pid: process.pid, processStart: null, port: typeof address === "object" && address ? address.port : 0 },
      ...{ token: "t".repeat(43), protocol: 2, version: "1.0.0", folder: "/proj", epoch: 1 },
      startedAt: "2026-01-01T00:00:00.000Z",
    };
  });
  afterEach(() => {
    server.close();
  });

  it("tells its end also when that came before anybody listened", async () => {
    server.on("connection", (socket: WebSocket) => {
      socket.terminate();
    });
    const { reader } = await openLanguageSocket(record);
    await sleep(50);
    const closed = new Promise<string>((resolve) => {
      reader.onClose(() => {
        resolve("closed");
      });
    });
    reader.listen(() => {});
    assert.equal(await closed, "closed");
  });

  it("says so when nobody is there", async () => {
    server.close();
    await assert.rejects(openLanguageSocket(record), (error) => {
      assert.ok(error instanceof FailureError);
      assert.deepEqual([error.failure.code, error.failure.retryable], ["worker_unavailable", true]);
      return true;
    });
  });
});
