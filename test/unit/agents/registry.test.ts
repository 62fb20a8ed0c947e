import { AgentAdapter } from "../../../schemas/agent.ts";
import { approvedOf } from "../../../worker/agents/ways.ts";
import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentView } from "../../../schemas/agent.ts";
import { UNKNOWN_HEALTH } from "../../../schemas/agent-health.ts";
import { createRegistry, type Registry } from "../../../worker/agents/registry.ts";
import { inWorkspace } from "../../support/attempts.ts";

const definition = (id: string, argv: string[] | null, more: object = {}): object => ({
  id,
  name: id,
  capabilities: [{ name: "code_generation", estimatedCost: 0.2, estimatedDuration: 60_000 }],
  adapter: { kind: "command", argv },
  ...more,
});
/** Without the coding agents that are known, which have tests of their own. */
const others = (registry: Registry): AgentView[] => registry.list().filter(({ adapter }) => adapter !== "acp");
const text = (...agents: object[]): string => JSON.stringify({ agents });

describe("the registry of agents (D1)", () => {
  const withText = (read: () => string | null, programs: string[] = []) =>
    createRegistry({
      agentsFile: "/w/.planwright/agents.json",
      readText: async () => read(),
      findProgram: async (program) => (programs.includes(program) ? `/bin/${program}` : null),
    });

  it("has the built-in agents without a file", async () => {
    const registry = await withText(() => null);
    assert.deepEqual(registry.problems(), []);
    assert.deepEqual(
      others(registry).map(({ id, type, adapter, simulated, origin, available, load }) => [
        id,
        type,
        adapter,
        simulated,
        origin,
        available,
        load,
      ]),
      [
        ["shell", "executor", "command", false, "built-in", true, 0],
        ["simulated", "simulated", "simulated", true, "built-in", true, 0],
      ],
    );
    const [command] = registry.definition("shell")?.capabilities ?? [];
    assert.deepEqual([command?.name, command?.estimatedCost, command?.estimatedDuration], ["command", 0, 10_000]);
    assert.ok((registry.definition("simulated")?.capabilities.length ?? 0) >= 21);
  });

  it("shows agents of the file with what keeps them from working", async () => {
    const agents = text(
      definition("one", ["claude"]),
      definition("two", ["./bin/agent"]),
      definition("three", ["found"]),
      definition("four", null),
    );
    const registry = await withText(() => agents, ["found"]);
    assert.deepEqual(
      others(registry)
        .slice(2)
        .map(({ id, origin, available, unavailableReason }) => [id, origin, available, unavailableReason]),
      [
        ["one", "workspace", false, "program 'claude' is not on PATH"],
        ["two", "workspace", false, "program './bin/agent' does not exist or may not be run"],
        ["three", "workspace", true, null],
        ["four", "workspace", true, null],
      ],
    );
  });

  it("keeps the built-in agents and uses nothing of a bad file, and follows its correction", async () => {
    let content: string | null = text(definition("one", null), { id: "two" });
    const registry = await withText(() => content);
    assert.deepEqual(
      others(registry).map(({ id }) => id),
      ["shell", "simulated"],
    );
    assert.match(registry.problems()[0] ?? "", /^\/w\/\.planwright\/agents\.json:1:\d+: agents\[1\]\.name: missing/);
    assert.equal(registry.failures()[0]?.code, "bad_agents_file");
    content = text(definition("one", null));
    await registry.refresh();
    assert.deepEqual([registry.problems(), registry.definition("one")?.name], [[], "one"]);
    content = null;
    await registry.refresh();
    assert.equal(registry.definition("one"), null);
    assert.equal(registry.definitionHash("one"), null);
  });

  it("looks for the program of a process agent, too, and tells which agents are given up for a while (C8)", async () => {
    const supervised = (id: string, program: string): object =>
      definition(id, null, { adapter: { kind: "process", argv: [program, "agent.mjs"] } });
    const registry = await createRegistry({
      agentsFile: "/w/.planwright/agents.json",
      readText: async () => text(supervised("fit", "node"), supervised("failed", "node"), supervised("missing", "nod")),
      findProgram: async (program) => (program === "node" ? "/bin/node" : null),
      health: ({ id }) => ({ ...UNKNOWN_HEALTH, state: id === "failed" ? "failed" : "unhealthy", detail: "it fell" }),
    });
    assert.deepEqual(
      others(registry).flatMap(({ id, origin, unavailableReason }) =>
        origin === "built-in" ? [] : [[id, unavailableReason]],
      ),
      [
        ["fit", null],
        ["failed", "it was restarted too often and is given up for a while: it fell"],
        ["missing", "program 'nod' is not on PATH"],
      ],
    );
  });

  it("says that its file cannot be read", () =>
    inWorkspace(async (folder) => {
      await mkdir(join(folder, ".planwright", "agents.json"), { recursive: true });
      const registry = await createRegistry({ agentsFile: join(folder, ".planwright", "agents.json") });
      assert.match(
        registry.problems()[0] ?? "",
        /agents\.json cannot be read \(EISDIR.*: make it readable, or remove it/,
      );
      assert.equal(others(registry).length, 2);
    }));

  it("hashes what a definition says, not how it is written", async () => {
    const hash = async (content: string): Promise<string | null> =>
      (await withText(() => content)).definitionHash("one");
    const plain = await hash(text(definition("one", ["x"])));
    assert.match(plain ?? "", /^[0-9a-f]{64}$/);
    assert.equal(await hash(JSON.stringify({ agents: [{ maxLoad: 4, ...definition("one", ["x"]) }] }, null, 4)), plain);
    assert.notEqual(await hash(text(definition("one", ["x", ""].slice(0, 1), { priority: 1 }))), plain);
    assert.notEqual(await hash(text(definition("one", ["y"]))), plain);
    assert.notEqual(
      await hash(text(definition("one", null, { adapter: { kind: "command", argv: ["x"], env: { A: "1" } } }))),
      plain,
    );
  });

  it("counts what runs, and lets go once", async () => {
    const registry = await withText(() => null);
    const load = (): number | undefined => others(registry)[0]?.load;
    const [first, second] = [registry.acquire("shell"), registry.acquire("shell")];
    assert.equal(load(), 2);
    first();
    first();
    assert.equal(load(), 1);
    second();
    assert.equal(load(), 0);
  });

  it("tells how much each agent takes at a time", async () => {
    const registry = await withText(() => text(definition("one", null, { maxLoad: 2 })));
    assert.deepEqual(registry.limits(["one", "one", "nobody"]), { one: 2 });
  });

  it("finds programs on the PATH that the agent will have", () =>
    inWorkspace(async (folder) => {
      await mkdir(join(folder, ".planwright"));
      await mkdir(join(folder, "bin"));
      await writeFile(join(folder, "bin", "mine"), "#!/bin/sh\n");
      await writeFile(join(folder, "bin", "plain"), "");
      await chmod(join(folder, "bin", "mine"), 0o755);
      const own = { adapter: { kind: "command", argv: ["mine"], env: { PATH: join(folder, "bin") } } };
      const agents = [
        definition("a", ["mine"]),
        definition("b", null, own),
        definition("c", ["bin/mine"]),
        definition("d", ["bin/plain"]),
      ];
      await writeFile(join(folder, ".planwright", "agents.json"), text(...agents));
      const environment = { PATH: "/usr/bin:/bin" };
      const registry = await createRegistry({ agentsFile: join(folder, ".planwright", "agents.json"), environment });
      assert.deepEqual(
        others(registry)
          .slice(2)
          .map(({ id, available }) => [id, available]),
        [
          ["a", false],
          ["b", true],
          ["c", true],
          ["d", false],
        ],
      );
    }));
});

describe("what a person approves with an agent (B2, SEC10)", () => {
  const shown = (adapter: unknown): string | undefined => approvedOf(AgentAdapter.parse(adapter))?.join(" ");

  it("is all that it reaches and is given: engine, network, mounts, addresses, and the names of keys, never their values", () => {
    const env = { API_KEY: "s3cret" };
    const mounts = [{ source: "data", target: "/data" }];
    assert.equal(
      shown({ kind: "container", image: "alpine", engine: "./engine", network: "host", mounts, env }),
      "./engine run --network=host --mount=data:/data:ro --env=API_KEY alpine",
    );
    const url = "https://models.example/v1";
    assert.equal(
      shown({ kind: "llm", provider: "openai-compatible", model: "m", urls: [url], key: "OTHER_KEY" }),
      `ask openai-compatible:m ${url} with the value of OTHER_KEY`,
    );
    assert.equal(
      shown({ kind: "mcp", tool: "t", server: { transport: "http", url, tokenEnv: "TOKEN" } }),
      `POST ${url} with the value of TOKEN`,
    );
    assert.equal(shown({ kind: "mcp", tool: "t", server: { transport: "stdio", argv: ["s"], env } }), "s with API_KEY");
    assert.equal(shown({ kind: "acp", program: "claude", passEnv: ["AWS_KEY"] }), "claude with AWS_KEY");
    assert.equal(shown({ kind: "command", argv: ["p", "-x"], env }), "p -x");
    assert.equal(shown({ kind: "command" }), undefined);
  });
});
