import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { nodeFileSystem, type FileSystem } from "../../../worker/store/file-system.ts";
import { openDatabase } from "../../../worker/store/open-database.ts";
import { inFolder, sqlite3 } from "../../support/store.ts";

/** Counts the background syncs and lets the test decide when each ends. */
function heldSyncs(): { files: FileSystem; waiting: (() => void)[] } {
  const waiting: (() => void)[] = [];
  const files: FileSystem = {
    ...nodeFileSystem,
    fdatasync: (descriptor, done) => {
      waiting.push(() => nodeFileSystem.fdatasync(descriptor, done));
    },
  };
  return { files, waiting };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Gives the event loop turns until something has happened, but not for ever. */
async function until(happened: () => boolean): Promise<void> {
  for (let turns = 0; !happened(); turns += 1) {
    assert.ok(turns < 100_000, "it never happened");
    await turn();
  }
}

describe("store: database (J1, J3)", () => {
  it("finds after a reopening what was committed, byte for byte", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const blob = Uint8Array.from([0, 255, 1]);
      const first = await openDatabase(path);
      first.execute("CREATE TABLE t (a TEXT, b INTEGER, c REAL, d BLOB, e)");
      first.run("INSERT INTO t VALUES (?, ?, ?, ?, ?)", ["ü\u0000‹x›", 2 ** 53 - 1, 0.1, blob, null]);
      await first.close();
      const second = await openDatabase(path);
      assert.deepEqual(
        second.all("SELECT * FROM t", [], (row) => row),
        [{ a: "ü\u0000‹x›", b: 2 ** 53 - 1, c: 0.1, d: blob, e: null }],
      );
      assert.deepEqual(second.notices, []);
      await second.close();
    }));

  it("writes files that only the person can read, and leaves one file after a clean close", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const database = await openDatabase(path);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      assert.equal((await stat(`${path}-wal`)).mode & 0o777, 0o600);
      await database.close();
      await assert.rejects(stat(`${path}-wal`));
      await assert.rejects(stat(`${path}-shm`));
      assert.equal(
        await sqlite3(path, "PRAGMA application_id; PRAGMA auto_vacuum; PRAGMA journal_mode"),
        "1347908212\n2\nwal",
      );
    }));

  it("rolls a transaction back when its function throws, and goes on", () =>
    inFolder(async (folder) => {
      const database = await openDatabase(join(folder, "a.db"));
      database.execute("CREATE TABLE t (a)");
      const failing = (): void =>
        database.transaction(() => {
          database.run("INSERT INTO t VALUES (1)");
          throw new Error("changed my mind");
        });
      assert.throws(failing, /changed my mind/);
      database.transaction(() => database.transaction(() => database.run("INSERT INTO t VALUES (2)")));
      assert.deepEqual(
        database.all("SELECT a FROM t", [], (row) => row["a"]),
        [2],
      );
      await database.close();
    }));

  it("rolls back the outer transaction when an inner one throws", () =>
    inFolder(async (folder) => {
      const database = await openDatabase(join(folder, "a.db"));
      database.execute("CREATE TABLE t (a)");
      assert.throws(() =>
        database.transaction(() => {
          database.run("INSERT INTO t VALUES (1)");
          database.transaction(() => database.run("INSERT INTO nowhere VALUES (1)"));
        }),
      );
      assert.equal(
        database.first("SELECT count(*) AS n FROM t", [], (row) => row["n"]),
        0,
      );
      await database.close();
    }));

  it("acknowledges only after the sync, and lets callers share one that starts after they called", () =>
    inFolder(async (folder) => {
      const { files, waiting } = heldSyncs();
      const opening = openDatabase(join(folder, "a.db"), { files });
      await until(() => waiting.length > 0);
      waiting.shift()?.();
      const database = await opening;
      database.execute("CREATE TABLE t (a)");

      const acknowledged: string[] = [];
      const pending = (): number => waiting.length;
      const ask = async (name: string): Promise<void> => {
        await database.durable();
        acknowledged.push(name);
      };
      const early = ask("early");
      await turn();
      database.run("INSERT INTO t VALUES (1)");
      const late = [ask("late 1"), ask("late 2"), ask("late 3")];
      await turn();
      assert.equal(pending(), 1);
      assert.deepEqual(acknowledged, []);
      waiting.shift()?.();
      await early;
      await until(() => waiting.length > 0);
      assert.deepEqual(acknowledged, ["early"], "a sync under way cannot answer for a later commit");
      waiting.shift()?.();
      await Promise.all(late);
      assert.equal(pending(), 0, "the three late callers shared one sync");
      await database.durable();
      assert.equal(pending(), 0, "nothing was written, so nothing is synced");
      await database.close();
    }));

  it("refuses to work after it was closed, and can be closed twice", () =>
    inFolder(async (folder) => {
      const database = await openDatabase(join(folder, "a.db"));
      await Promise.all([database.close(), database.close()]);
      assert.throws(() => database.run("SELECT 1"), /closed/);
      await assert.rejects(database.durable(), /closed/);
      await assert.rejects(database.backup(join(folder, "b.db")), /closed/);
    }));

  it("merges the log into the database before it grows without end", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const database = await openDatabase(path);
      database.execute("CREATE TABLE t (a)");
      const chunk = new Uint8Array(1024 * 1024).fill(7);
      for (let round = 0; round < 30; round += 1) {
        database.run("INSERT INTO t VALUES (?)", [chunk]);
        await database.durable();
      }
      assert.ok((await stat(`${path}-wal`)).size < 16 * 1024 * 1024);
      assert.ok((await stat(path)).size > 16 * 1024 * 1024);
      await database.close();
    }));

  it("keeps several databases apart", () =>
    inFolder(async (folder) => {
      const [one, two] = await Promise.all([openDatabase(join(folder, "1.db")), openDatabase(join(folder, "2.db"))]);
      one.execute("CREATE TABLE only_one (a)");
      assert.throws(() => two.run("SELECT * FROM only_one"), /no such table/);
      await Promise.all([one.close(), two.close()]);
    }));
});
