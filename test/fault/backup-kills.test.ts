import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { Backup } from "../../schemas/operations/backup.ts";
import { FailureError } from "../../schemas/failure.ts";
import { CliWorld, endProcess } from "../support/cli.ts";
import { callsFile, connectMortal } from "../support/mortal-client.ts";
import { seeded } from "../support/random-runs.ts";
import { sqlite3 } from "../support/store.ts";
import { patience, tries } from "../support/thorough.ts";

const SPEC = "# A\n\n- [ ] One\n  - command: [true]\n";

describe("backups and a worker that is killed (J2)", function () {
  this.timeout(patience(120_000));
  let world: CliWorld;
  let backup: Backup;
  before(async () => {
    world = new CliWorld();
    world.write("a.spec.md", SPEC);
    await world.run("run", "a.spec.md", "--yes", "--no-write-back");
    backup = await world.json(Backup, "backup");
    await world.run("run", "a.spec.md", "--yes", "--no-write-back");
    await world.endWorker("SIGTERM");
    cpSync(join(world.folder, ".planwright"), join(world.root, "pristine"), { recursive: true });
  });
  after(() => world.remove());

  /** Makes a backup and restores the older one with a worker that dies at a call. Resolves with how far that came. */
  async function restoreAndDie(killAt: number): Promise<{ made: Backup | null; isRestored: boolean }> {
    let made: Backup | null = null;
    let isRestored = false;
    try {
      const client = await connectMortal(world, killAt);
      try {
        made = await client.call("backup.make", { commandId: crypto.randomUUID() });
        await client.call("backup.restore", { backup: basename(backup.path), commandId: crypto.randomUUID() });
        isRestored = true;
      } finally {
        client.dispose();
      }
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
    }
    return { made, isRestored };
  }

  async function killedAt(call: number): Promise<void> {
    const home = join(world.folder, ".planwright");
    rmSync(home, { recursive: true });
    cpSync(join(world.root, "pristine"), home, { recursive: true });
    const { made, isRestored } = await restoreAndDie(call);
    const pid = world.workerPid();
    if (pid !== null) await endProcess(pid, "SIGKILL");
    const next = await world.connect();
    try {
      const { executions, notices } = await next.call("execution.list", {});
      assert.deepEqual(notices, [], "the record is whole");
      if (isRestored) assert.equal(executions.length, 1, "what was said to be restored is there");
      else assert.ok(executions.length === 1 || executions.length === 2, `${executions.length} executions`);
      const { backups } = await next.call("backup.list", {});
      const names = backups.map(({ path }) => path);
      assert.ok(names.includes(backup.path), "the older backup is still there");
      if (made) assert.ok(names.includes(made.path), "and so is the one that was told of");
      for (const path of names) assert.equal(await sqlite3(path, "PRAGMA quick_check"), "ok");
      if (executions.length === 1) {
        const aside = readdirSync(home).find((name) => name.includes(".before-restore-"));
        assert.equal(await sqlite3(join(home, aside ?? "none"), "SELECT count(*) FROM executions"), "2");
      }
    } finally {
      next.dispose();
    }
    await world.endWorker("SIGTERM");
    assert.equal(await sqlite3(join(home, "planwright.db"), "PRAGMA quick_check"), "ok");
  }

  it("fault 1: kill -9 at calls all over a backup and a restore: the record is the one or the other, and backups are whole", async () => {
    await killedAt(Number.MAX_SAFE_INTEGER);
    const calls = Number(readFileSync(callsFile(world), "utf8"));
    assert.ok(calls > 30, `${calls} calls`);
    const kills = tries(12, calls);
    const chance = seeded(20_261_122);
    for (let kill = 0; kill < kills; kill += 1) {
      const call = 1 + Math.floor(((kill + chance()) / kills) * calls);
      try {
        await killedAt(call);
      } catch (error) {
        throw new Error(`killed at call ${call} of ${calls}: ${String(error)}`, { cause: error });
      }
    }
  });
});
