import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { BudgetView } from "../../schemas/budget.ts";
import { CliWorld } from "../support/cli.ts";

const PlanId = z.object({ planId: z.string() });
const KIT = fileURLToPath(new URL("../../examples/agents/planwright-agent.mjs", import.meta.url));

const steps = (front: string, ...costs: number[]): string =>
  `${front === "" ? "" : `---\n${front}\n---\n`}${costs
    .map(
      (cost, index) =>
        `- [ ] Step ${index}\n  - id: s${index}\n  - cost: ${cost}\n  - command: echo s${index} >> ran\n`,
    )
    .join("")}`;

const policy = (limits: object, enforcement: object = {}, more: object = {}): object => ({
  id: "team",
  limits: { total: 2, duration: "24h", ...limits },
  enforcement: { mode: "enforce", ...enforcement },
  ...more,
});

describe("policies of a folder (E1-E5)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  const budget = (file: unknown): void => {
    world.write(".planwright/budget.json", typeof file === "string" ? file : JSON.stringify(file));
  };
  const view = (): Promise<BudgetView> => world.json(BudgetView, "budget");

  it("enforce: nothing starts that does not fit the window, also in the next execution, and the exit code is 4", async () => {
    budget(policy({}));
    world.write("a.spec.md", steps("", 0.8, 0.8, 0.8));
    const first = await world.run("run", "a.spec.md", "--yes");
    assert.equal(first.code, 4, first.stdout);
    assert.match(first.stdout, /policy team {2}2\.00 USD {2}last 24h {2}2\.00 USD left/);
    assert.deepEqual(world.lines("ran"), ["s0", "s1"]);
    world.write("b.spec.md", steps("", 0.5));
    const second = await world.run("run", "b.spec.md", "--yes");
    assert.equal(second.code, 4, second.stdout);
    assert.match(second.stdout, /0\.40 USD left/);
    await world.endWorker("SIGKILL");
    world.write("c.spec.md", steps("", 0.4));
    assert.equal((await world.run("run", "c.spec.md", "--yes")).code, 0, "a new worker knows what was spent");
    const { limits, byExecution } = await view();
    assert.deepEqual(
      limits.map(({ key, spent, reserved, level }) => [key, spent, reserved, level]),
      [["team/total", 2, 0, "limit"]],
    );
    assert.deepEqual(
      byExecution.map(({ name, amount, certainty }) => [name, amount, certainty]),
      [
        ["a", 1.6, "estimated"],
        ["c", 0.4, "estimated"],
      ],
    );
    const { stdout } = await world.run("budget");
    assert.match(stdout, /██████████ 100 % {2}policy team {2}used up {2}last 24h, enforce/);
  });

  it("warn: everything runs, and both levels are told once", async () => {
    budget(policy({}, { mode: "warn" }));
    world.write("a.spec.md", steps("", 0.8, 0.8, 0.8, 0.8));
    const { code, stdout } = await world.run("run", "a.spec.md", "--yes");
    assert.equal(code, 0, stdout);
    assert.deepEqual(stdout.match(/policy team: [a-z ]+/g), [
      "policy team: threshold reached",
      "policy team: limit reached",
    ]);
  });

  it("approve: a person is asked about that limit, answers with an amount, and the record says who, how much and for what", async () => {
    budget(policy({}, { mode: "approve" }));
    world.write("a.spec.md", steps("", 0.8, 0.8, 0.8, 0.8));
    assert.equal((await world.run("run", "a.spec.md", "--yes")).code, 3);
    const [open] = await world.inbox();
    assert.deepEqual([open?.kind, open?.stepId, open?.limit, open?.amount], ["budget", "s2", "team/total", 0.4]);
    assert.match(open?.message ?? "", /policy team/);
    assert.equal((await world.run("answer", "allow", "--amount", "1.2")).code, 0);
    assert.equal((await world.run("resume")).code, 0);
    const { limits, approvals } = await view();
    assert.deepEqual([limits[0]?.limit, limits[0]?.allowed, limits[0]?.spent], [2, 1.2, 3.2]);
    assert.deepEqual(
      approvals.map(({ amount, label, stepId }) => [amount, label, stepId]),
      [[1.2, "policy team", "s2"]],
    );
    assert.match(approvals[0]?.by ?? "", /./);
  });

  it("holds in its environment and for plans that name none", async () => {
    budget({
      policies: [policy({ total: 0.1 }, {}, { environment: "prod" }), policy({ total: 5 }, {}, { id: "all" })],
    });
    world.write("dev.spec.md", steps("context: {environment: dev}", 1));
    world.write("prod.spec.md", steps("context: {environment: prod}", 1));
    world.write("none.spec.md", steps("", 1));
    assert.equal((await world.run("run", "dev.spec.md", "--yes")).code, 0);
    assert.equal((await world.run("run", "prod.spec.md", "--yes")).code, 4);
    assert.equal((await world.run("run", "none.spec.md", "--yes")).code, 4);
    const { limits } = await view();
    assert.deepEqual(Object.fromEntries(limits.map(({ key, spent }) => [key, spent])), {
      "team/total": 0,
      "all/total": 1,
    });
  });

  it("an agent that changes the file changes nothing for what runs, and the next start is refused (SEC13)", async () => {
    budget(policy({ total: 1 }));
    world.write("loose.json", JSON.stringify(policy({ total: 1000 })));
    const sly = "- [ ] Sly\n  - cost: 0.5\n  - command: cp loose.json .planwright/budget.json\n";
    world.write("a.spec.md", `${sly}${steps("", 0.8)}`);
    assert.equal((await world.run("plan", "a.spec.md")).code, 0);
    assert.equal((await world.run("run", "a.spec.md", "--yes")).code, 4);
    assert.deepEqual(world.lines("ran"), []);
    world.write("b.spec.md", steps("", 0.1));
    const { planId } = await world.json(PlanId, "plan", "b.spec.md");
    budget(policy({ total: 2000 }));
    const refused = await world.run("run", planId, "--yes");
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(refused.stderr, /budget\.json has changed since plan .* plan b\.spec\.md again/);
  });

  it("a bad file lets nothing be approved or started, and says where it is wrong", async () => {
    budget('{\n  "id": "team",\n  "limits": { "total": -1 }\n}');
    world.write("a.spec.md", steps("", 0.1));
    const { code, stderr } = await world.run("run", "a.spec.md", "--yes");
    assert.equal(code, 2, stderr);
    assert.match(stderr, /\.planwright\/budget\.json:3:15: limits\.total: not below 0 is needed/);
    const shown = await world.run("budget");
    assert.equal(shown.code, 2);
    assert.match(shown.stderr, /budget\.json:3:15/);
    assert.deepEqual(world.lines("ran"), []);
  });

  it("counts a plan in dollars against a policy in euros by the file's rate", async () => {
    budget({ ...policy({ total: 1, currency: "EUR" }), rates: { USD: 0.5 } });
    world.write("a.spec.md", steps("budget: 100 USD", 1.2, 1.2));
    const { code, stdout } = await world.run("run", "a.spec.md", "--yes");
    assert.equal(code, 4, stdout);
    assert.match(stdout, /1 EUR is 2\.00 USD/);
    const { limits } = await view();
    assert.deepEqual([limits[0]?.currency, limits[0]?.spent], ["EUR", 0.6]);
  });

  it("what an agent reports is counted by its service at once, and what is no amount is refused and recorded", async () => {
    world.write(
      "agent.mjs",
      `import { serve } from ${JSON.stringify(KIT)};\n` +
        `serve(async (task) => {\n` +
        `  task.cost(0.3, { service: "ec2" });\n` +
        `  for (const amount of [NaN, -1, 1e308]) task.cost(amount, { service: "ec2" });\n` +
        `  return "done";\n});\n`,
    );
    world.write(
      ".planwright/agents.json",
      JSON.stringify({
        agents: [
          {
            id: "cloud",
            name: "Cloud",
            service: "ec2",
            capabilities: [{ name: "code_generation", estimatedCost: 0.5 }],
            adapter: { kind: "process", argv: [process.execPath, "agent.mjs"] },
          },
        ],
      }),
    );
    budget(policy({ total: 10, perService: { ec2: 1, other: 0.1 } }));
    world.write("a.spec.md", "- [ ] Code one\n- [ ] Code two\n- [ ] Code three\n");
    const { code, stdout } = await world.run("run", "a.spec.md", "--yes");
    assert.equal(code, 4, stdout);
    // Each attempt spends 0.30 and keeps the rest of its 0.50, because something of its cost is not known: two of them are all.
    const { limits, byService } = await view();
    assert.deepEqual(Object.fromEntries(limits.map(({ key, spent }) => [key, spent])), {
      "team/other": 0,
      "team/service/ec2": 1,
      "team/total": 1,
    });
    assert.deepEqual(
      byService.map(({ name, amount, unknown, held, certainty }) => [name, amount, unknown, held, certainty]),
      [["ec2", 0.6, 6, 0.4, "unknown"]],
    );
  });

  it("a service that only its costs name counts for an agent from then on, also in the next execution and worker", async () => {
    world.write(
      "agent.mjs",
      `import { serve } from ${JSON.stringify(KIT)};\nserve(async (task) => task.cost(0.5, { service: "openai" }));\n`,
    );
    const capabilities = [{ name: "code_generation", estimatedCost: 0.5 }];
    const adapter = { kind: "process", argv: [process.execPath, "agent.mjs"] };
    world.write(
      ".planwright/agents.json",
      JSON.stringify({ agents: [{ id: "cloud", name: "Cloud", capabilities, adapter }] }),
    );
    budget(policy({ total: 10, perService: { openai: 1 } }));
    for (const name of ["a", "b"]) world.write(`${name}.spec.md`, "- [ ] Code one\n- [ ] Code two\n- [ ] Code three\n");
    const { code, stdout } = await world.run("run", "a.spec.md", "--yes");
    assert.equal(code, 4, stdout);
    assert.match(stdout, /Code three skipped: not started: the limit of policy team for openai would be passed/);
    await world.endWorker("SIGKILL");
    const next = await world.run("run", "b.spec.md", "--yes");
    assert.match(next.stdout, /Code one skipped: not started: the limit of policy team for openai would be passed/);
    const { limits } = await view();
    assert.equal(limits.find(({ key }) => key === "team/service/openai")?.spent, 1);
  });
});
