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

  it("merges the log and gives it room while nobody waits for a sync", () =>
    inFolder(async (folder) => {
      let isAwaited = false;
      const names = new Map<number, string>();
      const meanwhile = { merged: 0, grown: 0 };
      const awaited = { merged: 0, grown: 0 };
      const files: FileSystem = {
        ...nodeFileSystem,
        openSync: (path, flags, mode) => {
          const descriptor = nodeFileSystem.openSync(path, flags, mode);
          names.set(descriptor, path);
          return descriptor;
        },
        writeSync: (descriptor, from, offset, length, position) => {
          const counts = isAwaited ? awaited : meanwhile;
          const isLog = names.get(descriptor)?.endsWith("-wal") ?? false;
          if (!isLog) counts.merged += 1;
          else if (length >= 64 * 1024 && !from.subarray(offset, offset + length).some((byte) => byte !== 0))
            counts.grown += 1;
          return nodeFileSystem.writeSync(descriptor, from, offset, length, position);
        },
      };
      const database = await openDatabase(join(folder, "a.db"), { files });
      database.execute("CREATE TABLE t (a)");
      await database.durable();
      await turn();
      meanwhile.grown = 0;
      const chunk = new Uint8Array(30_000).fill(7);
      for (let round = 0; round < 450; round += 1) {
        isAwaited = true;
        database.run("INSERT INTO t VALUES (?)", [chunk]);
        await database.durable();
        isAwaited = false;
        await turn();
        // What it does by itself is over, too.
        await database.durable();
      }
      assert.deepEqual(awaited, { merged: 0, grown: 0 });
      assert.ok(meanwhile.merged > 1_000 && meanwhile.grown > 20, JSON.stringify(meanwhile));
      await database.close();
    }));

  it("leaves a full disk alone after it has tried to give the log room", () =>
    inFolder(async (folder) => {
      let syncs = 0;
      let isFull = false;
      const files: FileSystem = {
        ...nodeFileSystem,
        writeSync: (descriptor, from, offset, length, position) => {
          if (isFull && length >= 64 * 1024) throw Object.assign(new Error("made up"), { code: "ENOSPC" });
          return nodeFileSystem.writeSync(descriptor, from, offset, length, position);
        },
        fdatasyncSync: (descriptor) => {
          syncs += 1;
          nodeFileSystem.fdatasyncSync(descriptor);
        },
        fdatasync: (descriptor, done) => {
          syncs += 1;
          nodeFileSystem.fdatasync(descriptor, done);
        },
      };
      const database = await openDatabase(join(folder, "a.db"), { files });
      database.execute("CREATE TABLE t (a)");
      await database.durable();
      await turn();
      await database.durable();
      isFull = true;
      const before = syncs;
      for (let round = 0; round < 20; round += 1) {
        database.run("INSERT INTO t VALUES (?)", [new Uint8Array(30_000)]);
        await database.durable();
        for (let turns = 0; turns < 10; turns += 1) await turn();
      }
      assert.equal(syncs - before, 20);
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
