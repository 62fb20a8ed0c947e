import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentDefinition } from "../../schemas/agent.ts";
import { isRunning } from "../support/attempts.ts";
import { AgentsWorld, hostileAgent } from "../support/process-agents.ts";
import type { BenchResult } from "./result.ts";

const LENGTH_MS = 60_000;
/** Agents beat every 50 ms, and are told unhealthy after a second of silence: sixty times as strict as by default. */
const TIMEOUT_MS = 1_000;
const MOST_RESTARTS = 30;

/** Nine supervised agents for a minute: eight work and beat, one crashes every second until it is given up. */
export async function run(): Promise<BenchResult[]> {
  const world = new AgentsWorld(await realpath(await mkdtemp(join(tmpdir(), "planwright-bench-"))));
  const supervision = { timeout: TIMEOUT_MS, stagger: 100, maxRestarts: MOST_RESTARTS, window: 3_600_000 };
  const agent = (id: string): AgentDefinition => hostileAgent("work", { id, lifetime: "shared", supervision });
  const good = Array.from({ length: 8 }, (_one, index) => agent(`agent-${index}`));
  const crashing = agent("crashing");
  const until = performance.now() + LENGTH_MS;
  let longest = 0;
  const watch = setInterval(() => {
    for (const one of good)
      for (const { lastBeat } of world.health(one)?.processes ?? [])
        if (lastBeat !== null) longest = Math.max(longest, Date.now() - Date.parse(lastBeat));
  }, 20);
  try {
    const failed = good.map(async (one) => {
      let failures = 0;
      while (performance.now() < until) if ((await world.end(one, "slow")) !== "succeeded") failures += 1;
      return failures;
    });
    let crashes = 0;
    while (performance.now() < until) {
      if ((await world.end(crashing, "crash")) === "crash") crashes += 1;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    const failures = (await Promise.all(failed)).reduce((sum, one) => sum + one, 0);
    const missed = good.flatMap((one) => world.told(one)).filter((type) => type !== "agent:started").length;
    const started = world.told(crashing).filter((type) => type === "agent:started").length;
    const pids = [...good, crashing].flatMap((one) => world.health(one)?.processes.map(({ pid }) => pid) ?? []);
    await world.close();
    const left = (await Promise.all(pids.map(isRunning))).filter(Boolean).length;
    return [
      {
        name: "nine agents, one crashes every second",
        ours: missed + failures,
        peer: null,
        unit: "missed beats and failed attempts of the others",
        ratio: null,
        limit: `0, at most ${MOST_RESTARTS} restarts`,
        pass: missed + failures === 0 && started - 1 <= MOST_RESTARTS && crashes === MOST_RESTARTS + 1 && left === 0,
        note: `a minute; longest silence ${longest} ms of ${TIMEOUT_MS}; ${crashes} crashes, ${started - 1} restarts, then given up; ${left} processes left at the end`,
      },
    ];
  } finally {
    clearInterval(watch);
    await world.close();
    await rm(world.folder, { recursive: true, force: true });
  }
}
