import assert from "node:assert/strict";
import { copyFile, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FailureError, type FailureCode } from "../../schemas/failure.ts";
import type { Database } from "../../worker/store/database.ts";
import { nodeFileSystem, type FileSystem } from "../../worker/store/file-system.ts";
import { StoreJournal } from "../../worker/store/journal.ts";
import { readEvents } from "../../worker/store/events.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { createdBody, enginePlan, engineStep } from "../support/engine-plans.ts";
import { inFolder, insertBarePlan, PLAN_ID, stamp, started } from "../support/store.ts";

/** A disk that can be full and whose syncs can fail. */
function faultyDisk(): { files: FileSystem; disk: { bytesLeft: number; syncFails: boolean } } {
  const disk = { bytesLeft: Number.MAX_SAFE_INTEGER, syncFails: false };
  const failure = (code: string): Error => Object.assign(new Error(`${code}: made up by a test`), { code });
  const files: FileSystem = {
    ...nodeFileSystem,
    writeSync: (descriptor, from, offset, length, position) => {
      if (disk.bytesLeft === 0) throw failure("ENOSPC");
      const written = nodeFileSystem.writeSync(descriptor, from, offset, Math.min(length, disk.bytesLeft), position);
      disk.bytesLeft -= written;
      return written;
    },
    fsyncSync: (descriptor) => {
      if (disk.syncFails) throw failure("EIO");
      nodeFileSystem.fsyncSync(descriptor);
    },
    fdatasyncSync: (descriptor) => {
      if (disk.syncFails) throw failure("EIO");
      nodeFileSystem.fdatasyncSync(descriptor);
    },
    fdatasync: (descriptor, done) => {
      if (disk.syncFails) setImmediate(() => done(failure("EIO")));
      else nodeFileSystem.fdatasync(descriptor, done);
    },
  };
  return { files, disk };
}

const hasCode =
  (code: FailureCode, message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof FailureError, String(error));
    assert.equal(error.failure.code, code);
    assert.match(error.failure.message, message);
    return true;
  };

const numbers = (database: Database): unknown[] => database.all("SELECT n FROM t ORDER BY n", [], (row) => row["n"]);

describe("fault 5: disk full", () => {
  it("fails the statement, stays readable, and goes on when there is space, wherever the space ends", () =>
    inFolder(async (folder) => {
      for (const bytesLeft of [0, 1, 23, 24, 25, 4_119, 4_120, 4_121, 50_000, 300_000]) {
        const path = join(folder, `${bytesLeft}.db`);
        const { files, disk } = faultyDisk();
        const database = await openDatabase(path, { files });
        database.execute("CREATE TABLE t (n, filler); INSERT INTO t VALUES (1, '')");
        await database.durable();
        disk.bytesLeft = bytesLeft;
        const big = (): void =>
          database.transaction(() => {
            for (let n = 2; n < 200; n += 1) database.run("INSERT INTO t VALUES (?, ?)", [n, "x".repeat(3_000)]);
          });
        assert.throws(big, hasCode("database_full", /no space left.*make room/));
        assert.deepEqual(numbers(database), [1]);
        await database.durable();
        disk.bytesLeft = Number.MAX_SAFE_INTEGER;
        database.run("INSERT INTO t VALUES (2, '')");
        await database.durable();
        await database.abandon();
        const again = await openDatabase(path);
        assert.deepEqual(numbers(again), [1, 2]);
        assert.equal(
          again.first("PRAGMA integrity_check", [], (row) => row["integrity_check"]),
          "ok",
        );
        await again.close();
      }
    })).timeout(30_000);

  it("lets the journal append the same events again", () =>
    inFolder(async (folder) => {
      const { files, disk } = faultyDisk();
      const database = await openDatabase(join(folder, "a.db"), { files });
      insertBarePlan(database);
      const journal = new StoreJournal(database);
      const plan = enginePlan([engineStep("a")]);
      const [first, second] = stamp("e1", [{ ...createdBody(plan), planId: PLAN_ID }, started("a")]);
      assert.ok(first && second);
      await journal.append("e1", [first]);
      disk.bytesLeft = 100;
      await assert.rejects(journal.append("e1", [second]), hasCode("database_full", /./));
      assert.equal(readEvents(database, "e1").length, 1);
      disk.bytesLeft = Number.MAX_SAFE_INTEGER;
      await journal.append("e1", [second]);
      assert.equal(readEvents(database, "e1").length, 2);
      await database.close();
    }));

  it("postpones the merge of the log and loses nothing", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const { files, disk } = faultyDisk();
      const database = await openDatabase(path, { files });
      database.execute("CREATE TABLE t (n, filler)");
      for (let n = 1; n <= 50; n += 1) database.run("INSERT INTO t VALUES (?, ?)", [n, "x".repeat(3_000)]);
      await database.durable();
      disk.bytesLeft = 20_000;
      database.checkpoint();
      assert.equal(numbers(database).length, 50);
      await database.abandon();
      const again = await openDatabase(path);
      assert.equal(numbers(again).length, 50);
      await again.close();
    }));
});

