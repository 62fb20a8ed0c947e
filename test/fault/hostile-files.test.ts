import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FailureError } from "../../schemas/failure.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { CliWorld } from "../support/cli.ts";
import { inFolder, insertBarePlan, sqlite3 } from "../support/store.ts";

describe("files of a workspace that somebody else has made, or can read (SEC6, SEC23)", function () {
  this.timeout(60_000);

  it("what is recorded is the person's alone, under umask 0 too (SEC6)", async () => {
    const world = new CliWorld();
    const before = process.umask(0);
    try {
      world.write("t.spec.md", "- [ ] One\n  - command: echo secret\n");
      assert.equal((await world.run("run", "t.spec.md", "--yes")).code, 0);
    } finally {
      process.umask(before);
    }
    const record = join(world.folder, ".planwright");
    assert.equal(statSync(record).mode & 0o777, 0o700);
    const open = [record, world.stateHome].flatMap((root) =>
      readdirSync(root, { recursive: true, encoding: "utf8" })
        .map((name) => join(root, name))
        // What is inside a folder of 0700 is closed by it; what holds secrets is closed by itself, too.
        .filter(
          (file) => /\.db|worker\.json|owner\.json|approvals|logs/.test(file) && (statSync(file).mode & 0o077) !== 0,
        ),
    );
    assert.deepEqual(open, []);
    await world.remove();
  });

  for (const [what, sql] of [
    ["a trigger", "CREATE TRIGGER evil AFTER INSERT ON plans BEGIN DELETE FROM plans; END"],
    ["a view", "CREATE VIEW evil AS SELECT 1"],
    [
      "a view under the name of a table",
      "ALTER TABLE plans RENAME TO hidden; CREATE VIEW plans AS SELECT * FROM hidden",
    ],
  ] as const) {
    it(`a database with ${what} is refused and left untouched (SEC23)`, () =>
      inFolder(async (folder) => {
        const path = join(folder, "planwright.db");
        const database = await openDatabase(path);
        insertBarePlan(database);
        await database.close();
        await sqlite3(path, sql);
        const before = readFileSync(path);
        await assert.rejects(openDatabase(path), (error) => {
          assert.ok(error instanceof FailureError, String(error));
          assert.equal(error.failure.code, "database_foreign");
          assert.match(
            error.message,
            /(?:trigger|view) "(?:evil|plans)", which Planwright never makes.*left untouched/,
          );
          return true;
        });
        assert.deepEqual(readFileSync(path), before);
      }));
  }

  it("what the record of a cloned workspace says of approvals starts nothing (SEC9, SEC10)", async () => {
    const [victim, attacker] = [new CliWorld(), new CliWorld()];
    const spec = "- [ ] One\n  - command: touch canary\n";
    attacker.write("t.spec.md", spec);
    assert.equal((await attacker.run("plan", "t.spec.md")).code, 0);
    const started = attacker.start(["run", "t.spec.md", "--yes"]);
    await started.result;
    await attacker.endWorker("SIGTERM");
    victim.write("t.spec.md", spec);
    victim.write(".planwright/planwright.db", readFileSync(join(attacker.folder, ".planwright", "planwright.db")));
    writeFileSync(join(victim.folder, ".planwright", "planwright.db-wal"), "");
    const { code } = await victim.run("run", "t.spec.md");
    assert.notEqual(code, 0, "nobody of this machine has approved it");
    assert.throws(() => victim.read("canary"));
    await Promise.all([victim.remove(), attacker.remove()]);
  });
});
