import assert from "node:assert/strict";
import { mkdir, readdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Housekeeping } from "../../../worker/server/housekeeping.ts";
import { Settings } from "../../../worker/server/settings.ts";
import type { Database } from "../../../worker/store/database.ts";
import { backupPath } from "../../../worker/store/backup.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { countOf, keptExecution, withRecord } from "../../support/kept-record.ts";
import { sqlite3 } from "../../support/store.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface House {
  readonly house: Housekeeping;
  readonly database: Database;
  readonly clock: FakeClock;
  readonly notices: string[];
  readonly backups: () => Promise<string[]>;
  readonly set: (text: string) => Promise<void>;
}

/** A house whose clock stands still until the test moves it, and whose backups are looked for in the folder of the record. */
async function withHouse(act: (house: House) => Promise<void>): Promise<void> {
  await withRecord(async (database, folder) => {
    const clock = new FakeClock();
    const notices: string[] = [];
    const house = new Housekeeping({
      home: folder,
      database,
      settings: new Settings(folder),
      clock,
      running: () => [],
      notice: (message) => void notices.push(message),
      changed: () => undefined,
      pruneLogs: () => Promise.resolve(),
      cleanWorktrees: () => Promise.resolve(),
    });
    const dir = join(folder, "backups");
    await act({
      house,
      database,
      clock,
      notices,
      backups: async () => {
        const names: string[] = await readdir(dir).catch(() => []);
        return names.sort();
      },
      set: async (text) => {
        await mkdir(join(folder, ".planwright"), { recursive: true });
        await writeFile(join(folder, ".planwright", "settings.json"), text);
      },
    });
    await house.close();
  });
}

/** Moves the clock on and lets what is due be done; pauses between slices end by the clock, which must not run away from a slow disk. */
async function later(clock: FakeClock, house: Housekeeping, duration: number): Promise<void> {
  await clock.advance(duration);
  let isDone = false;
  const done = house.tidy().finally(() => (isDone = true));
  while (!isDone) {
    await clock.advance(15);
    await Promise.race([done, sleep(2)]);
  }
  await done;
}

const change = (database: Database, name: string): number =>
  database.run("INSERT INTO command_ids (command_id, operation, result, at) VALUES (?, '', '', '2026-01-01')", [name]);

describe("house: backups every hour (J2)", function () {
  this.timeout(60_000);

  it("makes one when something has changed since the last, and only then", () =>
    withHouse(async ({ house, database, clock, backups }) => {
      await later(clock, house, 0);
      assert.equal((await backups()).length, 1);
      change(database, "a");
      await later(clock, house, HOUR / 2);
      assert.equal((await backups()).length, 1, "the hour is not over");
      await later(clock, house, HOUR / 2);
      assert.equal((await backups()).length, 2);
      await later(clock, house, 5 * HOUR);
      assert.equal((await backups()).length, 2, "nothing has changed");
    }));

  it("keeps as many as the settings say, the newest, and those from before a change of the schema besides", () =>
    withHouse(async ({ house, database, clock, backups, set }) => {
      await set('{"backup": {"every": "2h", "keep": 2}}');
      await house.backUp();
      for (let index = 0; index < 4; index += 1) {
        change(database, `c${index}`);
        await later(clock, house, 2 * HOUR);
      }
      assert.deepEqual(
        (await backups()).map((name) => name.slice(0, 24)),
        ["planwright-2026-01-01T06", "planwright-2026-01-01T08"],
      );
    }));

  it("leaves older ones and says so once, when a new one cannot be made", () =>
    withHouse(async ({ house, database, clock, notices, backups }) => {
      await later(clock, house, 0);
      const [first = ""] = await backups();
      change(database, "a");
      const dir = join(database.path, "..", "backups");
      await rename(dir, `${dir}.away`);
      await writeFile(dir, "no folder");
      await later(clock, house, HOUR);
      await later(clock, house, HOUR);
      assert.equal(notices.length, 1, notices.join("\n"));
      assert.match(notices[0] ?? "", /^no backup could be made, older ones stay: /);
      assert.deepEqual(house.problems, notices);
      await rm(dir);
      await rename(`${dir}.away`, dir);
      await later(clock, house, HOUR);
      assert.equal((await backups()).length, 2);
      assert.ok((await backups()).includes(first));
      assert.deepEqual(house.problems, [], "it works again");
    }));

  it("goes on where the worker before it has left off, and tidies what that has left half done", () =>
    withHouse(async ({ house, database, clock, backups }) => {
      const dir = join(database.path, "..", "backups");
      await mkdir(dir);
      await writeFile(backupPath(dir, new Date(clock.wall().getTime() - HOUR / 2)), "");
      await writeFile(`${backupPath(dir, clock.wall())}.draft`, "half");
      await later(clock, house, 0);
      assert.equal((await backups()).length, 1, "the last one is half an hour old");
      await later(clock, house, HOUR / 2);
      assert.equal((await backups()).length, 2);
    }));

  it("makes no backup of what has not changed since the one of the worker before", () =>
    withHouse(async ({ house, database, clock, backups }) => {
      const dir = join(database.path, "..", "backups");
      await mkdir(dir);
      database.checkpoint();
      await writeFile(backupPath(dir, clock.wall()), "");
      const old = new Date(clock.wall().getTime() - HOUR);
      for (const file of [database.path, `${database.path}-wal`]) await utimes(file, old, old);
      await later(clock, house, 3 * HOUR);
      assert.equal((await backups()).length, 1);
    }));

  it("holds what can be opened by itself", () =>
    withHouse(async ({ house, database, clock }) => {
      keptExecution(database, "e1", clock.wall());
      const path = await house.backUp();
      assert.equal(await sqlite3(path, "PRAGMA quick_check; SELECT count(*) FROM executions"), "ok\n1");
    }));
});

