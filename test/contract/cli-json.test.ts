import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ExecutionEvent } from "../../schemas/event.ts";
import { ExecutionView } from "../../schemas/execution.ts";
import { Plan } from "../../schemas/plan.ts";
import { Report } from "../../schemas/report.ts";
import { SpecRequirement } from "../../schemas/spec.ts";
import { CliWorld } from "../support/cli.ts";

const SPEC = `---
title: Two steps
budget: 1 USD
---
# Two steps

- [ ] Make a file
  - id: make
  - output: out/file.txt
  - cost: 0.25

  \`\`\`sh
  mkdir -p out
  echo "made by $PLANWRIGHT_STEP_ID" > out/file.txt
  \`\`\`
- [ ] Read it
  - id: read
  - command: [cat, out/file.txt]
  - check: test -s out/file.txt
- [x] Long done
  - command: exit 1
`;

describe("planwright --json: the shapes that machines rely on", function () {
  this.timeout(30_000);
  let world: CliWorld;
  before(() => {
    world = new CliWorld();
    world.write("two.spec.md", SPEC);
  });
  after(() => world.remove());

  it("spec: dialect, title and tasks in file order, and writes nothing (A1)", async () => {
    const Task = z.strictObject({
      id: z.string(),
      ownId: z.string().nullable(),
      title: z.string(),
      parent: z.string().nullable(),
      state: z.enum(["open", "done", "running", "skipped"]),
      optional: z.boolean(),
      needs: z.array(z.string()),
      requirements: z.array(z.string()),
      line: z.int(),
    });
    const Input = z.strictObject({
      name: z.string(),
      description: z.string().nullable(),
      default: z.string().nullable(),
      options: z.array(z.string()),
      line: z.int(),
    });
    const spec = await world.json(
      z.strictObject({
        dialect: z.string(),
        recognised: z.string(),
        title: z.string(),
        inputs: z.array(Input),
        requirements: z.array(SpecRequirement),
        tasks: z.array(Task),
        diagnostics: z.array(z.json()),
      }),
      "spec",
      "two.spec.md",
    );
    assert.equal(spec.dialect, "spec");
    assert.equal(spec.recognised, "its name ends in .spec.md");
    assert.equal(spec.title, "Two steps");
    assert.deepEqual(
      spec.tasks.map(({ ownId, state, line, needs }) => ({ ownId, state, line, needs })),
      [
        { ownId: "make", state: "open", line: 7, needs: [] },
        { ownId: "read", state: "open", line: 16, needs: [] },
        { ownId: null, state: "done", line: 20, needs: [] },
      ],
    );
    assert.equal(existsSync(join(world.folder, ".planwright")), false);
  });

  it("run --dry-run: the plan, and nothing is recorded (P1)", async () => {
    const plan = await world.json(
      Plan.extend({ dryRun: z.literal(true), approved: z.boolean() }),
      "run",
      "two.spec.md",
      "--dry-run",
    );
    assert.deepEqual(
      plan.steps.map(({ id }) => id),
      ["make", "read"],
    );
    assert.equal(existsSync(join(world.folder, ".planwright")), false);
  });

  it("plan: steps with agent, capability, costs, durations and reasons (A2, B1)", async () => {
    const plan = await world.json(Plan.extend({ approved: z.boolean() }), "plan", "two.spec.md");
    assert.equal(plan.approved, false);
    assert.equal(plan.estimatedCost, 0.25);
    assert.equal(plan.currency, "USD");
    const [make, read] = plan.steps;
    assert.equal(make?.estimatedCost, 0.25);
    assert.equal(read?.estimatedCost, 0);
    assert.equal(read?.agent, "shell");
    assert.equal(read?.capability, "command");
    assert.deepEqual(read?.dependencies, ["make"]);
    assert.match(read?.reason.dependencies["make"] ?? "", /follows/);
  });

  it("run --yes: one event a line and, last, the execution with costs by service (B2, C6, C11)", async () => {
    const { code, stdout, stderr } = await world.run("run", "two.spec.md", "--yes", "--json");
    assert.equal(code, 0, stderr);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    const execution = ExecutionView.parse(lines.pop());
    const events = lines.map((line) => ExecutionEvent.parse(line));
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
    );
    assert.equal(events[0]?.type, "execution.created");
    // The boxes are ticked because of the end, and that is noted after it.
    assert.deepEqual(
      events.slice(-2).map(({ type }) => type),
      ["execution.finished", "boxes.written"],
    );
    assert.equal(execution.status, "completed");
    assert.deepEqual(execution.costs.byService, { shell: 0.25 });
    assert.equal(execution.costs.total, 0.25);
    assert.deepEqual(
      execution.artifacts.map(({ path, stepId }) => ({ path, stepId })),
      [{ path: "out/file.txt", stepId: "make" }],
    );
    assert.equal(world.read("out/file.txt"), "made by make\n");
  });

  it("ticks the boxes of what it finished and nothing else (A8)", () => {
    assert.equal(world.read("two.spec.md"), SPEC.replace("[ ] Make", "[x] Make").replace("[ ] Read", "[x] Read"));
  });

  it("report: JSON by the published schema, and both files are in the workspace (L2)", async () => {
    const report = await world.json(Report, "report");
    assert.equal(report.counts.completed, 2);
    assert.equal(report.steps[1]?.check?.passed, true);
    for (const ending of ["json", "md"]) {
      assert.ok(existsSync(join(world.folder, ".planwright", "reports", `${report.executionId}.${ending}`)), ending);
    }
  });

  it("logs: what the commands printed, with step and stream (K1)", async () => {
    const { stdout } = await world.run("logs", "--step", "read", "--json");
    assert.match(stdout, /"message":"made by make"/);
    assert.match(stdout, /"stream":"stdout"/);
  });

  it("--workspace: a spec may be named from that folder as well as from here (P1)", async () => {
    const elsewhere = world.start(["spec", "two.spec.md", "--json", "--workspace", world.folder], {}, world.root);
    assert.equal((await elsewhere.result).code, 0);
    const missing = await world.start(["spec", "none.spec.md", "--workspace", world.folder], {}, world.root).result;
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /none\.spec\.md: .*does not exist/);
  });

  it("logs --tail: only the last entries (K3)", async () => {
    const all = (await world.run("logs", "--json")).stdout.trimEnd().split("\n");
    const last = (await world.run("logs", "--json", "--tail", "2")).stdout.trimEnd().split("\n");
    assert.deepEqual(last, all.slice(-2));
  });

  it("status, agents and doctor answer in one JSON value", async () => {
    const status = await world.json(
      z.looseObject({ executions: z.array(z.looseObject({ status: z.string() })) }),
      "status",
    );
    assert.deepEqual(
      status.executions.map((execution) => execution.status),
      ["completed"],
    );
    const { agents } = await world.json(
      z.looseObject({ agents: z.array(z.looseObject({ id: z.string(), simulated: z.boolean() })) }),
      "agents",
    );
    assert.deepEqual(
      agents.filter(({ simulated }) => simulated).map(({ id }) => id),
      ["simulated"],
    );
    const { checks } = await world.json(
      z.looseObject({ checks: z.array(z.looseObject({ status: z.string() })) }),
      "doctor",
    );
    assert.ok(checks.length > 3 && checks.every(({ status: state }) => state !== "error"));
  });
});
