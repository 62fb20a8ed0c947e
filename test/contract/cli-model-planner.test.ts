import assert from "node:assert/strict";
import { z } from "zod";
import { Plan } from "../../schemas/plan.ts";
import { CliWorld } from "../support/cli.ts";
import { promptOf, refuse, say, type Answer } from "../support/model-server/conversation.ts";
import { ModelServer } from "../support/model-server/model-server.ts";

const SPEC = `---
title: Shop
---

- [ ] Build the shop
- [ ] Write the guide
- [ ] Say done
  \`\`\`sh
  echo done
  \`\`\`
`;

const PLANNED = {
  tasks: [
    { id: "data", title: "Design the data", task: "build-the-shop", agent: "writer", files: ["data.md"], minutes: 5 },
    {
      id: "pages",
      title: "Make the pages",
      task: "build-the-shop",
      agent: "writer",
      needs: ["data"],
      reason: "Pages show data.",
    },
    { id: "guide", title: "Guide", task: "write-the-guide", agent: "writer", instructions: "For shopkeepers." },
    { id: "end", title: "End", task: "say-done", needs: ["pages", "guide"] },
  ],
};

const Answered = Plan.extend({ approved: z.boolean() });
const Failed = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** A workspace with a spec and a language model that writes and plans. */
async function withPlanner(
  answers: readonly Answer[],
  act: (world: CliWorld, model: ModelServer) => Promise<void>,
): Promise<void> {
  const turns = answers.map((answer, index) => ({ name: `turn ${index}`, when: () => true, answer }));
  const model = await ModelServer.start(turns);
  const world = new CliWorld();
  try {
    const adapter = {
      kind: "llm",
      provider: "openai-compatible",
      model: "m",
      urls: [`${model.url}/v1`],
      price: { input: 1, output: 10 },
    };
    const capabilities = ["task_decomposition", "document_creation", "code_generation"].map((name) => ({ name }));
    world.write(
      ".planwright/agents.json",
      JSON.stringify({ agents: [{ id: "writer", name: "Writer", capabilities, adapter }] }),
    );
    world.write("shop.spec.md", SPEC);
    await act(world, model);
  } finally {
    await world.remove();
    await model.stop();
  }
}

function promptsOf(model: ModelServer): string[] {
  return model.asked.map(({ request }) => promptOf(request));
}

function plan(world: CliWorld): Promise<Plan> {
  return world.json(Answered, "plan", "shop.spec.md", "--planner", "model", "--yes");
}

