import assert from "node:assert/strict";
import { mkdir, open, readFile, readdir, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FailureError, type FailureCode } from "../../../schemas/failure.ts";
import { backupPath, listBackups } from "../../../worker/store/backup.ts";
import { openDatabase, type OpenOptions } from "../../../worker/store/open-database.ts";
import type { Migration } from "../../../worker/store/migration.ts";
import { migrations } from "../../../worker/store/migrations.ts";
import { listPlans } from "../../../worker/store/plans.ts";
import { inFolder, insertBarePlan, sqlite3 } from "../../support/store.ts";

const AT = new Date("2026-11-21T08:00:00.000Z");
const now = (): Date => AT;

async function assertRefused(
  path: string,
  code: FailureCode,
  message: RegExp,
  options: OpenOptions = {},
): Promise<void> {
  await assert.rejects(openDatabase(path, options), (error) => {
    assert.ok(error instanceof FailureError, String(error));
    assert.equal(error.failure.code, code);
    assert.match(error.failure.message, message);
    assert.ok(error.failure.message.includes(path));
    return true;
  });
}

/** A database with one remembered command, and a backup that does not have it yet. */
async function databaseWithBackup(folder: string): Promise<string> {
  const path = join(folder, "planwright.db");
  const database = await openDatabase(path, { now });
  database.run("INSERT INTO command_ids VALUES ('in-backup', 'o', '{}', '2026')");
  await database.backup(backupPath(join(folder, "backups"), AT));
  database.run("INSERT INTO command_ids VALUES ('later', 'o', '{}', '2026')");
  await database.close();
  return path;
}

async function overwrite(path: string, position: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "r+");
  await file.write(bytes, 0, bytes.length, position);
  await file.close();
}

