import { strict as assert } from "node:assert";
import { join } from "node:path";
import { imageAfterKill, imageAfterPowerLoss } from "../support/disk/disk-images.ts";
import { isChange } from "../support/disk/recorded-disk.ts";
import { recordStory, StoryCheck, type Story } from "../support/disk/stories.ts";
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
        // The beginning of a file says what it is, so that much is told from its first bytes.
        const within = entry.at === 0 ? 100 : entry.bytes.length;
        const partly = 1 + Math.floor(chance() * (Math.min(within, entry.bytes.length) - 1));
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
        const at = Math.floor(chance() * (entries.length + 1));
        count(`power lost after call ${at}, cut ${cuts}`);
        await check.holds(imageAfterPowerLoss(entries, at, chance), at);
      }
    });
  });
});