describe("house: what is old goes by the settings (J2)", function () {
  this.timeout(60_000);

  const kept = (database: Database): number => countOf(database, "executions", "purged_at IS NULL");

  it("removes executions after the time that a person has set", () =>
    withHouse(async ({ house, database, clock, set }) => {
      await set('{"retention": {"executions": "3d"}}');
      keptExecution(database, "e1", clock.wall());
      await later(clock, house, 2 * DAY);
      assert.equal(kept(database), 1);
      await later(clock, house, 1 * DAY + 1);
      assert.equal(kept(database), 0);
    }));

  it("keeps everything when the time is longer than there are dates", () =>
    withHouse(async ({ house, database, clock, set }) => {
      keptExecution(database, "e1", clock.wall());
      await set('{"retention": {"executions": "102000000d", "messages": "102000000d"}}');
      await later(clock, house, 40 * DAY);
      assert.deepEqual(house.problems, []);
      assert.equal(kept(database), 1);
    }));

  it("removes nothing while the settings cannot be read, says where, and goes on when they are mended", () =>
    withHouse(async ({ house, database, clock, notices, set }) => {
      keptExecution(database, "e1", clock.wall());
      await set('{\n  "retention": {"executions": "never"}\n}');
      await later(clock, house, 40 * DAY);
      await later(clock, house, 1 * DAY);
      assert.equal(kept(database), 1);
      assert.equal(notices.length, 1, notices.join("\n"));
      assert.match(
        notices[0] ?? "",
        /^\.planwright\/settings\.json:2:\d+: retention\.executions: a duration of a minute or more/,
      );
      await set('{"retention": {"executions": "50d"}}');
      await later(clock, house, 1 * DAY);
      assert.deepEqual(house.problems, [], "they are mended");
      assert.equal(kept(database), 1);
      await later(clock, house, 20 * DAY);
      assert.equal(kept(database), 0);
    }));
});

describe("settings of a folder (J2, K4)", () => {
  it("holds on to the last good ones, and names a pattern that cannot be used", () =>
    withHouse(async ({ set, database }) => {
      const folder = join(database.path, "..");
      const settings = new Settings(folder);
      assert.equal((await settings.read()).settings.backup.keep, 24);
      await set('{"backup": {"keep": 5}, "redaction": {"patterns": ["CUST-\\\\d+"]}}');
      assert.equal((await settings.read()).patterns.length, 1);
      await set('{"backup": {"keep": 6}, "redaction": {"patterns": ["ok", "(?<=x)y"]}}');
      const bad = await settings.read();
      assert.deepEqual([bad.settings.backup.keep, bad.patterns.length], [5, 1]);
      assert.match(
        bad.problems[0]?.message ?? "",
        /settings\.json:1:\d+: redaction\.patterns\[1\]: the pattern cannot be used .*RE2/,
      );
      await rename(join(folder, ".planwright", "settings.json"), join(folder, "away.json"));
      assert.deepEqual((await settings.read()).problems, []);
    }));
});
