import assert from "node:assert/strict";
import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../extension/link/clock.ts";
import { FolderLink } from "../../extension/link/folder-link.ts";
import type { ExecutionEvent } from "../../schemas/event.ts";
import { FailureError } from "../../schemas/failure.ts";
import { Plan } from "../../schemas/plan.ts";
import { ChaosProxy } from "../support/chaos-proxy.ts";
import { CliWorld } from "../support/cli.ts";
import { seeded } from "../support/random-runs.ts";
import { patience, tries } from "../support/thorough.ts";

const WORKER = fileURLToPath(new URL("../../dist/worker.mjs", import.meta.url));
const STEPS = 60;

describe("a connection that breaks again and again (design, section 3)", function () {
  this.timeout(patience(60_000));
  let world: CliWorld;
  let proxy: ChaosProxy | null = null;
  let links: FolderLink[];
  beforeEach(() => {
    world = new CliWorld();
    links = [];
  });
  afterEach(async () => {
    await Promise.all(links.map((link) => link.dispose()));
    proxy?.close();
    await world.remove();
  });

  function open(): FolderLink {
    const link = new FolderLink({
      ...{ folder: world.folder, workerEntry: WORKER, version: "0.0.0", clientName: "test", log: () => {} },
      // A window waits longer after each loss; a test has less time.
      clock: { ...systemClock, after: (delay, callback) => systemClock.after(delay / 20, callback) },
      environment: { PATH: process.env["PATH"] ?? "", HOME: world.root, XDG_STATE_HOME: world.stateHome },
    });
    links.push(link);
    return link;
  }

  /** From now on clients find the worker behind the proxy. */
  async function behindProxy(bytesUntilCut: () => number): Promise<ChaosProxy> {
    const record = world.workerRecord();
    assert.ok(record);
    const made = await ChaosProxy.to(record.port, bytesUntilCut);
    const workers = join(world.stateHome, "planwright", "workers");
    const file = join(workers, readdirSync(workers)[0] ?? "", "worker.json");
    writeFileSync(`${file}.draft`, JSON.stringify({ ...record, port: made.port }), { mode: 0o600 });
    renameSync(`${file}.draft`, file);
    return made;
  }

  for (let seed = 1; seed <= tries(1, 10); seed += 1) {
    it(`fault 25: a window gets every event once and in order, and its commands have their effect once (${seed})`, async () => {
      const chance = seeded(seed);
      const steps = Array.from(
        { length: STEPS },
        (_, index) => `- [ ] Step ${index}\n  - command: echo ${index} >> ran; sleep 0.05\n`,
      );
      world.write("many.spec.md", steps.join(""));
      const { planId } = await world.json(Plan, "plan", "many.spec.md");
      await world.run("approve", planId);
      const seen: ExecutionEvent[] = [];
      // A connection on which nothing came is followed by one that lives longer: a whole batch must pass at some time.
      let fruitless = 0;
      let before = 0;
      const made = await behindProxy(() => {
        fruitless = seen.length > before ? 0 : fruitless + 1;
        before = seen.length;
        return 8_000 * 2 ** fruitless + Math.floor(chance() * 8_000);
      });
      proxy = made;
      const pid = world.workerPid();
      const link = open();
      const commandId = crypto.randomUUID();
      /** As often as it takes: nobody knows what became of a command whose answer was lost. */
      const start = async (): Promise<string> => {
        for (;;) {
          try {
            return (await link.call("execution.start", { planId, commandId, writeBack: false })).executionId;
          } catch (error) {
            assert.ok(error instanceof FailureError && error.failure.code === "worker_unavailable", String(error));
          }
        }
      };
      const executionId = await start();
      await new Promise<void>((resolve) => {
        link.follow({ kind: "execution", executionId }, (batch) => {
          if (batch.kind !== "execution") return;
          seen.push(...batch.events);
          if (batch.end) resolve();
        });
      });
      assert.deepEqual(
        seen.map(({ seq }) => seq),
        seen.map((_, index) => index + 1),
        "no gap and no repeat",
      );
      assert.equal(seen.at(-1)?.type, "execution.finished");
      assert.ok(made.cuts >= 2, `${made.cuts} cuts`);
      assert.equal(world.workerPid(), pid, "it is the same worker all the time");
      assert.equal(await start(), executionId, "the same command says what it did");
      assert.deepEqual(
        world.lines("ran"),
        steps.map((_, index) => String(index)),
        "every step ran once",
      );
    });
  }
});
