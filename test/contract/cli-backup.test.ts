import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { Backup } from "../../schemas/operations/backup.ts";
import { CliWorld } from "../support/cli.ts";

const Backups = z.object({ backups: z.array(Backup) });
const Restored = z.object({ restored: Backup, aside: z.string().nullable() });
const Executions = z.object({ executions: z.array(z.object({ executionId: z.string(), status: z.string() })) });

const spec = (title: string): string => `# ${title}\n\n- [ ] One\n\n  \`\`\`sh\n  true\n  \`\`\`\n`;

describe("planwright backup, restore (J2)", function () {
  this.timeout(60_000);
  let world: CliWorld;

  beforeEach(() => {
    world = new CliWorld();
  });

  afterEach(() => world.remove());

  const run = (name: string): Promise<unknown> => {
    world.write(`${name}.spec.md`, spec(name));
    return world.run("run", `${name}.spec.md`, "--yes", "--no-write-back");
  };
  const executions = async (): Promise<number> => (await world.json(Executions, "status")).executions.length;

  it("brings back what was there, keeps what took its place, and leaves approvals alone", async () => {
    await run("first");
    const made = await world.json(Backup, "backup");
    assert.equal(statSync(made.path).mode & 0o777, 0o600);
    assert.equal(statSync(join(made.path, "..")).mode & 0o777, 0o700);
    await run("second");
    assert.equal(await executions(), 2);
    const refused = await world.run("restore");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /nobody can be asked here: planwright restore planwright-.*\.db --yes/);
    assert.equal(await executions(), 2, "nothing was restored without a yes");
    const { restored, aside } = await world.json(Restored, "restore", "--yes");
    assert.equal(restored.path, made.path);
    assert.match(aside ?? "", /planwright\.db\.before-restore-/);
    assert.equal(await executions(), 1);
    const again = await world.json(Restored, "restore", aside ?? "", "--yes");
    assert.equal(again.restored.path, aside);
    assert.equal(await executions(), 2, "what was put aside can be restored as well");
    const ran = await world.run("run", "second.spec.md", "--no-write-back");
    assert.equal(ran.code, 0, `the approval still holds: ${ran.stderr}`);
  });

  it("lists them, the newest first, with their sizes", async () => {
    assert.match((await world.run("backup", "--list")).stdout, /There is no backup yet/);
    assert.match((await world.run("backup")).stderr, /there is no record yet/);
    await run("first");
    const first = await world.json(Backup, "backup");
    const second = await world.json(Backup, "backup");
    const { backups } = await world.json(Backups, "backup", "--list");
    assert.deepEqual(
      backups.map(({ path }) => path),
      [second.path, first.path],
    );
    const { stdout } = await world.run("backup", "--list");
    assert.match(stdout, new RegExp(`${basename(first.path)} .* \\d+ kB`));
  });

  it("takes the newest that is whole, and none when none is", async () => {
    await run("first");
    const good = await world.json(Backup, "backup");
    const torn = await world.json(Backup, "backup");
    truncateSync(torn.path, 50_000);
    await run("second");
    const named = await world.run("restore", basename(torn.path), "--yes");
    assert.equal(named.code, 2);
    assert.match(named.stderr, /nothing was restored, the record is as it was: .*planwright-/);
    assert.equal(await executions(), 2);
    const { stdout } = await world.run("restore", "--yes");
    assert.ok(stdout.includes(`${basename(torn.path)} cannot be used, so an older one was taken`), stdout);
    assert.ok(stdout.includes(`Restored from ${basename(good.path)}`), stdout);
    assert.equal(await executions(), 1);
    writeFileSync(good.path, "no database at all");
    assert.match((await world.run("restore", "--yes")).stderr, /nothing was restored/);
    assert.match((await world.run("restore", "nosuch.db", "--yes")).stderr, /there is no backup "nosuch\.db"/);
    assert.match((await world.run("restore", "backups", "--yes")).stderr, /there is no backup "backups"/);
    assert.match((await world.run("restore", ".planwright", "--yes")).stderr, /there is no backup "\.planwright"/);
    assert.match((await world.run("restore", "", "--yes")).stderr, /there is no backup ""/);
    assert.equal(await executions(), 1);
  });

  it("restores at once in a worker that has just begun, although hooks are looked at then", async () => {
    await run("first");
    await world.run("backup");
    for (let time = 0; time < 3; time++) {
      const { code, stderr } = await world.run("restore", "--yes");
      assert.equal(code, 0, stderr);
    }
  });

  it("refuses a backup of a newer Planwright, and while something runs", async () => {
    await run("first");
    const made = await world.json(Backup, "backup");
    const bytes = readFileSync(made.path);
    bytes.writeUInt32BE(9_999, 60);
    writeFileSync(made.path, bytes);
    assert.match((await world.run("restore", "--yes")).stderr, /written by a newer Planwright \(schema 9999/);
    world.write(
      "slow.spec.md",
      "# Slow\n\n- [ ] One\n\n  ```sh\n  touch begun; while [ ! -e go ]; do sleep 0.05; done\n  ```\n",
    );
    const slow = world.start(["run", "slow.spec.md", "--yes"]);
    await slow.printed("One");
    const refused = await world.run("restore", "--yes");
    assert.match(refused.stderr, /something runs \(run-.*\): wait for its end, or cancel it first/);
    world.write("go", "");
    assert.equal((await slow.result).code, 0);
  });

  it("leaves nothing half done behind", async () => {
    await run("first");
    await world.run("backup");
    await world.run("restore", "--yes");
    await world.run("status");
    const left = readdirSync(join(world.folder, ".planwright")).filter((name) => /\.restore$|\.draft/.test(name));
    assert.deepEqual(left, []);
  });
});
