import assert from "node:assert/strict";
import { z } from "zod";
import { Plan } from "../../schemas/plan.ts";
import { Revision } from "../../schemas/revision.ts";
import { CliWorld } from "../support/cli.ts";

const SPEC = `# Three steps

- [ ] Make
  - id: make
  - command: echo x >> made.txt
- [ ] Look
  - id: look
  - command: test -e missing
- [ ] End
  - id: end
  - command: echo x >> ended.txt
`;

const Answer = Plan.extend({ revision: Revision });

describe("planwright plan --against: an execution goes on after an edit (A7, B3)", function () {
  this.timeout(30_000);
  let world: CliWorld;
  let executionId: string;

  before(async () => {
    world = new CliWorld();
    world.write("three.spec.md", SPEC);
    const run = z.looseObject({ executionId: z.string(), status: z.string() });
    const execution = await world.json(run, "run", "three.spec.md", "--yes", "--unattended");
    assert.equal(execution.status, "failed");
    executionId = execution.executionId;
  });
  after(() => world.remove());

  it("says what is kept although its box is ticked, and what is stale and why", async () => {
    assert.match(world.read("three.spec.md"), /\[x\] Make/);
    const same = await world.json(Answer, "plan", "--against", "latest");
    assert.deepEqual(same.revision.counts, { kept: 3, stale: 0, new: 0, removed: 0 });
    assert.equal(same.revises, executionId);

    world.write("three.spec.md", world.read("three.spec.md").replace("test -e missing", "test -e made.txt"));
    const { stdout, code } = await world.run("plan", "--against", executionId.slice(0, 8));
    assert.equal(code, 0);
    assert.match(stdout, /Against run-\S+: 1 kept, 2 stale, 0 new, 0 removed/);
    assert.match(stdout, /stale +Look +failed +its command changed/);
    assert.match(stdout, /stale +End +skipped +"Look", which it depends on, runs again/);
  });

  it("is approved and resumed, which runs what is stale, new or commented on, and nothing else", async () => {
    const plan = await world.json(Answer, "plan", "--against", "latest", "--comment", "end=Mind the gap.");
    const end = plan.revision.steps.find(({ stepId }) => stepId === "end");
    assert.equal(end?.reason, "it has a new comment");
    const approved = await world.run("approve", plan.planId);
    assert.match(approved.stdout, new RegExp(`Next: planwright resume ${executionId} --plan ${plan.planId}`));
    assert.equal(approved.stderr, "", "ticks of the execution are no edit");
    const resumed = await world.run("resume", "latest", "--plan", plan.planId);
    assert.equal(resumed.code, 0, `${resumed.stdout}\n${resumed.stderr}`);
    assert.equal(world.read("made.txt"), "x\n", "the finished step did not run again");
    assert.equal(world.read("ended.txt"), "x\n");
    assert.match(world.read("three.spec.md"), /\[x\] Make[^]*\[x\] Look[^]*\[x\] End/);
  });

  it("carries a person's changes along, and says when one no longer fits", async () => {
    const same = await world.json(Answer, "plan", "--against", "latest");
    assert.deepEqual(same.modifications, [{ stepId: "end", comment: "Mind the gap." }]);
    assert.deepEqual(same.revision.counts, { kept: 3, stale: 0, new: 0, removed: 0 });
    const text = world.read("three.spec.md");
    world.write("three.spec.md", text.slice(0, text.indexOf("- [x] End")));
    const { stdout, stderr } = await world.run("plan", "--against", "latest");
    assert.match(stdout, /removed +End +completed +it is no longer in the spec/);
    assert.match(stderr, /what was changed in step end is left out/);
    world.write("three.spec.md", text);
    assert.equal((await world.run("resume", "latest", "--plan", same.planId)).code, 0, "nothing is left to do");
  });

  it("refuses another spec, an unknown execution, and nothing at all", async () => {
    world.write("other.spec.md", SPEC);
    for (const [words, message] of [
      [["plan", "other.spec.md", "--against", "latest"], /runs three\.spec\.md, not other\.spec\.md/],
      [["plan", "--against", "run-none"], /no execution "run-none"/],
      [["plan"], /name a spec file, say what is to be done, or name an execution with --against/],
    ] as const) {
      const { code, stderr } = await world.run(...words);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });
});
