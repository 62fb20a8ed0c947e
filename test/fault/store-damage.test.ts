import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { FailureError } from "../../schemas/failure.ts";
import type { Database } from "../../worker/store/database.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { filesWithoutSync } from "../support/disk/recorded-disk.ts";
import { DATABASE, tellStory, worldsOf } from "../support/disk/stories.ts";
import { seeded } from "../support/random-runs.ts";
import { inFolder, rowsOf } from "../support/store.ts";
import { isThorough, patience } from "../support/thorough.ts";

const SEED = 3;
const PAGE = 4_096;
const BACKUP = "planwright-2026-01-01T00-00-00.000Z.db";

const contents = (database: Database): unknown => [...worldsOf(SEED).keys()].map((id) => rowsOf(database, id));

/** Opens it and makes a backup, as the worker does by and by. Says what it holds, or why that is not to be had. */
async function live(path: string): Promise<{ contents: unknown; notices: readonly string[] } | { failure: string }> {
  try {
    const database = await openDatabase(path, { files: filesWithoutSync });
    try {
      await database.backup(`${path}.copy`);
      return { contents: contents(database), notices: database.notices };
    } finally {
      await database.abandon();
    }
  } catch (error) {
    assert.ok(error instanceof FailureError, String(error));
    return { failure: `${error.failure.code}: ${error.message}` };
  }
}

describe("a database that was damaged on the disk (J2)", function () {
  this.timeout(patience(120_000));

  it("fault 7: whichever page is gone or garbage, that is found, the file is set aside and the backup takes its place", () =>
    inFolder(async (folder) => {
      const path = join(folder, DATABASE);
      const backup = join(folder, "backups", BACKUP);
      await tellStory(SEED, { path, files: filesWithoutSync, onMark: () => undefined });
      const database = await openDatabase(path);
      const before = contents(database);
      await database.backup(backup);
      await database.close();
      const whole = readFileSync(path);
      const chance = seeded(SEED);
      let found = 0;
      const pages = whole.length / PAGE;
      let tried = 0;
      for (let page = 0; page < pages; page += isThorough || page < 4 ? 1 : 5) {
        for (const garbage of isThorough ? [true, false] : [page % 2 === 0]) {
          tried += 1;
          const bytes = Buffer.from(whole);
          // The first page keeps its header: a file that is not ours is left alone, which is told elsewhere.
          const from = page * PAGE + (page === 0 ? 100 : 0);
          for (let at = from; at < (page + 1) * PAGE; at += 1) bytes[at] = garbage ? Math.floor(chance() * 256) : 0;
          for (const suffix of ["-wal", "-journal", "-check", ".copy"]) rmSync(path + suffix, { force: true });
          writeFileSync(path, bytes);
          const what = `page ${page + 1} of ${pages} is ${garbage ? "garbage" : "gone"}`;
          let lived = await live(path);
          if ("failure" in lived) {
            assert.match(
              lived.failure,
              /^database_damaged: .*(damaged|Start Planwright again)/s,
              `${what}: ${lived.failure}`,
            );
            lived = await live(path);
          }
          assert.ok("contents" in lived, `${what}: ${JSON.stringify(lived)}`);
          assert.ok(isDeepStrictEqual(lived.contents, before), `${what}: the record differs`);
          if (lived.notices.length === 0) continue;
          found += 1;
          assert.match(
            lived.notices.join(),
            /was damaged.*set aside as.*took its place/s,
            `${what}: ${lived.notices.join()}`,
          );
        }
      }
      assert.ok(found >= tried - 3, `${found} of ${tried} damaged pages hold something that is looked at`);
      assert.ok(existsSync(backup), "a backup is not used up");
    }));

  it("fault 8: wherever its log is cut, the commits before are there and nothing else", () =>
    inFolder(async (folder) => {
      const path = join(folder, DATABASE);
      const made = await openDatabase(path, { files: filesWithoutSync });
      made.execute("CREATE TABLE t (n)");
      await made.close();
      const database = await openDatabase(path, { files: filesWithoutSync });
      const ends: number[] = [];
      for (let n = 1; n <= 3; n += 1) {
        database.run("INSERT INTO t VALUES (?)", [n]);
        ends.push(usedLength(readFileSync(`${path}-wal`)));
      }
      await database.abandon();
      const log = readFileSync(`${path}-wal`);
      const end = ends.at(-1) ?? 0;
      assert.ok(end > 3 * PAGE);
      const torn = join(folder, "torn.db");
      for (let cut = 0; cut <= end; cut += 1) {
        const isNear = ends.some((one) => Math.abs(one - cut) < 30) || cut < 60;
        if (!isThorough && !isNear && cut % 61 !== 0) continue;
        copyFileSync(path, torn);
        writeFileSync(`${torn}-wal`, log.subarray(0, cut));
        const again = await openDatabase(torn, { files: filesWithoutSync });
        const numbers = again.all("SELECT n FROM t ORDER BY n", [], (row) => row["n"]);
        assert.deepEqual(numbers, [1, 2, 3].slice(0, ends.filter((one) => one <= cut).length), `cut at ${cut}`);
        assert.deepEqual(again.notices, []);
        await again.abandon();
      }
    }));
});

/** Where the last frame of a log ends: behind it there are only zeros. */
function usedLength(log: Buffer): number {
  const header = 32;
  const frame = 24 + PAGE;
  return header + Math.ceil((log.findLastIndex((byte) => byte !== 0) + 1 - header) / frame) * frame;
}
