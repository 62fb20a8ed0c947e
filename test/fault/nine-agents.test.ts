import assert from "node:assert/strict";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentDefinition } from "../../schemas/agent.ts";
import { AgentsWorld, hostileAgent } from "../support/process-agents.ts";

const TIMEOUT_MS = 2_000;

describe("nine process agents side by side (C7, C8, D5)", function () {
  this.timeout(60_000);

  it("crashes, hangs and floods of some touch no other: no heartbeat is missed, every attempt of the others succeeds", async () => {
    const world = new AgentsWorld(await realpath(await mkdtemp(join(tmpdir(), "planwright-agents-"))));
    const shared = (id: string): AgentDefinition =>
      hostileAgent("work", { id, lifetime: "shared", supervision: { timeout: TIMEOUT_MS, stagger: 20 } });
    const good = ["one", "two", "three", "four", "five", "six"].map(shared);
    const [crashing, hanging, flooding] = [shared("crashing"), shared("hanging"), shared("flooding")];
    let isOver = false;
    /** Works through attempts, one after the other, until the others have done their worst. */
    const working = async (agent: AgentDefinition): Promise<string[]> => {
      const ends: string[] = [];
      while (!isOver) ends.push(await world.end(agent, "slow"));
      return ends;
    };
    let longest = 0;
    const watch = setInterval(() => {
      for (const agent of good) {
        const [one] = world.health(agent)?.processes ?? [];
        if (one?.lastBeat) longest = Math.max(longest, Date.now() - Date.parse(one.lastBeat));
      }
    }, 50);
    try {
      const works = good.map(working);
      const faults = await Promise.all([
        (async () => {
          const ends: string[] = [];
          for (let attempt = 0; attempt < 6; attempt += 1) ends.push(await world.end(crashing, "crash"));
          return ends;
        })(),
        (async () => [await world.end(hanging, "mute"), await world.end(hanging, "mute")])(),
        (async () => [await world.end(flooding, "flood"), await world.end(flooding, "flood")])(),
      ]);
      isOver = true;
      assert.deepEqual(faults, [
        ["crash", "crash", "crash", "crash", "agent_unavailable", "agent_unavailable"],
        ["unhealthy", "unhealthy"],
        ["succeeded", "succeeded"],
      ]);
      for (const ends of await Promise.all(works)) {
        assert.ok(ends.length >= 3, `${ends.length} attempts`);
        assert.deepEqual(new Set(ends), new Set(["succeeded"]));
      }
      for (const agent of good) assert.deepEqual(world.told(agent), ["agent:started"], agent.id);
      assert.ok(longest < TIMEOUT_MS / 2, `a heartbeat came after ${longest} ms`);
      assert.equal(world.told(crashing).filter((type) => type === "agent:started").length, 4);
    } finally {
      isOver = true;
      clearInterval(watch);
      await world.close();
      await rm(world.folder, { recursive: true, force: true });
    }
  });
});
