import assert from "node:assert/strict";
import { join } from "node:path";
import { ExecutionEvent } from "../../../schemas/event.ts";
import { foldAll } from "../../../worker/engine/fold.ts";
import type { Database } from "../../../worker/store/database.ts";
import { readEvents } from "../../../worker/store/events.ts";
import type { FileSystem } from "../../../worker/store/file-system.ts";
import { openDatabase } from "../../../worker/store/open-database.ts";
import { confluentWorld } from "../../simulation/confluent-world.ts";
import type { World } from "../../simulation/world.ts";
import { appendEvents, insertBarePlan, rowsOf } from "../store.ts";
import { endsOf, liveInStore, type EventMark } from "../stored-life.ts";
import { seeded } from "../random-runs.ts";
import type { DiskImage } from "./disk-images.ts";
import { filesWithoutSync, RecordedDisk, type DiskEntry } from "./recorded-disk.ts";

export const DATABASE = "planwright.db";

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

/** What a story needs of its surroundings. */
export interface Telling {
  readonly path: string;
  readonly files: FileSystem;
  readonly onMark: (mark: StoryMark) => void;
}

/** Two tame worlds for each seed. */
export function worldsOf(seed: number): ReadonlyMap<string, World> {
  return new Map([0, 1].map((number) => [`run-${number}`, confluentWorld(seed * 2 + number)]));
}

/**
 * Two executions, one after the other, with the database closed and opened again in between. Now and then the log is merged into the
 * database, so that it is written from its start again. Goes on with what it finds; rejects with the first failure of the store.
 */
export async function tellStory(seed: number, { path, files, onMark }: Telling): Promise<Map<string, unknown>> {
  const chance = seeded(seed);
  const ends = new Map<string, unknown>();
  for (const [executionId, world] of worldsOf(seed)) {
    const database = await openDatabase(path, { files });
    try {
      if (plansIn(database) === 0) insertBarePlan(database);
      await database.durable();
      onMark({ kind: "planned" });
      const onBatch = (): void => {
        if (chance() < 0.2) database.checkpoint();
      };
      await liveInStore(database, { executionId, world, onMark, onBatch });
      ends.set(executionId, endsOf(database, executionId));
    } catch (error) {
      await database.abandon();
      throw error;
    }
    await database.close();
  }
  return ends;
}

function plansIn(database: Database): number {
  return database.first("SELECT count(*) AS plans FROM plans", [], (row) => Number(row["plans"])) ?? 0;
}

/** A story in which nothing goes wrong. */
export async function recordStory(folder: string, seed: number): Promise<Story> {
  const disk = new RecordedDisk<StoryMark>();
  const onMark = (mark: StoryMark): void => disk.mark(mark);
  const ends = await tellStory(seed, { path: join(folder, DATABASE), files: disk.files, onMark });
  return { seed, entries: disk.entries, worlds: worldsOf(seed), ends };
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
    const marks = this.#story.entries.slice(0, count).flatMap((entry) => (entry.kind === "mark" ? [entry.mark] : []));
    await this.holdsIn(join(this.#folder, DATABASE), marks);
  }

  /** The same for a database that is there, and what was said. */
  async holdsIn(path: string, marks: readonly StoryMark[]): Promise<void> {
    const database = await openDatabase(path, { files: filesWithoutSync });
    try {
      assert.deepEqual(database.notices, [], "nothing was found damaged");
      assert.equal(
        database.first("PRAGMA quick_check", [], (row) => row["quick_check"]),
        "ok",
      );
      const plans = plansIn(database);
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