describe("store: opening what is not as it should be (J1)", () => {
  it("begins anew in an empty file, and in an SQLite database without content", () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, "empty.db"), "");
      await sqlite3(join(folder, "bare.db"), "VACUUM");
      for (const name of ["empty.db", "bare.db", "absent.db"]) {
        const database = await openDatabase(join(folder, name));
        assert.deepEqual(database.notices, []);
        await database.close();
        const state = await sqlite3(join(folder, name), "PRAGMA application_id; PRAGMA user_version");
        assert.equal(state, `1347908212\n${migrations.length}`);
      }
    }));

  it("leaves a file that is no database, and one of another program, untouched", () =>
    inFolder(async (folder) => {
      const text = join(folder, "text.db");
      await writeFile(text, "my notes\n".repeat(1_000));
      const foreign = join(folder, "foreign.db");
      await sqlite3(foreign, "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)");
      const marked = join(folder, "marked.db");
      await sqlite3(marked, "PRAGMA application_id=42; VACUUM");
      for (const path of [text, foreign, marked]) {
        const before = await readFile(path);
        await assertRefused(path, "database_foreign", /not a database of Planwright.*move it away/);
        assert.deepEqual(await readFile(path), before);
      }
      assert.deepEqual((await readdir(folder)).sort(), ["foreign.db", "marked.db", "text.db"]);
    }));

  it("leaves a newer database untouched, also when its log is not merged yet", () =>
    inFolder(async (folder) => {
      const path = join(folder, "planwright.db");
      const database = await openDatabase(path, { migrations: [...migrations, { name: "next", script: "SELECT 1" }] });
      database.run("INSERT INTO command_ids VALUES ('kept', 'o', '{}', '2026')");
      await database.abandon();
      const before = await Promise.all([readFile(path), readFile(`${path}-wal`)]);
      const known = migrations.length;
      const message = new RegExp(`schema ${known + 1}, this one knows ${known}.*update Planwright`);
      await assertRefused(path, "database_newer", message);
      assert.deepEqual(await Promise.all([readFile(path), readFile(`${path}-wal`)]), before);
      assert.equal(await sqlite3(path, "SELECT command_id FROM command_ids"), "kept");
    }));

  const damages: [name: string, damage: (path: string) => Promise<void>][] = [
    ["cut off in the middle", async (path) => truncate(path, 10_000)],
    ["cut off within the header", async (path) => truncate(path, 60)],
    ["filled with zeros", async (path) => writeFile(path, new Uint8Array((await stat(path)).size))],
    ["with a destroyed schema", async (path) => overwrite(path, 100, new Uint8Array(2_000).fill(0xa5))],
    ["with an impossible page size", async (path) => overwrite(path, 16, Uint8Array.from([0, 7]))],
  ];
  for (const [name, damage] of damages) {
    it(`sets a database aside that is ${name}, and restores the backup`, () =>
      inFolder(async (folder) => {
        const path = await databaseWithBackup(folder);
        await damage(path);
        const broken = await readFile(path);
        const database = await openDatabase(path, { now });
        const ids = database.all("SELECT command_id FROM command_ids", [], (row) => row["command_id"]);
        assert.deepEqual(ids, ["in-backup"]);
        assert.equal(database.notices.length, 1);
        assert.match(
          database.notices[0] ?? "",
          /was damaged.*set aside as planwright\.db\.damaged-2026-11-21.*planwright-2026-11-21.*missing/,
        );
        assert.deepEqual(await readFile(`${path}.damaged-2026-11-21T08-00-00.000Z`), broken);
        await database.close();
      }));
  }

  it("passes over a damaged backup, and begins anew without a good one", () =>
    inFolder(async (folder) => {
      const path = await databaseWithBackup(folder);
      const newer = backupPath(join(folder, "backups"), new Date(AT.getTime() + 1));
      await writeFile(newer, "no database");
      await truncate(path, 10_000);
      const restored = await openDatabase(path, { now });
      assert.equal(
        restored.first("SELECT count(*) AS n FROM command_ids", [], (row) => row["n"]),
        1,
      );
      await restored.close();

      const [good] = (await listBackups(join(folder, "backups"))).filter((one) => one !== newer);
      assert.ok(good);
      await truncate(good, 5_000);
      await truncate(path, 10_000);
      const anew = await openDatabase(path, { now: () => new Date(AT.getTime() + 5) });
      assert.equal(
        anew.first("SELECT count(*) AS n FROM command_ids", [], (row) => row["n"]),
        0,
      );
      assert.match(anew.notices[0] ?? "", /no good backup.*begins anew.*missing/);
      await anew.close();
    }));

  it("looks at the whole file when a backup has shown damage that opens silently", () =>
    inFolder(async (folder) => {
      const path = await databaseWithBackup(folder);
      const fill = await openDatabase(path);
      fill.execute("CREATE TABLE t (a); INSERT INTO t SELECT randomblob(3000) FROM json_each('[1,2,3,4,5,6,7,8,9]')");
      await fill.close();
      const size = (await stat(path)).size;
      await overwrite(path, size - 3 * 4096, new Uint8Array(4096).fill(0xa5));

      const database = await openDatabase(path, { now });
      assert.deepEqual(database.notices, [], "nobody has looked yet");
      const target = backupPath(join(folder, "backups"), new Date(AT.getTime() + 1));
      await assert.rejects(database.backup(target), (error) => {
        assert.ok(error instanceof FailureError);
        assert.equal(error.failure.code, "database_damaged");
        return true;
      });
      await assert.rejects(stat(target));
      await database.close();

      const repaired = await openDatabase(path, { now });
      assert.match(repaired.notices[0] ?? "", /was damaged/);
      assert.equal(
        repaired.first("PRAGMA quick_check", [], (row) => row["quick_check"]),
        "ok",
      );
      await repaired.close();
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.includes("check")),
        [],
      );
    }));

  it("says what is wrong with a folder in the file's place", () =>
    inFolder(async (folder) => {
      const path = join(folder, "planwright.db");
      await mkdir(path);
      await assertRefused(path, "unreadable", /cannot be read \(EISDIR\)/);
    }));
});

