import assert from "node:assert/strict";
import { appendFile, mkdir, readdir, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readLog } from "../../../worker/logs/log-reader.ts";
import { pruneLogs, purgeOf } from "../../../worker/logs/retention.ts";
import { inFolder } from "../../support/store.ts";

const NOW = new Date("2026-02-01T00:00:00.000Z");
const DAY = 86_400_000;
const RETENTION = { maxBytes: 1_000, maxAgeMs: 7 * DAY };

async function stored(logs: string, id: string, bytes: number, daysAgo: number): Promise<void> {
  await mkdir(join(logs, id), { recursive: true });
  const file = join(logs, id, "000001.jsonl");
  await writeFile(file, "x".repeat(bytes));
  const time = new Date(NOW.getTime() - daysAgo * DAY);
  await utimes(file, time, time);
}

const folders = async (logs: string): Promise<string[]> =>
  (await readdir(logs, { withFileTypes: true })).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();

describe("keeping logs (K1; 2 GB and 7 days in all)", () => {
  it("removes what is too old, then the oldest until the rest fits, and never what runs", () =>
    inFolder(async (logs) => {
      await stored(logs, "old", 10, 8);
      await stored(logs, "old-but-running", 300, 9);
      await stored(logs, "first", 400, 3);
      await stored(logs, "second", 400, 2);
      await stored(logs, "third", 200, 1);
      const purges = await pruneLogs(logs, NOW, new Set(["old-but-running"]), RETENTION);
      assert.deepEqual(
        purges.map(({ executionId, bytes, reason }) => [executionId, bytes, reason]),
        [
          ["old", 10, "age"],
          ["first", 400, "size"],
        ],
      );
      assert.deepEqual(await folders(logs), ["old-but-running", "second", "third"]);
      assert.deepEqual(await pruneLogs(logs, NOW, new Set(["old-but-running"]), RETENTION), []);
    }));

  it("lets a reader say that a log was purged, once", () =>
    inFolder(async (logs) => {
      await stored(logs, "run-1", 10, 8);
      await pruneLogs(logs, NOW, new Set(), RETENTION);
      await appendFile(join(logs, "purged.jsonl"), '{"torn');
      const page = await readLog(join(logs, "run-1"), "", {}, 10);
      assert.match(page.entries[0]?.message ?? "", /purged on 2026-02-01/);
      assert.deepEqual((await readLog(join(logs, "run-1"), page.cursor, {}, 10)).entries, []);
      assert.deepEqual((await readLog(join(logs, "never-ran"), "", {}, 10)).entries, []);
      assert.equal(await purgeOf(logs, "never-ran"), null);
    }));

  it("touches only segments", () =>
    inFolder(async (logs) => {
      await stored(logs, "run-1", 10, 8);
      await writeFile(join(logs, "run-1", "notes.txt"), "mine");
      await mkdir(join(logs, "foreign"));
      await writeFile(join(logs, "foreign", "old.log"), "theirs");
      await symlink(join(logs, "run-1"), join(logs, "link"));
      await pruneLogs(logs, NOW, new Set(), RETENTION);
      assert.deepEqual(await readdir(join(logs, "run-1")), ["notes.txt"]);
      assert.deepEqual(await readdir(join(logs, "foreign")), ["old.log"]);
    }));

  it("has nothing to do where there are no logs", () =>
    inFolder(async (folder) => {
      assert.deepEqual(await pruneLogs(join(folder, "logs"), NOW, new Set()), []);
    }));
});
