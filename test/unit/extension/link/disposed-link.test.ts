import assert from "node:assert/strict";
import { FolderLink } from "../../../../extension/link/folder-link.ts";
import { FakeClock, quiet } from "../../../support/fake-clock.ts";
import { failureOf } from "../../../support/played-batches.ts";
import { PlayedDoor, PlayedWorker } from "../../../support/played-worker.ts";

describe("a link that is disposed (O2)", () => {
  it("lets go of a worker that answers a moment later", async () => {
    const worker = new PlayedWorker(1);
    const door = new PlayedDoor(worker);
    const clock = new FakeClock();
    const answer = Promise.withResolvers<void>();
    door.connect = async () => {
      await answer.promise;
      return worker.connection();
    };
    const link = new FolderLink({
      ...{ folder: "/proj", workerEntry: "/worker.mjs", version: "2.0.0", clientName: "test", clock },
      openDoor: async () => door,
      log: () => {},
    });
    const connecting = failureOf(link.connect());
    await quiet();
    const disposing = link.dispose();
    answer.resolve();
    await disposing;
    assert.equal((await connecting).code, "cancelled");
    assert.deepEqual([worker.isOpen, clock.pending], [false, 0]);
  });
});