describe("store: migrations (J1, J2)", () => {
  const second: Migration = { name: "second", script: "CREATE TABLE second (a); INSERT INTO second VALUES (1)" };

  it("brings an older database up to date and backs it up before", () =>
    inFolder(async (folder) => {
      const path = await databaseWithBackup(folder);
      const database = await openDatabase(path, {
        migrations: [...migrations, second],
        now: () => new Date(AT.getTime() + 1),
      });
      assert.equal(
        database.first("SELECT a FROM second", [], (row) => row["a"]),
        1,
      );
      await database.close();
      const [backup = ""] = await listBackups(join(folder, "backups"));
      const known = migrations.length;
      assert.ok(backup.endsWith(`-before-schema-${known + 1}.db`), backup);
      assert.equal(await sqlite3(backup, "SELECT count(*) FROM command_ids; PRAGMA user_version"), `2\n${known}`);
    }));

  it("counts the steps and the done tasks of plans that were kept before lists showed them (O1)", () =>
    inFolder(async (folder) => {
      const path = join(folder, "planwright.db");
      const old = await openDatabase(path, { migrations: migrations.slice(0, 3) });
      insertBarePlan(old);
      old.run("UPDATE plans SET steps = ?, plan = ?", [
        '[{"id":"a"},{"id":"b"}]',
        '{"settled":[{"id":"c","state":"done"},{"id":"d","state":"skipped"}]}',
      ]);
      await old.close();
      const database = await openDatabase(path);
      const [plan] = listPlans(database, "bare.spec.md", 5);
      assert.deepEqual([plan?.steps, plan?.hasDone], [2, true]);
      await database.close();
    }));

  it("keeps the rows of a database of the first schema, with what is new unknown in them (A9, F1)", () =>
    inFolder(async (folder) => {
      const path = join(folder, "planwright.db");
      const first = await openDatabase(path, { migrations: migrations.slice(0, 1), now });
      insertBarePlan(first);
      first.execute(`
        INSERT INTO executions (id, plan_id, status, started_at, simulated, currency) VALUES ('e', 'plan-1', 'completed', '2026', 0, 'USD');
        INSERT INTO step_executions (execution_id, step_id, status, simulated) VALUES ('e', 'a', 'completed', 0);
        INSERT INTO attempts (execution_id, step_id, number, id, agent, status, simulated, started_at, reserved_micros)
          VALUES ('e', 'a', 1, 'a/1', 'coder', 'succeeded', 0, '2026', 0);`);
      await first.close();
      const database = await openDatabase(path, { now });
      const row = database.first(
        `SELECT e.write_back, s.capability, a.status, (SELECT count(*) FROM decisions) AS decisions
         FROM executions e JOIN step_executions s ON s.execution_id = e.id JOIN attempts a ON a.execution_id = e.id`,
        [],
        (values) => values,
      );
      assert.deepEqual(row, { write_back: 1, capability: null, status: "succeeded", decisions: 0 });
      await database.close();
      assert.equal(await sqlite3(path, "PRAGMA foreign_key_check; PRAGMA quick_check"), "ok");
    }));

  it("leaves the database as it was when a step fails", () =>
    inFolder(async (folder) => {
      const path = await databaseWithBackup(folder);
      const broken: Migration = { name: "broken", script: "CREATE TABLE half (a); INSERT INTO nowhere VALUES (1)" };
      await assert.rejects(openDatabase(path, { migrations: [...migrations, broken], now }), /no such table: nowhere/);
      const database = await openDatabase(path);
      assert.equal(
        database.first("SELECT count(*) AS n FROM command_ids", [], (row) => row["n"]),
        2,
      );
      assert.throws(() => database.run("SELECT * FROM half"), /no such table/);
      await database.close();
    }));
});
