import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "../../schemas/client.ts";
import type { ExecutionEvent } from "../../schemas/event.ts";
import { FailureError } from "../../schemas/failure.ts";
import { Plan } from "../../schemas/plan.ts";
import { CliWorld, endProcess } from "../support/cli.ts";
import { callsFile, connectMortal } from "../support/mortal-client.ts";
import { seeded } from "../support/random-runs.ts";
import { sqlite3 } from "../support/store.ts";
import { isThorough, patience, tries } from "../support/thorough.ts";

const step = (id: string, makes: string): string =>
  `- [ ] ${id}\n  - id: ${id}\n  - output: out/${id}\n  - command: mkdir -p out; ${makes} > out/${id}; echo ${id} >> ran\n`;
const SPEC = `${step("left", "echo left").replace("[ ]", "[ ] [P]")}${step("right", "echo right").replace("[ ]", "[ ] [P]")}${step("all", "cat out/left out/right")}`;
const OUTPUT = "left\nright\n";

/** What a client has seen of an execution. */
interface Seen {
  executionId: string | null;
  readonly events: ExecutionEvent[];
  ended: boolean;
}

describe("a worker that is killed at any of its calls to the file system (C9, J1)", function () {
  this.timeout(patience(120_000));
  let world: CliWorld;
  let planId: string;
  before(async () => {
    world = new CliWorld();
    world.write("t.spec.md", SPEC);
    ({ planId } = await world.json(Plan, "plan", "t.spec.md"));
    assert.equal((await world.run("approve", planId)).code, 0);
    await world.endWorker("SIGTERM");
  });
  after(() => world.remove());

  /** Everything that steps have made. */
  function clean(): void {
    for (const name of readdirSync(world.folder))
      if (!name.startsWith(".") && !name.endsWith(".md")) rmSync(join(world.folder, name), { recursive: true });
  }

  /** Starts the execution, or finds out that it was started, and follows it until it is over or the worker is gone. */
  async function follow(client: Client, commandId: string, seen: Seen): Promise<void> {
    const over = Promise.withResolvers<void>();
    client.onClose(() => over.resolve());
    try {
      seen.executionId = (await client.call("execution.start", { planId, writeBack: false, commandId })).executionId;
      await client.subscribe({ kind: "execution", executionId: seen.executionId }, (batch) => {
        if (batch.kind !== "execution") return;
        seen.events.push(...batch.events);
        if (batch.end) {
          seen.ended = true;
          over.resolve();
        }
      });
      await over.promise;
    } catch (error) {
      if (!(error instanceof FailureError) || error.failure.code !== "worker_unavailable") throw error;
    }
  }

  /** Lets a worker die at a call, has another one bring the execution to its end, and holds what both have told against each other. */
  async function killedAt(call: number): Promise<void> {
    clean();
    const commandId = crypto.randomUUID();
    const first: Seen = { executionId: null, events: [], ended: false };
    let client: Client | null = null;
    try {
      client = await connectMortal(world, call);
      await follow(client, commandId, first);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
    } finally {
      client?.dispose();
    }
    const pid = world.workerPid();
    if (pid !== null) await endProcess(pid, "SIGKILL");
    const done = first.events.flatMap((event) => (event.type === "step.finished" ? [event.stepId] : []));
    const second: Seen = { executionId: null, events: [], ended: false };
    const next = await world.connect();
    try {
      const { executionId } = await next.call("execution.start", { planId, writeBack: false, commandId });
      if (first.executionId !== null) assert.equal(executionId, first.executionId, "the same command starts it once");
      const execution = await next.call("execution.get", { executionId });
      if (execution.status === "interrupted")
        await next.call("execution.resume", { executionId, commandId: crypto.randomUUID() });
      await follow(next, commandId, second);
    } finally {
      next.dispose();
    }
    assert.ok(second.ended, "it comes to its end");
    const last = second.events.at(-1);
    assert.ok(last?.type === "execution.finished" && last.status === "completed", JSON.stringify(last));
    second.events.forEach(({ seq }, index) => assert.equal(seq, index + 1, "the record has no gap"));
    for (const event of first.events) assert.deepEqual(second.events[event.seq - 1], event, "what was told was kept");
    assert.equal(world.read("out/all"), OUTPUT);
    const ran = world.lines("ran");
    for (const id of ["left", "right", "all"]) {
      assert.ok(ran.includes(id));
      if (done.includes(id)) assert.equal(ran.filter((one) => one === id).length, 1, `${id} had finished`);
    }
    assert.equal(await sqlite3(join(world.folder, ".planwright", "planwright.db"), "PRAGMA quick_check"), "ok");
    await world.endWorker("SIGTERM");
  }

  it("fault 1: kill -9 for real, at calls all over the life of a worker: the next one knows what was told and goes on", async () => {
    await killedAt(Number.MAX_SAFE_INTEGER);
    assert.ok(existsSync(callsFile(world)));
    const calls = Number(readFileSync(callsFile(world), "utf8"));
    assert.ok(calls > 30, `${calls} calls`);
    const kills = tries(12, 500);
    const chance = seeded(20_261_121);
    for (let kill = 0; kill < kills; kill += 1) {
      // One of each equal part of a life; many kills go through all of its calls, several times.
      const call = 1 + Math.floor(((kill + chance()) / kills) * calls);
      try {
        await killedAt(call);
      } catch (error) {
        throw new Error(`killed at call ${call} of ${calls}: ${String(error)}`, { cause: error });
      }
      if (isThorough && kill % 50 === 49) console.log(`      ${kill + 1} kills`);
    }
  });
});
