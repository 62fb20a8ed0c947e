import assert from "node:assert/strict";
import { z } from "zod";
import { Plan } from "../../schemas/plan.ts";
import { Revision } from "../../schemas/revision.ts";
import { CliWorld } from "../support/cli.ts";

/** a → b → c; c fails until `mended` is there. */
const SPEC = `- [ ] Step a
  - id: a
  - command: echo a >> ran
- [ ] Step b
  - id: b
  - command: echo b >> ran
- [ ] Step c
  - id: c
  - command: echo c >> ran; test -f mended
`;
const Against = Plan.extend({ approved: z.boolean(), revision: Revision });

describe("an execution goes on after an edit of its spec, at the command line (A7, B3)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(async () => {
    world = new CliWorld();
    world.write("e.spec.md", SPEC);
    assert.equal((await world.run("run", "e.spec.md", "--yes")).code, 1);
    assert.deepEqual(world.lines("ran"), ["a", "b", "c"]);
    world.write("mended", "");
  });
  afterEach(() => world.remove());

  const edit = (from: string, to: string): void => {
    const before = world.read("e.spec.md");
    assert.ok(before.includes(from));
    world.write("e.spec.md", before.replace(from, to));
  };
  const against = async (...more: string[]): Promise<{ planId: string; told: string[]; reasons: string }> => {
    const { planId, revision } = await world.json(Against, "plan", "--against", "latest", ...more);
    return {
      planId,
      told: revision.steps.map(({ stepId, status }) => `${stepId} ${status}`),
      reasons: revision.steps.map(({ reason }) => reason).join("\n"),
    };
  };
  const goOn = async (planId: string): Promise<void> => {
    assert.equal((await world.run("approve", planId)).code, 0);
    const { code, stdout, stderr } = await world.run("resume", "--plan", planId);
    assert.equal(code, 0, stdout + stderr);
  };

  it("without an edit everything is kept, and what failed is still begun anew by retry", async () => {
    const { planId, told } = await against();
    assert.deepEqual(told, ["a kept", "b kept", "c kept"]);
    assert.equal((await world.run("approve", planId)).code, 0);
    await world.run("resume", "--plan", planId, "--detach");
    await world.run("retry");
    assert.equal((await world.execution()).status, "completed");
    assert.deepEqual(world.lines("ran"), ["a", "b", "c", "c"]);
  });

  it("a changed command and what depends on it run again; what is done and untouched does not", async () => {
    edit("echo b", "echo better");
    const { planId, told, reasons } = await against();
    assert.deepEqual(told, ["a kept", "b stale", "c stale"]);
    assert.match(reasons, /command/);
    await goOn(planId);
    assert.deepEqual(world.lines("ran"), ["a", "b", "c", "better", "c"]);
    assert.match(world.read("e.spec.md"), /\[x\] Step b/);
  });

  it("a new step runs, a removed one does not, and their history stays in the report", async () => {
    edit("- [ ] Step c\n  - id: c\n  - command: echo c >> ran; test -f mended\n", "");
    world.write("e.spec.md", `${world.read("e.spec.md")}- [ ] Step d\n  - id: d\n  - command: echo d >> ran\n`);
    const { planId, told } = await against();
    assert.deepEqual(told, ["a kept", "b kept", "d new", "c removed"]);
    await goOn(planId);
    assert.deepEqual(world.lines("ran"), ["a", "b", "c", "d"]);
    assert.match((await world.run("report")).stdout, /Step c/);
  });

  it("a comment on a step joins what it is told, and makes it run again", async () => {
    const { told, reasons } = await against("--comment", "b=Mind the gap.");
    assert.deepEqual(told, ["a kept", "b stale", "c stale"]);
    assert.match(reasons, /comment|instructions/);
  });

  it("an execution that is completed goes on with what an edit added, also under another worker", async () => {
    assert.equal((await world.run("retry")).code, 0);
    world.write("e.spec.md", `${world.read("e.spec.md")}- [ ] Step d\n  - id: d\n  - command: echo d >> ran\n`);
    const { planId, told } = await against();
    assert.deepEqual(told, ["a kept", "b kept", "c kept", "d new"]);
    await world.endWorker("SIGKILL");
    await goOn(planId);
    assert.deepEqual(world.lines("ran"), ["a", "b", "c", "c", "d"]);
    assert.equal(world.read("e.spec.md").match(/\[x\]/g)?.length, 4);
  });

  it("a plan that nobody approved is not gone on with", async () => {
    edit("echo b", "echo better");
    const { planId } = await against();
    const { code, stderr } = await world.run("resume", "--plan", planId);
    assert.equal(code, 3);
    assert.match(stderr, /planwright approve/);
    assert.deepEqual(world.lines("ran"), ["a", "b", "c"]);
  });

  it("a plan of another spec is refused", async () => {
    world.write("other.spec.md", "- [ ] Other\n  - command: echo other\n");
    const { planId } = await world.json(Plan, "plan", "other.spec.md");
    assert.equal((await world.run("approve", planId)).code, 0);
    const { code, stderr } = await world.run("resume", "--plan", planId);
    assert.equal(code, 2);
    assert.match(stderr, /other\.spec\.md/);
    assert.equal((await world.run("plan", "other.spec.md", "--against", "latest")).code, 2);
  });

  it("the edit of a step that runs stops its attempt, and what it did does not count", async () => {
    world.write(
      "slow.spec.md",
      "- [ ] Slow\n  - id: slow\n  - command: echo old >> marks; while [ ! -f never ]; do sleep 0.02; done\n- [ ] Then\n  - id: then\n  - command: echo then >> marks\n",
    );
    const command = world.start(["run", "slow.spec.md", "--yes"]);
    await command.printed("▶ Slow");
    world.write("slow.spec.md", world.read("slow.spec.md").replace(/echo old.*/, "echo new >> marks"));
    const { planId, revision } = await world.json(Against, "plan", "--against", "latest");
    assert.deepEqual(
      revision.steps.map(({ status }) => status),
      ["stale", "kept"],
    );
    await goOn(planId);
    assert.equal((await command.result).code, 0);
    assert.deepEqual(world.lines("marks").slice(-2), ["new", "then"]);
  });
});
