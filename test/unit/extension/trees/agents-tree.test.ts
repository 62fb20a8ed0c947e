import assert from "node:assert/strict";
import { AgentsTree } from "../../../../extension/trees/agents-tree.ts";
import type { AgentHealth } from "../../../../schemas/agent-health.ts";
import type { AgentView } from "../../../../schemas/agent.ts";
import { healthSummary } from "../../../../extension/trees/health-summary.ts";
import type { Changed } from "../../../../extension/trees/node-tree.ts";
import { anAgent, aSummary, aView, english, FakeFolder, START } from "../../../support/tree-data.ts";

describe("the tree of agents (O4)", () => {
  let folder: FakeFolder;
  let told: Changed[];
  let now: number;
  let tree: AgentsTree;

  beforeEach(() => {
    folder = new FakeFolder(aView({ agents: [anAgent(), anAgent({ id: "other", name: "Other" })] }));
    told = [];
    now = START;
    tree = new AgentsTree({
      folders: () => [folder],
      now: () => now,
      l10n: english,
      tell: (changed) => told.push(changed),
    });
  });

  it("asks how runs went when an agent is opened, and anew when executions went on since", async () => {
    const [first, second] = await tree.children();
    assert.deepEqual(folder.asked, []);
    const labels = (await tree.children(first)).map(({ row }) => row.label);
    assert(labels.includes("Last 30 days"));
    await tree.children(first);
    await tree.children(second);
    assert.deepEqual(folder.asked, ["analytics"]);
    folder.view = aView({ agents: folder.view?.agents ?? [], executions: [aSummary()] });
    tree.update();
    await tree.refresh();
    assert.deepEqual(folder.asked, ["analytics", "analytics"]);
  });

  it("tells only the agent whose load changed", async () => {
    await tree.children();
    folder.view = aView({ agents: [anAgent(), anAgent({ id: "other", name: "Other", load: 2 })] });
    tree.update();
    assert.deepEqual(
      told.map((changed) => (changed === "all" ? "all" : changed.map(({ row }) => `${row.label}: ${row.description}`))),
      [["Other: 2 of 4 running"]],
    );
  });

  it("shows how an agent is, in an icon and a word, with its processes below it, and keeps them while they beat (D5)", async () => {
    const at = new Date(START).toISOString();
    const agents = (beat: number, restarts: number): AgentView[] => {
      const lastBeat = new Date(START + beat).toISOString();
      const process = { pid: 4711, state: "healthy", startedAt: at, lastBeat, load: 1 } as const;
      const health: AgentHealth = {
        state: "healthy",
        detail: null,
        lastSeen: lastBeat,
        restarts,
        processes: [process],
      };
      return [anAgent({ adapter: "process", load: 1, health })];
    };
    now = START + 2_000;
    folder.view = aView({ agents: agents(0, 0) });
    tree.update();
    const [agent] = await tree.children();
    assert.equal(agent?.row.description, "healthy · 1 of 4 running");
    const [process] = await tree.children(agent);
    assert.deepEqual(
      [process?.row.label, process?.row.description],
      ["Process 4711", "healthy · 1 running · heartbeat 2s ago"],
    );
    assert.equal(process?.pid, 4711);
    assert.equal(tree.changes, "each second");
    now = START + 6_000;
    folder.view = aView({ agents: agents(5_000, 1) });
    tree.update();
    const [same] = await tree.children();
    assert.equal(same, agent);
    assert.equal(agent.row.description, "healthy · 1 of 4 running · restarted once");
    const [beaten] = await tree.children(agent);
    assert.equal(beaten, process, "it stays selected");
    assert.match(beaten.row.description, /heartbeat 1s ago/);
  });

  it("says why an agent is not healthy, or given up, and warns by another icon than that of its work (D5, O5)", async () => {
    const health = {
      state: "failed",
      detail: "it crashed 4 times in 5m",
      lastSeen: null,
      restarts: 3,
      processes: [],
    } as const;
    folder.view = aView({
      agents: [
        anAgent({
          adapter: "process",
          available: false,
          unavailableReason: "given up",
          health: { ...health, processes: [] },
        }),
        anAgent({ id: "b", load: 1, health: { ...health, state: "unhealthy", restarts: 0, processes: [] } }),
      ],
    });
    tree.update();
    const [failed, unhealthy] = await tree.children();
    assert.equal(failed?.row.description, "given up · not available · restarted 3 times · given up");
    assert.equal(failed.row.icon.id, "error");
    assert.equal(unhealthy?.row.icon.id, "warning");
    const rows = (await tree.children(failed)).map(({ row }) => `${row.label}: ${row.description}`);
    assert(rows.includes("Why given up: it crashed 4 times in 5m"), rows.join("\n"));
  });

  it("sums up how all agents are, and says nothing while nobody knows (D5)", () => {
    const agent = (state: AgentHealth["state"]): AgentView => anAgent({ health: { ...anAgent().health, state } });
    assert.equal(healthSummary([agent("unknown"), agent("starting")], english), "");
    assert.equal(healthSummary([agent("healthy"), agent("unknown")], english), "1 healthy");
    const all = [agent("healthy"), agent("unhealthy"), agent("failed")];
    assert.equal(healthSummary(all, english), "1 healthy, 2 not");
  });

  it("shows the address of an agent that is a service (D4)", async () => {
    folder.view = aView({ agents: [anAgent({ adapter: "http", argv: null, url: "https://agents.example/run" })] });
    tree.update();
    const [agent] = await tree.children();
    const rows = (await tree.children(agent)).map(({ row }) => `${row.label}: ${row.description}`);
    assert(rows.includes("Address: https://agents.example/run"), rows.join("\n"));
  });

  it("shows whether a coding agent is installed, what to do, and what others are (D4)", async () => {
    const installation = {
      state: "missing",
      version: null,
      protocol: "acp",
      advice: "install it with `npm i -g it`",
    } as const;
    folder.view = aView({
      agents: [
        anAgent({ id: "a", adapter: "acp", argv: null, installation }),
        anAgent({ id: "b", adapter: "mcp", argv: ["server"], subject: "search" }),
        anAgent({ id: "c", adapter: "container", argv: null, subject: "alpine:3" }),
        anAgent({ id: "d", adapter: "llm", argv: null, subject: "openai: some-model" }),
      ],
    });
    tree.update();
    const rows: string[] = [];
    for (const agent of await tree.children())
      rows.push(...(await tree.children(agent)).map(({ row }) => `${row.label}: ${row.description}`));
    for (const row of [
      "Installation: missing · Agent Client Protocol",
      "What to do: install it with `npm i -g it`",
      "Tool: search",
      "Image: alpine:3",
      "Model: openai: some-model",
    ])
      assert(rows.includes(row), `${row} is not among\n${rows.join("\n")}`);
  });

  it("shows what is known of an agent when its figures cannot be asked for", async () => {
    folder.failing = new Error("lost");
    const [first] = await tree.children();
    const labels = (await tree.children(first)).map(({ row }) => row.label);
    assert(labels.includes("Program"));
    assert(!labels.includes("Last 30 days"));
  });
});
