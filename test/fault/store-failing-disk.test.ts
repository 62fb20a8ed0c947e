import assert from "node:assert/strict";
import { join } from "node:path";
import { FailureError } from "../../schemas/failure.ts";
import type { FileSystem } from "../../worker/store/file-system.ts";
import { insertEvents, readEvents } from "../../worker/store/events.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { createdBody, enginePlan, engineStep } from "../support/engine-plans.ts";
import { failingFiles, type DiskCall } from "../support/disk/failing-disk.ts";
import { DATABASE, recordStory, StoryCheck, tellStory, type StoryMark } from "../support/disk/stories.ts";
import { appendEvents, inFolder, insertBarePlan, PLAN_ID, stamp, started } from "../support/store.ts";
import { patience, tries } from "../support/thorough.ts";

/** How every call of a story ends when nothing fails. */
async function callsOf(seed: number): Promise<DiskCall[]> {
  return inFolder(async (folder) => {
    const calls: DiskCall[] = [];
    const files = failingFiles((_call, kind) => {
      calls.push(kind);
      return null;
    });
    await tellStory(seed, { path: join(folder, DATABASE), files, onMark: () => undefined });
    return calls;
  });
}

/** Tells every story once for each of its calls that is asked for; what fails is of that story and that call. */
async function atEveryCall(
  kinds: readonly DiskCall[],
  act: (seed: number, call: number, path: string, check: StoryCheck) => Promise<void>,
): Promise<void> {
  for (let seed = 1; seed <= tries(1, 20); seed += 1) {
    const calls = await callsOf(seed);
    assert.ok(calls.length > 50);
    await inFolder(async (folder) => {
      const check = await StoryCheck.open(await recordStory(join(folder, "recorded"), seed), folder);
      for (const [index, kind] of calls.entries()) {
        if (!kinds.includes(kind)) continue;
        try {
          await act(seed, index + 1, join(folder, `failing-${index + 1}`, DATABASE), check);
        } catch (error) {
          throw new Error(`story ${seed}, call ${index + 1} (${kind}): ${String(error)}`, { cause: error });
        }
      }
      await check.close();
    });
  }
}

const isFailure = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof FailureError && codes.includes(error.failure.code);

describe("a disk that fails at any call (J1, C9)", function () {
  this.timeout(patience(120_000));

  it("fault 5: full at any write, for a moment or longer: nothing is lost, and it goes on when there is space", () =>
    atEveryCall(["write", "create"], async (seed, fullAt, path, check) => {
      // It fills up at a call, and somebody makes room when so many calls have failed.
      const most = 1 + (fullAt % 4);
      let failuresLeft = most;
      const files = failingFiles((call, kind) => {
        if (call < fullAt || failuresLeft === 0 || (kind !== "write" && kind !== "create")) return null;
        failuresLeft -= 1;
        return "ENOSPC";
      });
      const marks: StoryMark[] = [];
      const onMark = (mark: StoryMark): void => void marks.push(mark);
      for (let told = false; !told;) {
        try {
          await tellStory(seed, { path, files, onMark });
          told = true;
        } catch (error) {
          assert.ok(isFailure(error, ["database_full"]), String(error));
        }
      }
      assert.ok(failuresLeft < most, "the disk was full");
      await check.holdsIn(path, marks);
    }));

  it("fault 6: after a failed sync nothing more is acknowledged before it is opened again, and then everything that was is there", () =>
    atEveryCall(["sync"], async (seed, failsAt, path, check) => {
      const marks: StoryMark[] = [];
      let failed = false;
      const disk = failingFiles((call) => {
        failed ||= call === failsAt;
        return call === failsAt ? "EIO" : null;
      });
      const files: FileSystem = {
        ...disk,
        openSync: (name, flags, mode) => {
          if (name === path) failed = false;
          return disk.openSync(name, flags, mode);
        },
      };
      const onMark = (mark: StoryMark): void => {
        assert.ok(!failed || mark.kind === "issued", `${mark.kind} after the disk had failed`);
        marks.push(mark);
      };
      try {
        await tellStory(seed, { path, files, onMark });
      } catch (error) {
        assert.ok(isFailure(error, ["database_damaged"]), String(error));
        assert.match(String(error), /disk failed.*EIO.*Check the disk/);
      }
      await check.holdsIn(path, marks);
    }));

  it("fault 6: any other call that fails once is told of or made up for, and loses nothing", () =>
    atEveryCall(["create", "write", "truncate", "unlink"], async (seed, failsAt, path, check) => {
      const marks: StoryMark[] = [];
      const files = failingFiles((call) => (call === failsAt ? "EIO" : null));
      const onMark = (mark: StoryMark): void => void marks.push(mark);
      try {
        await tellStory(seed, { path, files, onMark });
      } catch (error) {
        assert.ok(error instanceof FailureError, String(error));
      }
      await check.holdsIn(path, marks);
    }));

  it("fault 6: a disk that fails while the database is opened does not make it be given up for an older one", () =>
    inFolder(async (folder) => {
      const path = join(folder, DATABASE);
      const database = await openDatabase(path);
      insertBarePlan(database);
      const events = stamp("run-0", [{ ...createdBody(enginePlan([engineStep("a")])), planId: PLAN_ID }, started("a")]);
      appendEvents(database, "run-0", events.slice(0, 1));
      await database.backup(join(folder, "backups", "planwright-2026-01-01T00-00-00.000Z.db"));
      // The tables are behind the events, as after a crash, so that opening has something to write.
      insertEvents(database, "run-0", events.slice(1));
      await database.durable();
      await database.abandon();
      const files = failingFiles((_call, kind) => (kind === "write" ? "EIO" : null));
      await assert.rejects(openDatabase(path, { files }), (error) => isFailure(error, ["database_damaged"]));
      const again = await openDatabase(path);
      assert.deepEqual(again.notices, []);
      assert.equal(readEvents(again, "run-0").length, 2);
      await again.close();
    }));
});
