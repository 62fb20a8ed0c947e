import assert from "node:assert/strict";
import { FailureError } from "../../../schemas/failure.ts";
import { CommandDesk, recentCommands } from "../../../worker/server/idempotent.ts";
import { commandsInMemory } from "../../support/tiny-domain.ts";

describe("changing operations sent twice (design, section 3)", () => {
  it("answer the second time what they answered first, and act once", async () => {
    const desk = deskInMemory();
    let acted = 0;
    const act = async (): Promise<number> => (acted += 1);
    assert.equal(await desk.once("execution.start", "command-1", act), 1);
    assert.equal(await desk.once("execution.start", "command-1", act), 1);
    assert.equal(await desk.once("execution.start", "command-2", act), 2);
    assert.equal(acted, 2);
  });

  it("act once when both arrive at the same time", async () => {
    const desk = deskInMemory();
    const gate = Promise.withResolvers<string>();
    let acted = 0;
    const act = (): Promise<string> => {
      acted += 1;
      return gate.promise;
    };
    const both = Promise.all([desk.once("plan.create", "command-1", act), desk.once("plan.create", "command-1", act)]);
    gate.resolve("plan");
    assert.deepEqual(await both, ["plan", "plan"]);
    assert.equal(acted, 1);
  });

  it("may succeed when sent again after a failure, which is told to both callers of one attempt", async () => {
    const desk = deskInMemory();
    const broken = (): Promise<never> => Promise.reject(new Error("no space"));
    const both = await Promise.allSettled([
      desk.once("plan.create", "command-1", broken),
      desk.once("plan.create", "command-1", broken),
    ]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    assert.equal(await desk.once("plan.create", "command-1", async () => "plan"), "plan");
  });

  it("refuse an id that was used for another operation, also while that one is at work", async () => {
    const desk = deskInMemory();
    const gate = Promise.withResolvers<string>();
    const first = desk.once("plan.create", "command-1", () => gate.promise);
    await assert.rejects(
      desk.once("plan.approve", "command-1", async () => "x"),
      isBadRequest,
    );
    gate.resolve("plan");
    await first;
    await assert.rejects(
      desk.once("plan.approve", "command-1", async () => "x"),
      isBadRequest,
    );
  });

  it("are remembered in bounded memory; what falls out is still in the store", async () => {
    const durable = commandsInMemory();
    const memory = recentCommands(durable, 100);
    for (let number = 0; number < 50; number += 1) await memory.put(`command-${number}`, "plan.create", "x".repeat(40));
    let asked = 0;
    const counting = recentCommands({ get: async (id) => ((asked += 1), durable.get(id)), put: durable.put }, 100);
    for (const number of [1, 2, 3]) await counting.put(`command-${number}`, "plan.create", "x".repeat(40));
    assert.ok(await counting.get("command-3"));
    assert.ok(await counting.get("command-2"));
    assert.equal(asked, 0);
    assert.ok(await counting.get("command-1"));
    assert.equal(asked, 1);
    assert.ok(await memory.get("command-0"));
  });

  it("give back a large answer as it was", async () => {
    const memory = recentCommands({ get: async () => undefined, put: async () => {} });
    const result = JSON.stringify({ title: "Für “dich”".repeat(100_000) });
    await memory.put("command-1", "plan.create", result);
    assert.deepEqual(await memory.get("command-1"), { operation: "plan.create", result });
  });

  it("keep the newest answer in memory even when it is larger than the bound", async () => {
    const nowhere = { get: async () => undefined, put: async () => {} };
    const memory = recentCommands(nowhere, 10);
    await memory.put("command-1", "plan.create", "x".repeat(100));
    assert.ok(await memory.get("command-1"));
    await memory.put("command-2", "plan.create", "y");
    assert.equal(await memory.get("command-1"), undefined);
  });
});

function deskInMemory(): CommandDesk {
  const memory = commandsInMemory();
  return new CommandDesk(async () => memory);
}

function isBadRequest(error: unknown): boolean {
  return error instanceof FailureError && error.failure.code === "bad_request";
}
