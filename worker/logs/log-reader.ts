import { open, type FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { LogEntry, type LogFilter, type LogPage } from "../../schemas/log.ts";
import { hasErrorCode } from "./error-code.ts";
import { linesBackwards, NEWLINE } from "./lines-backwards.ts";
import { entryTest } from "./log-filter.ts";
import { purgeOf } from "./retention.ts";
import { formatCursor, listSegments, MAX_ENTRY_BYTES, parseCursor, segmentPath, type Position } from "./segments.ts";

const BLOCK_BYTES = 256 * 1024;
/** What one call reads at most: a filter that takes nothing still moves the cursor, and the caller comes back. */
const SCAN_BYTES = 8 * 1024 * 1024;
/** What one page holds at most. */
export const PAGE_BYTES = 1024 * 1024;

/**
 * Reads whole entries from a cursor on, in order, with bounded memory. The cursor of the answer stands behind what was read; it
 * may move although the filter took nothing. `more`: another call would find something at once. A torn last line waits until it
 * is complete or a later segment exists; damaged lines are left out. Of a purged log there is one entry, which says so.
 */
export async function readLog(dir: string, cursor: string, filter: LogFilter, limit: number): Promise<LogPage> {
  const from = parseCursor(cursor);
  const segments = await listSegments(dir);
  if (segments.length === 0) return purgedPage(dir, cursor, filter);
  const page = new PageBuilder(filter, limit);
  let position = from;
  for (const [index, segment] of segments.entries()) {
    if (segment < from.segment) continue;
    const start = segment === from.segment ? from.offset : 0;
    position = { segment, offset: await readSegment(dir, segment, start, page) };
    if (page.isFull) {
      const more = index < segments.length - 1 || position.offset < (await sizeOf(segmentPath(dir, segment)));
      return { entries: page.entries, cursor: formatCursor(position), more };
    }
  }
  return { entries: page.entries, cursor: formatCursor(position), more: false };
}

class PageBuilder {
  readonly entries: LogEntry[] = [];
  readonly #takes: (entry: LogEntry) => boolean;
  readonly #limit: number;
  #bytes = 0;
  #scanned = 0;

  constructor(filter: LogFilter, limit: number) {
    this.#takes = entryTest(filter);
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.entries.length >= this.#limit || this.#bytes >= PAGE_BYTES || this.#scanned >= SCAN_BYTES;
  }

  add(line: Buffer): void {
    this.#scanned += line.length + 1;
    const entry = parseEntry(line);
    if (!entry || !this.#takes(entry)) return;
    this.entries.push(entry);
    this.#bytes += line.length;
  }
}

/** Feeds whole lines into the page until it is full. Returns the offset behind the last one. */
async function readSegment(dir: string, segment: number, start: number, page: PageBuilder): Promise<number> {
  const handle = await openIfThere(segmentPath(dir, segment));
  if (!handle) return start;
  try {
    // A cursor that nobody gave out may stand inside a line; the rest of that line counts as damaged.
    let offset = start;
    let block = Buffer.allocUnsafe(BLOCK_BYTES);
    while (!page.isFull) {
      const { bytesRead } = await handle.read(block, 0, block.length, offset);
      const bytes = block.subarray(0, bytesRead);
      const used = eachLine(bytes, page);
      offset += used;
      if (used > 0) continue;
      if (bytesRead < block.length) break;
      // No line end in the whole block: a long line, or none that a writer of ours wrote.
      if (block.length < MAX_ENTRY_BYTES * 2) block = Buffer.allocUnsafe(block.length * 2);
      else offset = await nextLine(handle, offset + bytesRead);
    }
    return offset;
  } finally {
    await handle.close();
  }
}

/** Returns the number of bytes that are done with. */
function eachLine(bytes: Buffer, page: PageBuilder): number {
  let used = 0;
  while (!page.isFull) {
    const end = bytes.indexOf(NEWLINE, used);
    if (end === -1) break;
    page.add(bytes.subarray(used, end));
    used = end + 1;
  }
  return used;
}

/** The first line start after an offset inside a line, or the offset when the line has no end yet. */
async function nextLine(handle: FileHandle, offset: number): Promise<number> {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  for (let place = offset; ; place += block.length) {
    const { bytesRead } = await handle.read(block, 0, block.length, place);
    const end = block.subarray(0, bytesRead).indexOf(NEWLINE);
    if (end !== -1) return place + end + 1;
    if (bytesRead < block.length) return offset;
  }
}

/**
 * The last `count` entries that the filter takes, oldest first, and a cursor behind the last complete line, from where a follower
 * goes on. Reads from the end. `more`: there may be earlier ones.
 */
export async function tailEntries(dir: string, filter: LogFilter, count: number): Promise<LogPage> {
  const segments = await listSegments(dir);
  if (segments.length === 0) return purgedPage(dir, "", filter);
  const takes = entryTest(filter);
  const newestFirst: LogEntry[] = [];
  let cursor: Position | null = null;
  let bytes = 0;
  for (const segment of segments.reverse()) {
    const handle = await openIfThere(segmentPath(dir, segment));
    if (!handle) continue;
    try {
      for await (const lines of linesBackwards(handle, 0, (await handle.stat()).size)) {
        for (const { line, end } of lines) {
          cursor ??= { segment, offset: end };
          if (newestFirst.length >= count || bytes >= PAGE_BYTES) {
            return { entries: newestFirst.reverse(), cursor: formatCursor(cursor), more: true };
          }
          const entry = parseEntry(line);
          if (!entry || !takes(entry)) continue;
          newestFirst.push(entry);
          bytes += line.length;
        }
      }
    } finally {
      await handle.close();
    }
  }
  return { entries: newestFirst.reverse(), cursor: cursor ? formatCursor(cursor) : "", more: false };
}

/** Null for a damaged line. */
export function parseEntry(line: Buffer): LogEntry | null {
  try {
    const entry = LogEntry.safeParse(JSON.parse(line.toString("utf8")));
    return entry.success ? entry.data : null;
  } catch {
    return null;
  }
}

export async function openIfThere(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, "r");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return null;
    throw error;
  }
}

async function sizeOf(file: string): Promise<number> {
  const handle = await openIfThere(file);
  try {
    return handle ? (await handle.stat()).size : 0;
  } finally {
    await handle?.close();
  }
}

const PURGED_FOR = { age: "it was too old", size: "all logs together were too large" } as const;

/** What there is to say of a log without segments: when it was purged, or nothing. The cursor stays in front of any segment. */
export async function purgedPage(dir: string, cursor: string, filter: LogFilter): Promise<LogPage> {
  const executionId = basename(dir);
  const purge = cursor === "" ? await purgeOf(dirname(dir), executionId) : null;
  if (!purge) return { entries: [], cursor, more: false };
  const entry: LogEntry = {
    time: purge.purgedAt,
    level: "warn",
    source: "system",
    executionId,
    stepId: null,
    attempt: null,
    agent: null,
    stream: null,
    message: `this log was purged on ${purge.purgedAt.slice(0, 10)}, because ${PURGED_FOR[purge.reason]}`,
    metadata: { purged: true, bytes: purge.bytes, reason: purge.reason },
    correlationId: null,
  };
  return { entries: entryTest(filter)(entry) ? [entry] : [], cursor: "0:1", more: false };
}
