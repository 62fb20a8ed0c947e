import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase } from "../../../worker/store/open-database.ts";
import { inFolder, sqlite3 } from "../../support/store.ts";

describe("store: neighbours (J3)", () => {
  it("lets sqlite3 read every commit during a run, and write nothing", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const database = await openDatabase(path);
      database.execute("CREATE TABLE t (a)");
      for (let round = 1; round <= 5; round += 1) {
        database.run("INSERT INTO t VALUES (?)", [round]);
        if (round === 3) database.checkpoint();
        assert.equal(await sqlite3(path, "SELECT count(*) FROM t"), String(round));
        await assert.rejects(sqlite3(path, "DELETE FROM t"), /readonly|read-only/);
        await assert.rejects(sqlite3(path, "VACUUM"), /readonly|read-only/);
      }
      await database.close();
      assert.equal(await sqlite3(path, "SELECT count(*) FROM t; PRAGMA quick_check"), "5\nok");
      assert.equal(await sqlite3(path, "DELETE FROM t; SELECT count(*) FROM t"), "0", "after a close others may write");
    }));

  it("survives a reader that closes while we go on", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const database = await openDatabase(path);
      database.execute("CREATE TABLE t (a)");
      await sqlite3(path, "SELECT count(*) FROM t");
      assert.ok((await stat(`${path}-wal`)).size > 0, "the reader left the log alone");
      database.run("INSERT INTO t VALUES (1)");
      assert.equal(await sqlite3(path, "SELECT a FROM t"), "1");
      await database.close();
    }));

  it("tolerates a guard left over from a crash, and an index file that a program left behind", () =>
    inFolder(async (folder) => {
      for (const [name, leave] of [
        ["a.db", (path: string) => mkdir(path)],
        ["b.db", (path: string) => writeFile(path, "left over")],
      ] as const) {
        const path = join(folder, name);
        await leave(`${path}-shm`);
        const database = await openDatabase(path);
        assert.ok((await stat(`${path}-shm`)).isDirectory());
        await database.close();
        await assert.rejects(stat(`${path}-shm`));
      }
    }));

  it("waits for a program that has the database open, then says which", async function () {
    if (process.platform !== "linux") return;
    await inFolder(async (folder) => {
      const path = join(folder, "a.db");
      await (await openDatabase(path)).close();
      const shell = spawn("sqlite3", [path], { stdio: ["pipe", "pipe", "inherit"] });
      try {
        // The answer of a query stays in the buffer of sqlite3, that of a program that it starts does not.
        shell.stdin.write("SELECT count(*) FROM plans;\n.shell echo ready\n");
        await once(shell.stdout, "data");
        await assert.rejects(openDatabase(path), (error) => {
          assert.ok(error instanceof Error);
          assert.match(error.message, new RegExp(`process ${shell.pid}.*Close it there`));
          return true;
        });
      } finally {
        shell.stdin.end();
        await once(shell, "exit");
      }
      await (await openDatabase(path)).close();
    });
  });
});
