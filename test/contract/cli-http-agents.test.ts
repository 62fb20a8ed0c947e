import assert from "node:assert/strict";
import { CliWorld } from "../support/cli.ts";
import { startRawService, startService, type TestService } from "../support/http-agent.ts";

interface Setting {
  readonly service: Promise<TestService>;
  readonly adapter?: Record<string, unknown>;
  readonly capabilities?: readonly { name: string; estimatedCost?: number }[];
  /** Attributes of the only task. */
  readonly task?: readonly string[];
}

/** A workspace with one agent that is a service, and a spec of one task for it. */
async function withAgent(
  { service, adapter = {}, capabilities = [{ name: "code_review" }], task = [] }: Setting,
  act: (world: CliWorld, service: TestService) => Promise<void>,
): Promise<void> {
  const running = await service;
  const world = new CliWorld();
  try {
    const settings = { kind: "http", urls: [running.url], allowPrivate: true, ...adapter };
    const agent = { id: "remote", name: "Remote", capabilities, adapter: settings };
    world.write(".planwright/agents.json", JSON.stringify({ agents: [agent] }));
    const lines = ["capability: code_review", ...task].map((line) => `  - ${line}\n`).join("");
    world.write("x.spec.md", `---\ntitle: Remote\n---\n\n- [ ] Review it\n${lines}`);
    await act(world, running);
  } finally {
    await world.remove();
    await running.stop();
  }
}

describe("an HTTP agent by the command line (D4)", function () {
  this.timeout(60_000);

  it("does a step and is heard, and its cost is booked", () =>
    withAgent(
      { service: startService((asked) => asked.answer({ result: "Looks good.", cost: 0.25 })) },
      async (world, { asked }) => {
        const { code, stdout } = await world.run("run", "x.spec.md", "--yes");
        assert.equal(code, 0, stdout);
        assert.equal(asked.length, 1);
        assert.match(asked[0]?.request().id ?? "", /./);
        const { steps, costs } = await world.execution();
        assert.equal(costs.total, 0.25);
        assert.equal(steps[0]?.result?.answer, "Looks good.");
        assert.match((await world.run("logs")).stdout, /Looks good\./);
        assert.match((await world.run("budget")).stdout, /remote\s+0\.25 USD/);
      },
    ));

  it("that reports nonsense as its cost has done its step, and nothing is booked for it (E4)", () =>
    withAgent({ service: startService((asked) => asked.answer({ cost: -1 })) }, async (world) => {
      assert.equal((await world.run("run", "x.spec.md", "--yes")).code, 0);
      const { costs } = await world.execution();
      assert.equal(costs.certainty, "unknown");
    }));

  it("that drips its headers is stopped by the timeout of its step (fault 19)", () =>
    withAgent(
      {
        service: startRawService((socket) => {
          socket.write("HTTP/1.1 200 OK\r\n");
          const timer = setInterval(() => socket.write("X-A: 1\r\n"), 50);
          socket.on("close", () => clearInterval(timer));
        }),
        task: ["timeout: 1s", "retries: 0", "onFailure: continue"],
      },
      async (world) => {
        assert.equal((await world.run("run", "x.spec.md", "--yes")).code, 1);
        const { steps } = await world.execution();
        assert.equal(steps[0]?.failure?.code, "timeout");
      },
    ));

  it("is tried again after the pause that it asks for", () => {
    let isBusy = true;
    return withAgent(
      {
        service: startService((asked) => {
          if (!isBusy) {
            asked.answer();
            return;
          }
          isBusy = false;
          asked.response.writeHead(429, { "retry-after": "1" });
          asked.response.end();
        }),
      },
      async (world, { asked }) => {
        assert.equal((await world.run("run", "x.spec.md", "--yes")).code, 0);
        assert.equal(asked.length, 2);
        const keys = asked.map(({ headers }) => headers["idempotency-key"]);
        assert.equal(keys[0], keys[1], "both attempts have one key");
        assert.notEqual(asked[0]?.request().id, asked[1]?.request().id);
      },
    );
  });

  it("registers what it can do, is chosen for it, and shows how it is (D1, D5)", () =>
    withAgent(
      {
        service: startService((asked) => {
          const capabilities = [{ name: "code_review", estimatedCost: 0.5 }];
          if (asked.method === "GET") asked.response.end(JSON.stringify({ capabilities }));
          else asked.answer();
        }),
        adapter: { health: "/health" },
        capabilities: [],
      },
      async (world) => {
        const { code, stdout } = await world.run("run", "x.spec.md", "--yes");
        assert.equal(code, 0, stdout);
        assert.match(stdout, /remote\s+0\.50 USD/);
        assert.match(
          (await world.run("agents")).stdout,
          /remote {2}Remote[^\n]*\n\s*health healthy\n\s*code_review {2}0\.50 USD/,
        );
      },
    ));

  it("without its token is not available, and the reason is told", () =>
    withAgent(
      { service: startService((asked) => asked.answer()), adapter: { tokenEnv: "REMOTE_TOKEN" } },
      async (world, { asked }) => {
        const { stderr, stdout } = await world.run("run", "x.spec.md", "--yes");
        assert.match(stdout + stderr, /remote is not available \(the variable REMOTE_TOKEN is not set/);
        assert.equal(asked.length, 0);
      },
    ));

  it("at a private address is not asked unless its definition allows it (SEC25)", () =>
    withAgent(
      { service: startService((asked) => asked.answer()), adapter: { allowPrivate: false } },
      async (world, { asked }) => {
        const { stderr, stdout } = await world.run("run", "x.spec.md", "--yes");
        assert.match(stdout + stderr, /127\.0\.0\.1 is a private address, which is not allowed/);
        assert.equal(asked.length, 0);
      },
    ));
});
