import assert from "node:assert/strict";
import { join } from "node:path";
import { ExecutionEvent } from "../../../schemas/event.ts";
import { foldAll } from "../../../worker/engine/fold.ts";
import type { Database } from "../../../worker/store/database.ts";
import { readEvents } from "../../../worker/store/events.ts";
import { openDatabase } from "../../../worker/store/open-database.ts";
import { confluentWorld } from "../../simulation/confluent-world.ts";
import type { World } from "../../simulation/world.ts";
import { appendEvents, insertBarePlan, rowsOf } from "../store.ts";
import { endsOf, liveInStore, type EventMark } from "../stored-life.ts";
import { seeded } from "../random-runs.ts";
import type { DiskImage } from "./disk-images.ts";
import { filesWithoutSync, RecordedDisk, type DiskEntry } from "./recorded-disk.ts";

const DATABASE = "planwright.db";

/** What somebody was told, or what was handed to the store. */
export type StoryMark = EventMark | { readonly kind: "planned" };

/** Executions of one seed, and all that the store did to its disk for them. */
export interface Story {
  readonly seed: number;
  readonly entries: readonly DiskEntry<StoryMark>[];
  readonly worlds: ReadonlyMap<string, World>;
  /** How the steps of each execution end when nothing goes wrong. */
  readonly ends: ReadonlyMap<string, unknown>;
}

/**
 * Two executions, one after the other, with the database closed and opened again in between. Now and then the log is merged into the
 * database, so that it is written from its start again.
 */
export async function recordStory(folder: string, seed: number): Promise<Story> {
  const disk = new RecordedDisk<StoryMark>();
  const chance = seeded(seed);
  const worlds = new Map([0, 1].map((number) => [`run-${number}`, confluentWorld(seed * 2 + number)]));
  const ends = new Map<string, unknown>();
  const path = join(folder, DATABASE);
  for (const [executionId, world] of worlds) {
    const database = await openDatabase(path, { files: disk.files });
    if (ends.size === 0) {
      insertBarePlan(database);
      await database.durable();
      disk.mark({ kind: "planned" });
    }
    await liveInStore(database, {
      executionId,
      world,
      onMark: (mark) => disk.mark(mark),
      onBatch: () => {
        if (chance() < 0.2) database.checkpoint();
      },
    });
    ends.set(executionId, endsOf(database, executionId));
    await database.close();
  }
  return { seed, entries: disk.entries, worlds, ends };
}

/** Opens what a fault has left, and holds that against the story up to entry `count` (invariants 4, 5 and 10 of design, section 4). */
export class StoryCheck {
  readonly #story: Story;
  readonly #folder: string;
  readonly #scratch: Database;
  #compared = 0;

  private constructor(story: Story, folder: string, scratch: Database) {
    this.#story = story;
    this.#folder = folder;
    this.#scratch = scratch;
  }

  static async open(story: Story, folder: string): Promise<StoryCheck> {
    const scratch = await openDatabase(join(folder, "scratch", DATABASE), { files: filesWithoutSync });
    insertBarePlan(scratch);
    return new StoryCheck(story, join(folder, "found"), scratch);
  }

  async close(): Promise<void> {
    await this.#scratch.close();
  }

  /**
   * What was acknowledged is there, what is there was issued, nothing is damaged, the tables follow from the events, and the executions
   * can be brought to the end that they have when nothing goes wrong.
   */
  async holds(image: DiskImage, count: number): Promise<void> {
    image.writeTo(this.#folder);
    const database = await openDatabase(join(this.#folder, DATABASE), { files: filesWithoutSync });
    try {
      assert.deepEqual(database.notices, [], "nothing was found damaged");
      assert.equal(
        database.first("PRAGMA quick_check", [], (row) => row["quick_check"]),
        "ok",
      );
      const marks = this.#story.entries.slice(0, count).flatMap((entry) => (entry.kind === "mark" ? [entry.mark] : []));
      const plans = database.first("SELECT count(*) AS plans FROM plans", [], (row) => Number(row["plans"])) ?? 0;
      if (marks.some(({ kind }) => kind === "planned")) assert.equal(plans, 1, "the plan was kept");
      for (const executionId of this.#story.worlds.keys()) this.#compare(database, executionId, marks);
      if (plans > 0) await this.#goOn(database);
    } finally {
      await database.abandon();
    }
  }

  #compare(database: Database, executionId: string, marks: readonly StoryMark[]): void {
    const found = readEvents(database, executionId);
    const issued = new Map<number, ExecutionEvent>();
    const acknowledged: ExecutionEvent[] = [];
    for (const mark of marks) {
      if (mark.kind === "planned" || mark.event.executionId !== executionId) continue;
      if (mark.kind === "issued") issued.set(mark.event.seq, mark.event);
      else acknowledged.push(mark.event);
    }
    found.forEach((event, index) => {
      assert.equal(event.seq, index + 1, "the record has no gap");
      assert.deepEqual(event, issued.get(event.seq), "what is there was issued");
    });
    for (const event of acknowledged)
      assert.deepEqual(found[event.seq - 1], event, `event ${event.seq} of ${executionId} was acknowledged`);
    if (found.length === 0) return;
    foldAll(found);
    const copy = `copy-${(this.#compared += 1)}`;
    const copied = found.map((event) =>
      ExecutionEvent.parse(JSON.parse(JSON.stringify(event).replaceAll(`"${executionId}`, `"${copy}`))),
    );
    appendEvents(this.#scratch, copy, copied);
    assert.deepEqual(rowsOf(database, executionId), rowsOf(this.#scratch, copy), "the tables follow from the events");
  }

  async #goOn(database: Database): Promise<void> {
    for (const [executionId, world] of this.#story.worlds) {
      await liveInStore(database, { executionId, world });
      assert.deepEqual(endsOf(database, executionId), this.#story.ends.get(executionId), "it comes to the same end");
    }
  }
}