describe("planning with a model by the command line (A3)", function () {
  this.timeout(60_000);

  it("takes the spec apart as the model says, runs it, and ticks the boxes of the spec (A8)", () =>
    withPlanner([say(JSON.stringify(PLANNED)), say("data"), say("guide"), say("pages")], async (world, model) => {
      const made = await plan(world);
      assert.equal(made.planner.kind, "model");
      assert.equal(made.planner.agent, "writer");
      assert.match(made.planner.note ?? "", /planned by writer \(1 question, 0\.0020 USD estimated, 1,100 tokens\)/);
      assert.deepEqual(
        made.steps.map(({ id, dependencies, parent }) => ({ id, dependencies, parent })),
        [
          { id: "data", dependencies: [], parent: "build-the-shop" },
          { id: "pages", dependencies: ["data"], parent: "build-the-shop" },
          { id: "write-the-guide", dependencies: [], parent: null },
          { id: "say-done", dependencies: ["pages", "write-the-guide"], parent: null },
        ],
      );
      const shown = await world.run("plan", "shop.spec.md", "--why", "--planner", "rules");
      assert.doesNotMatch(shown.stdout, /Planner/);
      assert.match(made.steps[1]?.reason.agent ?? "", /chosen by the model that planned it: Pages show data\./);
      assert.equal(made.steps[1]?.reason.dependencies["data"], "needs it, as the model planned");
      assert.match(promptsOf(model)[0] ?? "", /Build the shop/);

      assert.equal((await world.run("run", made.planId)).code, 3, "nothing of it runs without an approval");
      const { code, stdout, stderr } = await world.run("run", made.planId, "--yes");
      assert.equal(code, 0, stdout + stderr);
      assert.equal(world.read("shop.spec.md"), SPEC.replaceAll("[ ]", "[x]"));
      assert.match(promptsOf(model).at(-1) ?? "", /Make the pages/);
    }));

  it("sends what cannot be used back once, with what is wrong", () => {
    const unknown = { tasks: PLANNED.tasks.map((task) => ({ ...task, agent: task.id === "guide" ? "writr" : null })) };
    return withPlanner(
      [say("```json\n" + JSON.stringify(unknown) + "\n```"), say(JSON.stringify(PLANNED))],
      async (world, model) => {
        const made = await plan(world);
        assert.equal(made.planner.kind, "model");
        assert.match(made.planner.note ?? "", /with one correction \(2 questions/);
        const [, second] = model.asked;
        assert.ok(second);
        assert.match(promptOf(second.request), /"guide" names the agent "writr".*did you mean "writer"\?/);
      },
    );
  });

  it("leaves it to the rules, and says so, when that cannot be used either: no command, check or limit comes from a model", () => {
    const bad = { tasks: [{ id: "a", title: "A", task: null, command: "rm -rf /", cost: 0, check: "true" }] };
    return withPlanner([say(JSON.stringify(bad)), say("I cannot do that.")], async (world) => {
      const made = await plan(world);
      assert.equal(made.planner.kind, "structural");
      assert.match(
        made.planner.note ?? "",
        /planned by the rules, because the plan of writer could not be used.*no JSON object.*2 questions/,
      );
      assert.deepEqual(
        made.steps.map(({ id }) => id),
        ["build-the-shop", "write-the-guide", "say-done"],
      );
      const { stdout } = await world.run("plan", "shop.spec.md");
      assert.doesNotMatch(stdout, /rm -rf/);
    });
  });

  it("leaves it to the rules when the model fails, and shows why", () =>
    withPlanner([refuse(401, "no such key")], async (world) => {
      const { code, stdout } = await world.run("plan", "shop.spec.md", "--planner-agent", "writer", "--yes");
      assert.equal(code, 0, stdout);
      assert.match(stdout, /Planner {2}planned by the rules, because agent writer: .*did not accept the key/);
    }));

  it("keeps the model's plan when the person changes steps of it, and asks nobody again (B2)", () =>
    withPlanner([say(JSON.stringify(PLANNED))], async (world, model) => {
      const made = await plan(world);
      const { code, stdout } = await world.run("approve", made.planId, "--skip", "guide", "--skip", "pages");
      assert.equal(code, 2, stdout);
      const changed = await world.run("approve", made.planId, "--skip", "write-the-guide");
      assert.equal(changed.code, 0, changed.stderr);
      assert.equal(model.asked.length, 1);
    }));

  it("does not give a spec to an agent of the workspace's file that nobody has accepted (SEC10)", () =>
    withPlanner([say(JSON.stringify(PLANNED)), say(JSON.stringify(PLANNED))], async (world, model) => {
      const { error } = await world.json(Failed, "plan", "shop.spec.md", "--planner", "model");
      assert.equal(error.code, "not_approved");
      assert.match(error.message, /writer of \.planwright\/agents\.json asks m at http:\/\/127\.0\.0\.1/);
      assert.equal(model.asked.length, 0);
      await plan(world);
      const again = await world.json(Answered, "plan", "shop.spec.md", "--planner", "model");
      assert.equal(again.planner.kind, "model", "accepted once is accepted");
      const file = world.read(".planwright/agents.json");
      world.write(".planwright/agents.json", file.replace('"model":"m"', '"model":"other"'));
      const changed = await world.json(Failed, "plan", "shop.spec.md", "--planner", "model");
      assert.equal(changed.error.code, "not_approved", "a changed agent is another one");
    }));

  it("says who cannot plan", () =>
    withPlanner([], async (world) => {
      const unknown = await world.run("plan", "shop.spec.md", "--planner-agent", "nobody");
      assert.equal(unknown.code, 2);
      assert.match(unknown.stderr, /there is no agent "nobody"/);
      const shell = await world.run("plan", "shop.spec.md", "--planner-agent", "shell");
      assert.match(shell.stderr, /agent "shell" cannot plan/);
      world.write(".planwright/agents.json", JSON.stringify({ agents: [] }));
      const none = await world.run("plan", "shop.spec.md", "--planner", "model");
      assert.match(none.stdout, /planned by the rules, because no agent can plan/);
    }));
});
