import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backupPath, listBackups, pruneBackups } from "../../../worker/store/backup.ts";
import { openDatabase } from "../../../worker/store/open-database.ts";
import { inFolder, sqlite3 } from "../../support/store.ts";

describe("store: backup (J2)", () => {
  it("holds what was committed before, while writing goes on across it", () =>
    inFolder(async (folder) => {
      const database = await openDatabase(join(folder, "a.db"));
      database.execute("CREATE TABLE t (a INTEGER, b)");
      const filler = new Uint8Array(20_000);
      const write = (value: number): number => database.run("INSERT INTO t VALUES (?, ?)", [value, filler]);
      for (let value = 1; value <= 500; value += 1) write(value);
      database.checkpoint();
      const target = join(folder, "backups", "planwright-1.db");
      let done = false;
      const backup = database.backup(target).then(() => void (done = true));
      let value = 500;
      while (!done) {
        write((value += 1));
        await database.durable();
      }
      await backup;
      const answer = await sqlite3(target, "PRAGMA quick_check; SELECT count(*) = max(a), max(a) >= 500 FROM t");
      assert.equal(answer, "ok\n1|1");
      assert.deepEqual(await readdir(join(folder, "backups")), ["planwright-1.db"]);
      assert.equal(
        database.first("SELECT count(*) AS n FROM t", [], (row) => row["n"]),
        value,
      );
      await database.close();
    }));

  it("holds the merging of the log back until the copy is made", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const database = await openDatabase(path);
      database.execute("CREATE TABLE t (a)");
      database.checkpoint();
      const before = await readFile(path);
      const backup = database.backup(join(folder, "backups", "planwright-1.db"));
      database.run("INSERT INTO t VALUES (zeroblob(100000))");
      database.checkpoint();
      assert.ok(before.equals(await readFile(path)), "the main file is not written while it is copied");
      await backup;
      database.checkpoint();
      assert.ok(!before.equals(await readFile(path)));
      await database.close();
    }));

  it("is waited for by a close", () =>
    inFolder(async (folder) => {
      const database = await openDatabase(join(folder, "a.db"));
      const target = join(folder, "backups", "planwright-1.db");
      const backup = database.backup(target);
      await database.close();
      await backup;
      assert.equal(await sqlite3(target, "PRAGMA quick_check"), "ok");
    }));

  it("replaces an older one as a whole", () =>
    inFolder(async (folder) => {
      const target = join(folder, "planwright-1.db");
      await writeFile(target, "the older one");
      const database = await openDatabase(join(folder, "a.db"));
      await database.backup(target);
      await database.close();
      assert.equal((await readFile(target)).subarray(0, 15).toString(), "SQLite format 3");
    }));

  it("keeps the newest and deletes only backups", () =>
    inFolder(async (folder) => {
      const days = [3, 1, 2].map((day) => backupPath(folder, new Date(Date.UTC(2026, 0, day))));
      for (const path of [...days, join(folder, "mine.db")]) await writeFile(path, "");
      await pruneBackups(folder, 2);
      assert.deepEqual(await listBackups(folder), [days[0], days[2]]);
      assert.ok((await readdir(folder)).includes("mine.db"));
      assert.deepEqual(await listBackups(join(folder, "absent")), []);
    }));
});
