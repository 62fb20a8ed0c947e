import assert from "node:assert/strict";
import { CliWorld, type CliProcess } from "../support/cli.ts";

/** "First" runs until the file `go` is there. */
const SPEC = `- [ ] First
  - id: first
  - command: echo first >> ran; while [ ! -f go ]; do sleep 0.02; done
- [ ] Second
  - id: second
  - command: echo second >> ran
- [ ] Third
  - id: third
  - command: echo third >> ran
`;

describe("pause, resume and cancel, from other processes than the one that runs it (C5)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
    world.write("c.spec.md", SPEC);
  });
  afterEach(() => world.remove());

  const running = async (): Promise<CliProcess> => {
    // What is ticked a moment later would stand in the record, too.
    const command = world.start(["run", "c.spec.md", "--yes", "--no-write-back"]);
    await command.printed("▶ First");
    return command;
  };

  /** Paused, with the first step done. */
  const paused = async (): Promise<void> => {
    const command = await running();
    assert.equal((await world.run("pause")).code, 0);
    world.write("go", "");
    assert.equal((await command.result).code, 3, "who follows without a terminal is let go");
  };

  it("pause lets what runs go on and starts nothing more; twice is as once; resume goes on", async () => {
    await paused();
    const { seq, status, steps } = await world.execution();
    assert.equal(status, "paused");
    assert.deepEqual(
      steps.map((step) => step.status),
      ["completed", "ready", "pending"],
    );
    assert.equal(steps[1]?.blocker?.kind, "pause");
    const again = await world.run("pause");
    assert.equal(again.code, 0);
    assert.equal((await world.execution()).seq, seq, "a second pause records nothing");
    assert.equal((await world.run("resume")).code, 0);
    assert.deepEqual(world.lines("ran"), ["first", "second", "third"]);
  });

  it("resume of what has ended says so and gives its exit code; pause of it is refused", async () => {
    world.write("go", "");
    assert.equal((await world.run("run", "c.spec.md", "--yes")).code, 0);
    const { code, stdout } = await world.run("resume");
    assert.equal(code, 0);
    assert.match(stdout, /Nothing to resume/);
    const late = await world.run("pause");
    assert.equal(late.code, 1);
    assert.match(late.stderr, /has ended/);
    assert.deepEqual(world.lines("ran"), ["first", "second", "third"]);
  });

  it("resume of what runs follows it and changes nothing", async () => {
    const command = await running();
    const second = world.start(["resume"]);
    await second.printed("");
    world.write("go", "");
    assert.equal((await second.result).code, 0);
    assert.equal((await command.result).code, 0);
    assert.deepEqual(world.lines("ran"), ["first", "second", "third"]);
  });

  it("resume --detach goes on without being followed", async () => {
    await paused();
    const { code, stdout } = await world.run("resume", "--detach");
    assert.equal(code, 0);
    assert.match(stdout, /running/);
    assert.equal((await world.run("resume")).code, 0, "following it afterwards sees the end");
  });

  it("cancel ends what is paused; it cannot be resumed, but begun anew", async () => {
    await paused();
    assert.equal((await world.run("cancel")).code, 0);
    assert.equal((await world.execution()).status, "cancelled");
    assert.equal((await world.run("resume")).code, 130);
    assert.deepEqual(world.lines("ran"), ["first"]);
    assert.equal((await world.run("retry")).code, 0);
    assert.deepEqual(world.lines("ran"), ["first", "second", "third"]);
  });

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    it(`a pause outlives the worker (${signal}), and cancel and resume need no other`, async () => {
      await paused();
      await world.endWorker(signal);
      assert.equal((await world.execution()).status, "paused");
      assert.equal((await world.run("resume")).code, 0);
      assert.deepEqual(world.lines("ran"), ["first", "second", "third"]);
    });
  }

  it("cancel ends an interrupted execution, and its process", async () => {
    const command = await running();
    await world.endWorker("SIGKILL");
    assert.equal((await command.result).code, 70);
    assert.equal((await world.execution()).status, "interrupted");
    assert.equal((await world.run("cancel")).code, 0);
    assert.equal((await world.run("resume")).code, 130);
    assert.deepEqual(world.lines("ran"), ["first"]);
  });

  it("what was cancelled while it was interrupted can be begun anew", async () => {
    const command = await running();
    await world.endWorker("SIGKILL");
    await command.result;
    assert.equal((await world.run("cancel")).code, 0);
    world.write("go", "");
    const { code, stderr } = await world.run("retry");
    assert.equal(code, 0, stderr);
    assert.deepEqual(world.lines("ran"), ["first", "first", "second", "third"]);
    assert.equal((await world.run("rerun", "third")).code, 0);
  });

  it("status names what a step waits for, also when it has failed before", async () => {
    world.write("b.spec.md", '- [ ] Breaks\n  - id: breaks\n  - command: ["false"]\n  - retries: 1\n  - backoff: 1m\n');
    const command = world.start(["run", "b.spec.md", "--yes"]);
    await command.printed("↻ Breaks");
    const status = async (): Promise<string> => {
      const { executionId } = await world.execution();
      return (await world.run("status", executionId)).stdout;
    };
    assert.match(await status(), /next attempt in (1m|\d+s) \(the command failed with exit code 1\)/);
    assert.equal((await world.run("cancel")).code, 0);
    await command.result;
    assert.doesNotMatch(await status(), /next attempt/);
  });

  it("a resume and cancels of the same moment: it ends as cancelled, and its worker goes on", async () => {
    const command = await running();
    await world.endWorker("SIGKILL");
    await command.result;
    const { executionId } = await world.execution();
    await world.endWorker("SIGTERM");
    const client = await world.connect();
    try {
      const id = (name: string): { executionId: string; commandId: string } => ({
        executionId,
        commandId: `race-${name}`,
      });
      const results = await Promise.allSettled([
        client.call("execution.resume", id("resume-1")),
        client.call("execution.cancel", id("cancel-1")),
        client.call("execution.cancel", id("cancel-2")),
        client.call("execution.resume", id("resume-2")),
      ]);
      for (const result of results)
        if (result.status === "rejected") assert.match(String(result.reason), /has ended: it is cancelled/);
    } finally {
      client.dispose();
    }
    assert.equal((await world.run("resume")).code, 130);
    assert.equal((await world.execution()).steps[0]?.status, "cancelled");
  });

  it("a worker that is asked to leave while something runs leaves it interrupted; resume runs it again", async () => {
    const command = await running();
    await world.endWorker("SIGTERM");
    assert.equal((await command.result).code, 70);
    world.write("go", "");
    const { code, stdout } = await world.run("resume");
    assert.equal(code, 0, stdout);
    assert.deepEqual(world.lines("ran"), ["first", "first", "second", "third"]);
  });

  it("unknown executions and steps: exit code 2 and what to do", async () => {
    world.write("go", "");
    assert.equal((await world.run("run", "c.spec.md", "--yes")).code, 0);
    const { executionId } = await world.execution();
    for (const words of [
      ["pause", "run-none"],
      ["resume", "run-none"],
      ["retry", "run-none", "first"],
      ["retry", executionId, "none"],
      ["rerun", "none"],
      ["rerun", executionId],
      ["kill", "none"],
      ["kill", executionId],
      ["resume", executionId, "--plan", "plan-none"],
      ["run", "c.spec.md", "--yes", "--only", "none"],
      ["run", "c.spec.md", "--yes", "--only", "first", "--from", "second"],
    ]) {
      const { code, stderr } = await world.run(...words);
      assert.equal(code, 2, `${words.join(" ")}: ${stderr}`);
      assert.match(stderr, /planwright status|planwright plan|name |exclude|no execution|no step/);
    }
    assert.equal((await world.run("status", "--json")).stdout.split('"executionId"').length, 2, "nothing was started");
  });
});