describe("fault 6: failed sync", () => {
  it("never acknowledges again, not even when the next sync would succeed", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const { files, disk } = faultyDisk();
      const database = await openDatabase(path, { files });
      database.execute("CREATE TABLE t (n); INSERT INTO t VALUES (1)");
      await database.durable();
      database.run("INSERT INTO t VALUES (2)");
      disk.syncFails = true;
      await assert.rejects(database.durable(), hasCode("database_damaged", /disk failed.*EIO.*Check the disk/));
      disk.syncFails = false;
      await assert.rejects(database.durable(), hasCode("database_damaged", /disk failed/));
      assert.throws(() => database.run("INSERT INTO t VALUES (3)"), hasCode("database_damaged", /disk failed/));
      assert.ok(numbers(database).includes(1), "reading goes on");
      await assert.rejects(database.close(), hasCode("database_damaged", /disk failed/));
      assert.ok((await stat(`${path}-wal`)).size > 0, "the log is kept for the next opening");
      const again = await openDatabase(path);
      assert.ok(numbers(again).includes(1));
      await again.close();
    }));

  it("never acknowledges again after a failed sync in place, which quick disks get", () =>
    inFolder(async (folder) => {
      const { files, disk } = faultyDisk();
      let inPlace = 0;
      const counting: FileSystem = {
        ...files,
        fdatasync: (_descriptor, done) => done(null),
        fdatasyncSync: (descriptor) => {
          inPlace += 1;
          // As quick as no disk of a busy machine is, until it fails.
          if (disk.syncFails) files.fdatasyncSync(descriptor);
        },
      };
      const database = await openDatabase(join(folder, "a.db"), { files: counting });
      database.execute("CREATE TABLE t (n)");
      const before = inPlace;
      for (let n = 1; n <= 30; n += 1) {
        database.run("INSERT INTO t VALUES (?)", [n]);
        await database.durable();
      }
      assert.ok(inPlace > before, "syncs are made in place after a while");
      disk.syncFails = true;
      database.run("INSERT INTO t VALUES (31)");
      await assert.rejects(database.durable(), hasCode("database_damaged", /disk failed.*EIO/));
      disk.syncFails = false;
      await assert.rejects(database.durable(), hasCode("database_damaged", /disk failed/));
      await database.abandon();
    }));

  it("counts a failed sync of a merge as well", () =>
    inFolder(async (folder) => {
      const { files, disk } = faultyDisk();
      const database = await openDatabase(join(folder, "a.db"), { files });
      database.execute("CREATE TABLE t (n); INSERT INTO t VALUES (1)");
      await database.durable();
      disk.syncFails = true;
      assert.throws(() => database.checkpoint(), hasCode("database_damaged", /disk failed/));
      disk.syncFails = false;
      await assert.rejects(database.durable(), hasCode("database_damaged", /disk failed/));
      await database.abandon();
    }));
});

/** Where the last frame of a log ends: behind it there are only zeros. */
async function usedLength(log: string): Promise<number> {
  const bytes = await readFile(log);
  const header = 32;
  const frame = 24 + 4_096;
  return header + Math.ceil((bytes.findLastIndex((byte) => byte !== 0) + 1 - header) / frame) * frame;
}

describe("fault 8: torn log", () => {
  it("drops the torn commit and keeps every one before it, wherever it is cut", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const database = await openDatabase(path);
      database.execute("CREATE TABLE t (n)");
      const ends: number[] = [];
      for (let n = 1; n <= 3; n += 1) {
        database.run("INSERT INTO t VALUES (?)", [n]);
        await database.durable();
        ends.push(await usedLength(`${path}-wal`));
      }
      await database.abandon();
      const cuts = ends.flatMap((end) => [end - 4_120, end - 4_100, end - 2_000, end - 1, end]);
      for (const cut of cuts) {
        const torn = join(folder, `cut-${cut}.db`);
        await copyFile(path, torn);
        await copyFile(`${path}-wal`, `${torn}-wal`);
        await truncate(`${torn}-wal`, cut);
        const again = await openDatabase(torn);
        const whole = ends.filter((end) => end <= cut).length;
        assert.deepEqual(numbers(again), [1, 2, 3].slice(0, whole), `cut at ${cut}`);
        assert.deepEqual(again.notices, []);
        await again.close();
      }
    }));

  it("drops a commit whose bytes were damaged", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const database = await openDatabase(path);
      database.execute("CREATE TABLE t (n); INSERT INTO t VALUES (1)");
      const kept = await usedLength(`${path}-wal`);
      database.run("INSERT INTO t VALUES (2)");
      await database.abandon();
      const log = await readFile(`${path}-wal`);
      log.writeUInt8(log.readUInt8(kept + 100) ^ 1, kept + 100);
      await writeFile(`${path}-wal`, log);
      const again = await openDatabase(path);
      assert.deepEqual(numbers(again), [1]);
      await again.close();
    }));
});
