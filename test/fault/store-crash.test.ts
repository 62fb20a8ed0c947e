import assert from "node:assert/strict";
import { join } from "node:path";
import { openDatabase } from "../../worker/store/open-database.ts";
import { imageAfterKill, imageAfterPowerLoss } from "../support/disk/disk-images.ts";
import { isChange } from "../support/disk/recorded-disk.ts";
import { DATABASE, recordStory, StoryCheck, type Story } from "../support/disk/stories.ts";
import { seeded } from "../support/random-runs.ts";
import { inFolder } from "../support/store.ts";
import { patience, tries } from "../support/thorough.ts";

/** Goes through stories, one a seed, until there were enough tries; says which one a failure is of. */
async function throughStories(
  enough: number,
  one: (story: Story, check: StoryCheck, count: (what: string) => void) => Promise<void>,
): Promise<void> {
  let done = 0;
  for (let seed = 1; done < enough; seed += 1) {
    await inFolder(async (folder) => {
      const story = await recordStory(join(folder, "recorded"), seed);
      const check = await StoryCheck.open(story, folder);
      let last = "";
      try {
        await one(story, check, (what) => {
          last = what;
          done += 1;
        });
      } catch (error) {
        throw new Error(`story ${seed}, ${last}: ${String(error)}`, { cause: error });
      } finally {
        await check.close();
      }
    });
  }
}

/** Entries of a story, about, until its database is there. */
const MAKING = 60;
const SECTOR = 512;
/** https://www.sqlite.org/pragma.html#pragma_auto_vacuum */
const INCREMENTAL = 2;

/** How much of a write was done: whole sectors, as the system copies them, or some bytes of less than one. */
function partOf(length: number, chance: number): number {
  const unit = length > SECTOR ? SECTOR : 1;
  return unit * (1 + Math.floor(chance * (Math.ceil(length / unit) - 1)));
}

describe("the store on a disk that a fault leaves half written (C9, J1, invariants 4, 5 and 10)", function () {
  this.timeout(patience(120_000));

  it("fault 1: killed before, during and after every call that changes a file, it keeps what was acknowledged and goes on", async () => {
    let kills = 0;
    await throughStories(tries(300, 10_000), async ({ entries, seed }, check, count) => {
      const chance = seeded(seed);
      for (const [index, entry] of entries.entries()) {
        if (!isChange(entry)) continue;
        count(`killed before call ${index} (${entry.kind})`);
        await check.holds(imageAfterKill(entries, index), index);
        kills += 1;
        if (entry.kind !== "write" || entry.bytes.length < 2) continue;
        const partly = partOf(entry.bytes.length, chance());
        count(`killed during call ${index}, after ${partly} of ${entry.bytes.length} bytes`);
        await check.holds(imageAfterKill(entries, index, partly), index);
        kills += 1;
      }
      count("killed after everything");
      await check.holds(imageAfterKill(entries, entries.length), entries.length);
    });
    assert.ok(kills >= tries(300, 10_000));
  });

  it("fault 1: when the power fails, nothing is missing that was acknowledged, and nothing is corrupt", async () => {
    await throughStories(tries(300, 10_000), async ({ entries, seed }, check, count) => {
      const chance = seeded(seed);
      for (let cuts = 0; cuts < 100; cuts += 1) {
        // Every second one while the database is made: few calls, and each of them can leave a file that is nothing yet.
        const at = Math.floor(chance() * (cuts % 2 === 0 ? MAKING : entries.length + 1));
        count(`power lost after call ${at}, cut ${cuts}`);
        await check.holds(imageAfterPowerLoss(entries, at, chance), at);
      }
    });
  });

  it("fault 1: when the power fails while the first page is written, the database begins anew, without an alarm", () =>
    inFolder(async (folder) => {
      const { entries } = await recordStory(join(folder, "recorded"), 1);
      const index = entries.findIndex((entry) => entry.kind === "write" && entry.file === 1);
      const first = entries[index];
      assert.ok(first?.kind === "write" && first.at === 0);
      for (const bytes of [new Uint8Array(first.bytes.length), first.bytes.subarray(0, 60)]) {
        const image = imageAfterKill(entries, index);
        image.apply({ ...first, bytes });
        image.writeTo(join(folder, "found"));
        const database = await openDatabase(join(folder, "found", DATABASE));
        assert.deepEqual(database.notices, []);
        assert.equal(
          database.first("PRAGMA auto_vacuum", [], (row) => row["auto_vacuum"]),
          INCREMENTAL,
          "it can give space back, as every new one",
        );
        await database.close();
      }
    }));
});
