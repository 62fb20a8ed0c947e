import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { ExecutionEvent } from "../../schemas/event.ts";
import { CliWorld } from "../support/cli.ts";

/** All events of an execution, from the first one to its end, as a window sees them that was opened only now. */
async function eventsOf(world: CliWorld, executionId: string): Promise<ExecutionEvent[]> {
  const client = await world.connect();
  const events: ExecutionEvent[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      client
        .subscribe({ kind: "execution", executionId }, (batch) => {
          if (batch.kind !== "execution") return;
          events.push(...batch.events);
          if (batch.end) resolve();
        })
        .catch(reject);
    });
  } finally {
    client.dispose();
  }
  return events;
}

async function exists(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("a worker whose surroundings fail (C7, C9, C10)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  it("fault 2: its only client is killed: it goes on to the end, and a new window sees all of it", async () => {
    world.write(
      "t.spec.md",
      "- [ ] One\n  - command: touch one; while [ ! -f go ]; do sleep 0.02; done\n- [ ] Two\n  - command: touch two\n",
    );
    const command = world.start(["run", "t.spec.md", "--yes"]);
    await command.printed("▶ One");
    const pid = world.workerPid();
    command.process.kill("SIGKILL");
    await command.result;
    world.write("go", "");
    await exists(`${world.folder}/two`);
    const { executionId } = await world.execution();
    const events = await eventsOf(world, executionId);
    events.forEach(({ seq }, index) => assert.equal(seq, index + 1));
    assert.equal(events.filter(({ type }) => type === "attempt.started").length, 2, "nothing ran twice");
    assert.ok(!events.some(({ type }) => type === "execution.interrupted"));
    assert.equal((await world.execution()).status, "completed");
    assert.equal(world.workerPid(), pid, "by the same worker");
  });

  it("fault 12: frozen for longer than a step's timeout: what ended meanwhile has ended in time, once, and it goes on", async () => {
    world.write(
      "t.spec.md",
      "- [ ] One\n  - timeout: 2s\n  - command: touch one; sleep 0.5; echo one >> ran; touch done\n- [ ] Two\n  - command: echo two >> ran\n",
    );
    const command = world.start(["run", "t.spec.md", "--yes"]);
    await exists(`${world.folder}/one`);
    const pid = world.workerPid();
    assert.ok(pid !== null);
    process.kill(pid, "SIGSTOP");
    await exists(`${world.folder}/done`);
    // The timeout must pass while the worker stands still, which only time does.
    await new Promise((resolve) => setTimeout(resolve, 2_800));
    process.kill(pid, "SIGCONT");
    const { code, stdout, stderr } = await command.result;
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(world.lines("ran"), ["one", "two"], "nothing ran twice");
    assert.equal(world.workerPid(), pid, "it is the same worker");
  });

  for (const moment of ["before", "after"] as const) {
    it(`fault 24: killed ${moment} the end of a step is known: tried again, it has the same idempotency key, and what has ended is not`, async () => {
      world.write(
        "t.spec.md",
        '- [ ] Pay\n  - id: pay\n  - command: echo "$PLANWRIGHT_IDEMPOTENCY_KEY" >> keys; while [ ! -f paid ]; do sleep 0.02; done\n- [ ] Then\n  - id: then\n  - command: echo "$PLANWRIGHT_IDEMPOTENCY_KEY" >> then; while [ ! -f go ]; do sleep 0.02; done\n',
      );
      const command = world.start(["run", "t.spec.md", "--yes"]);
      await exists(`${world.folder}/keys`);
      if (moment === "after") {
        world.write("paid", "");
        await command.printed("▶ Then");
      }
      await world.endWorker("SIGKILL");
      await command.result;
      world.write("paid", "");
      world.write("go", "");
      assert.equal((await world.run("resume")).code, 0);
      const keys = world.lines("keys");
      assert.equal(keys.length, moment === "before" ? 2 : 1, "what had ended is not done again");
      assert.equal(new Set(keys).size, 1, "one key for all attempts of the step");
      assert.notEqual(keys[0], "");
      assert.ok(!world.lines("then").includes(keys[0] ?? ""), "another step has another key");
    });
  }
});
