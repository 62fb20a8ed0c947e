import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { AgentView } from "../../schemas/agent.ts";
import { CliWorld } from "../support/cli.ts";
import { promptOf, quota, say, type Answer } from "../support/model-server/conversation.ts";
import { ModelServer } from "../support/model-server/model-server.ts";

const KEY = "sk-planwright-test-4711";
const VARIABLE = "SHOP_MODEL_ACCESS";

interface Setting {
  readonly answers: readonly Answer[];
  readonly adapter?: Record<string, unknown>;
  readonly spec?: string;
}

/** A workspace with one language model, whose key is in the environment, and a spec of one task for it. */
async function withModel(
  { answers, adapter = {}, spec = "- [ ] Write the guide\n  - agent: writer\n  - output: docs/guide.md\n" }: Setting,
  act: (world: CliWorld, model: ModelServer) => Promise<void>,
): Promise<void> {
  const turns = answers.map((answer, index) => ({ name: `turn ${index}`, when: () => true, answer }));
  const model = await ModelServer.start(turns);
  const world = new CliWorld();
  world.environment = { [VARIABLE]: KEY };
  try {
    const settings = {
      kind: "llm",
      provider: "anthropic",
      model: "m",
      urls: [`${model.url}/v1`],
      key: VARIABLE,
      ...adapter,
    };
    const agent = { id: "writer", name: "Writer", capabilities: [{ name: "document_creation" }], adapter: settings };
    world.write(".planwright/agents.json", JSON.stringify({ agents: [agent] }));
    world.write("x.spec.md", `---\ntitle: Guide\n---\n\n${spec}`);
    await act(world, model);
  } finally {
    await world.remove();
    await model.stop();
  }
}

/** Every file below a folder, as text. */
function everything(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

describe("a language model by the command line (D4)", function () {
  this.timeout(60_000);

  it("writes the one output of its step, what it cost is booked, and its key is kept nowhere (E4, SEC21)", () =>
    withModel(
      { answers: [say(`# Guide\n\nThe key is ${KEY}.`)], adapter: { price: { input: 1, output: 10 } } },
      async (world, model) => {
        const { code, stdout, stderr } = await world.run("run", "x.spec.md", "--yes");
        assert.equal(code, 0, stdout + stderr);
        assert.equal(model.asked[0]?.headers["x-api-key"], KEY);
        assert.match(promptOf(model.asked[0]?.request ?? assert.fail("it was not asked")), /Write the guide/);
        assert.match(world.read("docs/guide.md"), /^# Guide/);
        const { costs, steps } = await world.execution();
        assert.equal(costs.total, 0.002);
        assert.equal(costs.certainty, "estimated");
        assert.equal(steps[0]?.result?.answer, "# Guide\n\nThe key is [redacted].");
        assert.match((await world.run("logs")).stdout, /The key is \[redacted\]/);
        assert.doesNotMatch(
          everything(join(world.folder, ".planwright")) + everything(world.stateHome),
          new RegExp(KEY),
        );
      },
    ));

  it("without its key is listed with what to do, and is not chosen", () =>
    withModel({ answers: [], adapter: { key: "NOT_SET_ANYWHERE" } }, async (world) => {
      const { agents } = await world.json(z.object({ agents: z.array(AgentView) }), "agents");
      const writer = agents.find(({ id }) => id === "writer");
      assert.equal(writer?.available, false);
      assert.match(
        writer.unavailableReason ?? "",
        /its key NOT_SET_ANYWHERE is not set: set the variable NOT_SET_ANYWHERE/,
      );
    }));

  it("that is asked the same again answers from what is kept, where its definition says so (D7)", () =>
    withModel({ answers: [say("Once.")], adapter: { cache: true } }, async (world, model) => {
      assert.equal((await world.run("run", "x.spec.md", "--yes")).code, 0);
      world.write("x.spec.md", world.read("x.spec.md").replace("[x]", "[ ]"));
      const { code, stdout, stderr } = await world.run("run", "x.spec.md", "--yes");
      assert.equal(code, 0, stdout + stderr);
      assert.equal(model.asked.length, 1);
      assert.equal(world.read("docs/guide.md"), "Once.\n");
      assert.match((await world.run("logs")).stdout, /an answer of .* to the same question is used again/);
      assert.equal((await world.execution()).costs.total, 0);
    }));

  it("whose quota is used up is asked again when that is back", () =>
    withModel({ answers: [quota(1), say("Later.")] }, async (world, model) => {
      const { code, stdout, stderr } = await world.run("run", "x.spec.md", "--yes");
      assert.equal(code, 0, stdout + stderr);
      assert.equal(model.asked.length, 2);
      assert.equal(world.read("docs/guide.md"), "Later.\n");
    }));

  it("of VS Code is not there without a window", () =>
    withModel({ answers: [], adapter: { provider: "vscode", urls: [], key: null } }, async (world) => {
      const { code, stdout } = await world.run("plan", "x.spec.md");
      assert.equal(code, 3, stdout);
      assert.match(stdout, /no window of this folder is open/);
      assert.equal(existsSync(join(world.folder, "docs")), false);
    }));
});
