import assert from "node:assert/strict";
import { FolderLink } from "../../../../extension/link/folder-link.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { failureOf } from "../../../support/played-batches.ts";
import { PlayedDoor, PlayedWorker } from "../../../support/played-worker.ts";

describe("a link whose worker cannot be ended (O2)", () => {
  it("says so to who asked for another one, and keeps the one that it has", async () => {
    const worker = new PlayedWorker(7);
    const door = new PlayedDoor(worker);
    door.end = async () => false;
    const link = new FolderLink({
      ...{ folder: "/proj", workerEntry: "/worker.mjs", version: "2.0.0", clientName: "test", clock: new FakeClock() },
      openDoor: async () => door,
      log: () => {},
    });
    await link.connect();
    const { code, message } = await failureOf(link.restart());
    assert.equal(code, "worker_unavailable");
    assert.match(message, /process 7\) could not be ended/);
    assert.deepEqual([worker.isOpen, link.state.kind, door.calls], [true, "connected", ["start"]]);
    await link.dispose();
  });
});
