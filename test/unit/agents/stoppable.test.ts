import assert from "node:assert/strict";
import { stoppable } from "../../../worker/agents/stoppable.ts";

describe("work of several parts that can be stopped", () => {
  it("hands a stop to the part that runs, and one that came before to the next part", async () => {
    const graces: number[] = [];
    const part = (): { result: Promise<void>; stop: (graceMs: number) => void } => {
      const { promise, resolve } = Promise.withResolvers<void>();
      return {
        result: promise,
        stop: (graceMs) => {
          graces.push(graceMs);
          resolve();
        },
      };
    };
    const handle = stoppable(async (stops) => {
      await stops.follow(part());
      assert.ok(stops.isStopped && stops.signal.aborted);
      await stops.follow(part());
      return "done";
    });
    handle.stop(5_000);
    assert.equal(await handle.result, "done");
    const [first = 0, second = 0] = graces;
    assert.equal(first, 5_000);
    assert.ok(second > 0 && second <= 5_000, "the grace period goes on and does not begin again");
  });
});
