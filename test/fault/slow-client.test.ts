import assert from "node:assert/strict";
import { SubscriptionBatch } from "../../schemas/operations/subscription.ts";
import { GrowingLog } from "../support/growing-log.ts";
import { greeted, parseFrame } from "../support/raw-peer.ts";
import { withServer } from "../support/served.ts";
import { settled } from "../support/settled.ts";
import { tinyDomain } from "../support/tiny-domain.ts";

describe("a client that does not read (design, section 3)", function () {
  this.timeout(30_000);

  it("costs one batch of memory, and gets everything once it reads again", async () => {
    const log = new GrowingLog(() => true, "x".repeat(10_000));
    log.append(20_000);
    const domain = tinyDomain({}, { log: async ({ after }) => log.source(after) });
    await withServer({ domain }, async ({ client, socket }) => {
      const other = await client();
      const slow = await socket();
      await greeted(slow);
      slow.pause();
      const params = { topic: { kind: "log", executionId: "run-1" } };
      slow.send(JSON.stringify({ jsonrpc: "2.0", id: 0, method: "subscription.open", params }));
      // Others are served meanwhile, and there is time enough to read all 200 MB if nothing held it back.
      for (let turn = 0; turn < 500; turn += 1) {
        await other.call("agent.list", {});
        await settled(5);
      }
      // What the kernel's buffers on both sides took, and one batch: 250 entries of 10 kB each.
      assert.ok(log.reads > 0 && log.reads < 20, `${log.reads} reads of 80`);
      const received: number[] = [];
      const all = new Promise<void>((resolve) => {
        slow.on("message", (data) => {
          const { method, params } = parseFrame(data);
          if (method !== "subscription.batch") return;
          const batch = SubscriptionBatch.parse(params);
          assert.ok(batch.kind === "log");
          for (const { message: text } of batch.entries) received.push(Number.parseInt(text, 10));
          if (received.length === log.length) resolve();
        });
      });
      slow.resume();
      await all;
      assert.deepEqual(received, log.expected());
      slow.terminate();
    });
  });
});
