import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { AgentHealth, LifecycleEvent } from "../../schemas/agent-health.ts";
import { isRunning } from "../support/attempts.ts";
import { CliWorld, endProcess } from "../support/cli.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/agents/", import.meta.url));
const HOSTILE = fileURLToPath(new URL("../fixtures/hostile-agent.mjs", import.meta.url));
const HAS_PYTHON = spawnSync("python3", ["--version"]).status === 0;

const Agents = z.object({
  agents: z.array(z.looseObject({ id: z.string(), load: z.int(), health: AgentHealth })),
  health: z.object({ healthy: z.int(), unhealthy: z.int(), total: z.int() }),
});

const QUICK = { heartbeat: 100, timeout: 800, grace: 2_000, stagger: 0, stopGrace: 500 };

/** The agent without manners under several names, by its first argument. */
function useHostileAgents(world: CliWorld, firsts: string[], supervision: { timeout?: number } = {}): void {
  copyFileSync(HOSTILE, join(world.folder, "hostile-agent.mjs"));
  const agents = firsts.map((first) => ({
    id: first,
    name: first,
    capabilities: [{ name: "work" }],
    adapter: {
      kind: "process",
      argv: [process.execPath, "hostile-agent.mjs", first],
      lifetime: "shared",
      supervision: { ...QUICK, ...supervision },
    },
  }));
  world.write(".planwright/agents.json", JSON.stringify({ agents }));
}

async function healthOf(world: CliWorld, id: string): Promise<AgentHealth> {
  const { agents } = await world.json(Agents, "agents");
  const agent = agents.find((one) => one.id === id);
  assert.ok(agent);
  return agent.health;
}

describe("process agents, from the command line (C8, D4, D5)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  it("the example runs: an agent in ten lines, in JavaScript and Python", async function () {
    if (!HAS_PYTHON) this.skip();
    cpSync(EXAMPLES, world.folder, { recursive: true });
    const { code, stdout } = await world.run("run", "agents.spec.md", "--yes");
    assert.equal(code, 0, stdout);
    assert.match(stdout, /3 of 3 completed.*cost 0\.003 USD, measured/);
    const { stdout: log } = await world.run("logs");
    assert.equal(log.match(/progress 50 %: thinking about it/g)?.length, 3);
    const { stdout: list } = await world.run("agents");
    assert.match(list, /echo-js.*\n {4}health healthy\n {4}pid \d+ {2}healthy, load 0, last heartbeat .* ago/);
    assert.equal((await healthOf(world, "echo-py")).state, "unknown", "a process for each attempt leaves with it");
  });

  it("faults, restarts and recoveries are told to whoever follows, and touch no other agent", async () => {
    useHostileAgents(world, ["mute", "work"]);
    world.write("a.spec.md", "- [ ] Mute\n  - agent: mute\n- [ ] Work\n  - agent: work\n  - needs: none\n");
    const following = world.start(["agents", "--follow", "--json"]);
    await following.printed("orchestrator:started");
    const { code, stdout: stdoutOfRun } = await world.run("run", "a.spec.md", "--yes", "--unattended");
    assert.equal(code, 1, stdoutOfRun);
    following.process.kill("SIGINT");
    const { code: left, stdout } = await following.result;
    assert.equal(left, 0);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => LifecycleEvent.parse(JSON.parse(line)));
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_event, index) => index + 1),
    );
    const types = new Set(events.map(({ type }) => type));
    for (const type of ["orchestrator:started", "agent:started", "agent:unhealthy", "agent:recovered"] as const)
      assert.ok(types.has(type), type);
    assert.equal((await healthOf(world, "mute")).restarts, 3);
    assert.equal((await healthOf(world, "work")).restarts, 0);
  });

  it("a worker that stands still (SIGSTOP, a sleeping machine) makes no agent unhealthy (fault 12)", async () => {
    useHostileAgents(world, ["endless"], { timeout: 3_000 });
    world.write("a.spec.md", "- [ ] Endless\n  - agent: endless\n");
    const run = world.start(["run", "a.spec.md", "--yes"]);
    await run.printed("▶ Endless");
    while ((await healthOf(world, "endless")).state !== "healthy");
    const before = await healthOf(world, "endless");
    const worker = world.workerPid() ?? 0;
    const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const agent = before.processes[0]?.pid ?? 0;
    // Longer than any silence that is allowed: what is measured is the time that passes for the agent.
    process.kill(worker, "SIGSTOP");
    process.kill(agent, "SIGSTOP");
    await pause(3_500);
    process.kill(worker, "SIGCONT");
    await pause(800);
    process.kill(agent, "SIGCONT");
    const beaten = before.processes[0]?.lastBeat ?? "";
    let now = await healthOf(world, "endless");
    for (; (now.processes[0]?.lastBeat ?? "") <= beaten; now = await healthOf(world, "endless"));
    assert.deepEqual([now.state, now.restarts, now.processes[0]?.pid], ["healthy", 0, before.processes[0]?.pid]);
    await world.run("cancel", "--force");
    await run.result;
  });

  it("kill -9 of the worker: agents of the kit notice and leave; others are ended by the next worker (fault 1)", async () => {
    cpSync(EXAMPLES, world.folder, { recursive: true });
    world.write("kit.spec.md", "- [ ] Kit\n  - agent: echo-js\n");
    assert.equal((await world.run("run", "kit.spec.md", "--yes")).code, 0);
    const kit = (await healthOf(world, "echo-js")).processes[0]?.pid ?? 0;
    assert.ok(await isRunning(kit));
    useHostileAgents(world, ["work"]);
    world.write("a.spec.md", "- [ ] Work\n  - agent: work\n");
    assert.equal((await world.run("run", "a.spec.md", "--yes")).code, 0);
    const hostile = (await healthOf(world, "work")).processes[0]?.pid ?? 0;
    await endProcess(world.workerPid() ?? 0, "SIGKILL");
    while (await isRunning(kit));
    await world.run("status");
    assert.ok(!(await isRunning(hostile)));
  });
});
