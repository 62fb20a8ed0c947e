import assert from "node:assert/strict";
import { CliWorld } from "../support/cli.ts";

/** a → b → c, and d beside them. "b" fails until `mended` is there. Each step writes its id to `ran`. */
const SPEC = `## Line

- [ ] Step a
  - id: a
  - command: echo a >> ran
- [ ] Step b
  - id: b
  - command: echo b >> ran; test -f mended
- [ ] Step c
  - id: c
  - command: echo c >> ran

## Aside

- [ ] Step d
  - id: d
  - command: echo d >> ran
`;

describe("retry, rerun, kill and runs of a part, at the command line (C5)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
    world.write("r.spec.md", SPEC);
  });
  afterEach(() => world.remove());

  const ran = (): string => world.lines("ran").sort().join("");
  const states = async (): Promise<string[]> => (await world.execution()).steps.map(({ status }) => status);

  const failed = async (): Promise<void> => {
    assert.equal((await world.run("run", "r.spec.md", "--yes", "--no-write-back")).code, 1);
    assert.equal(ran(), "abd");
    world.write("mended", "");
  };
  const completed = async (): Promise<void> => {
    world.write("mended", "");
    assert.equal((await world.run("run", "r.spec.md", "--yes", "--no-write-back")).code, 0);
    assert.equal(ran(), "abcd");
  };

  it("retry runs what failed and what was not run because of it, and nothing that is done", async () => {
    await failed();
    assert.equal((await world.run("retry")).code, 0);
    assert.equal(ran(), "abbcd");
    assert.deepEqual(await states(), ["completed", "completed", "completed", "completed"]);
  });

  it("retry of one step, by its id alone and with its execution", async () => {
    assert.equal((await world.run("run", "r.spec.md", "--yes", "--no-write-back")).code, 1);
    assert.equal((await world.run("retry", "b")).code, 1, "it fails again");
    assert.equal(ran(), "abbd");
    world.write("mended", "");
    const { executionId } = await world.execution();
    assert.equal((await world.run("retry", executionId, "b")).code, 0);
    assert.equal(ran(), "abbbcd");
  });

  it("retry of what is done, or of nothing, is refused with exit code 1", async () => {
    await completed();
    const done = await world.run("retry", "a");
    assert.equal(done.code, 1);
    assert.match(done.stderr, /to run it again, rerun it/);
    assert.equal((await world.run("retry")).code, 1);
    assert.equal(ran(), "abcd");
  });

  it("rerun runs the step and everything that depends on it; --only the step alone", async () => {
    await completed();
    assert.equal((await world.run("rerun", "b")).code, 0);
    assert.equal(ran(), "abbccd");
    assert.equal((await world.run("rerun", "a", "--only")).code, 0);
    assert.equal(ran(), "aabbccd");
  });

  it("rerun after the worker was lost knows what was done", async () => {
    await completed();
    await world.endWorker("SIGKILL");
    assert.equal((await world.run("rerun", "c")).code, 0);
    assert.equal(ran(), "abccd");
  });

  it("a run of one step only, and of a step with what depends on it", async () => {
    world.write("mended", "");
    const only = await world.run("run", "r.spec.md", "--yes", "--no-write-back", "--only", "b");
    assert.equal(only.code, 0, only.stderr);
    assert.equal(ran(), "b");
    assert.equal((await world.run("run", "r.spec.md", "--yes", "--no-write-back", "--from", "b")).code, 0);
    assert.equal(ran(), "bbc");
  });

  it("a part of a plan ticks only the boxes of what it ran", async () => {
    world.write("mended", "");
    assert.equal((await world.run("run", "r.spec.md", "--yes", "--only", "b")).code, 0);
    assert.deepEqual(world.read("r.spec.md").match(/\[.\] Step ./g), [
      "[ ] Step a",
      "[x] Step b",
      "[ ] Step c",
      "[ ] Step d",
    ]);
  });

  it("kill ends one agent run, the policy says what follows, and the rest goes on", async () => {
    world.write(
      "k.spec.md",
      "- [ ] [P] Long\n  - id: long\n  - command: echo $$ > pid; sleep 60\n- [ ] [P] Other\n  - command: while [ ! -f go ]; do sleep 0.02; done\n",
    );
    const command = world.start(["run", "k.spec.md", "--yes"]);
    await command.printed("▶ Long");
    await command.printed("▶ Other");
    const killed = await world.run("kill", "long");
    assert.equal(killed.code, 0, killed.stderr);
    await command.printed("✘ Long");
    world.write("go", "");
    const { code, stdout } = await command.result;
    assert.equal(code, 1, stdout);
    assert.match(stdout, /stopped by \S+/);
    const { steps } = await world.execution();
    assert.deepEqual(
      steps.map(({ status, failure }) => [status, failure?.code ?? null]),
      [
        ["failed", "killed"],
        ["completed", null],
      ],
    );
    const late = await world.run("kill", "long");
    assert.equal(late.code, 1);
    assert.match(late.stderr, /does not run/);
  });
});
