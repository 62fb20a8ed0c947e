import type { FileHandle } from "node:fs/promises";
import type { LogEntry, LogFilter } from "../../schemas/log.ts";
import { countLines, linesBackwards, type Line } from "./lines-backwards.ts";
import { entryTest, lineTest } from "./log-filter.ts";
import { openIfThere, PAGE_BYTES, parseEntry, purgedPage } from "./log-reader.ts";
import { formatCursor, listSegments, parseCursor, segmentPath, type Position } from "./segments.ts";

/** What is looked through at most for somebody who has seen nothing yet: bytes that are counted, and bytes that are read. */
export interface LookLimits {
  readonly counted: number;
  readonly read: number;
}

const LIMITS: LookLimits = { counted: 512 * 1024 * 1024, read: 128 * 1024 * 1024 };

export interface NewestEntries {
  /** Oldest first. */
  readonly entries: LogEntry[];
  /** Entries that the filter takes and that stand between the cursor and these; null: more than could be counted. */
  readonly skipped: number | null;
  /** Behind the last complete line. */
  readonly cursor: string;
}

/**
 * The newest `count` entries behind a cursor that the filter takes, and how many others there are. Reads from the end, parses no more
 * than it must, and holds about a mebibyte, however much was written since: for somebody who watches a log that nobody could read.
 */
export async function newestEntries(
  dir: string,
  cursor: string,
  filter: LogFilter,
  count: number,
  limits = LIMITS,
): Promise<NewestEntries> {
  const from = parseCursor(cursor);
  const segments = await listSegments(dir);
  if (segments.length === 0) return { ...(await purgedPage(dir, cursor, filter)), skipped: 0 };
  const newest = new Newest(filter, count, cursor === "" ? limits : null);
  for (const segment of segments.filter((one) => one >= from.segment).reverse()) {
    const handle = await openIfThere(segmentPath(dir, segment));
    if (!handle) continue;
    try {
      await newest.read(handle, segment, segment === from.segment ? from.offset : 0);
    } finally {
      await handle.close();
    }
    if (newest.isEnough) break;
  }
  return newest.result(cursor);
}

/** Takes lines from the end of the log on, newest first. */
class Newest {
  readonly #entries: LogEntry[] = [];
  readonly #takes: (entry: LogEntry) => boolean;
  readonly #mayTake: ((line: Buffer) => boolean) | null;
  readonly #takesAll: boolean;
  readonly #count: number;
  /** Whoever goes on from somewhere gets the exact number; whoever begins must not wait for it. */
  readonly #limits: LookLimits | null;
  #last: Position | null = null;
  #bytes = 0;
  #looked = 0;
  #skipped: number | null = 0;

  constructor(filter: LogFilter, count: number, limits: LookLimits | null) {
    this.#takes = entryTest(filter);
    this.#mayTake = lineTest(filter);
    this.#takesAll = Object.values(filter).every((value) => value === undefined || value === "");
    this.#count = count;
    this.#limits = limits;
  }

  get isEnough(): boolean {
    return this.#skipped === null;
  }

  result(cursor: string): NewestEntries {
    return {
      entries: this.#entries.reverse(),
      skipped: this.#skipped,
      cursor: this.#last ? formatCursor(this.#last) : cursor,
    };
  }

  async read(handle: FileHandle, segment: number, from: number): Promise<void> {
    let place = (await handle.stat()).size;
    if (!this.#isFull || !this.#takesAll) {
      for await (const lines of linesBackwards(handle, from, place)) {
        place = this.#takeLines(lines, segment);
        if (this.isEnough || (this.#isFull && this.#takesAll)) break;
      }
    }
    if (this.isEnough || !this.#isFull || !this.#takesAll || place <= from) return;
    // What is left is only counted. Whole lines: the last one that was taken begins at `place`.
    this.#looked += place - from;
    if (this.#limits && this.#looked > this.#limits.counted) this.#skipped = null;
    else this.#skipped = (this.#skipped ?? 0) + (await countLines(handle, from, place));
  }

  get #isFull(): boolean {
    return this.#entries.length >= this.#count || this.#bytes >= PAGE_BYTES;
  }

  /** Returns the offset from which on everything was taken or counted. */
  #takeLines(lines: readonly Line[], segment: number): number {
    let place = 0;
    for (const { line, end } of lines) {
      this.#last ??= { segment, offset: end };
      if (this.#isFull && this.#takesAll) return end;
      place = end - line.length - 1;
      this.#looked += line.length + 1;
      this.#take(line);
    }
    if (this.#limits && this.#looked > this.#limits.read) this.#skipped = null;
    return place;
  }

  #take(line: Buffer): void {
    if (this.#mayTake?.(line) === false) return;
    if (this.#isFull && this.#mayTake) {
      this.#skipped = (this.#skipped ?? 0) + 1;
      return;
    }
    const entry = parseEntry(line);
    if (!entry || !this.#takes(entry)) return;
    if (this.#isFull) this.#skipped = (this.#skipped ?? 0) + 1;
    else {
      this.#entries.push(entry);
      this.#bytes += line.length;
    }
  }
}
