import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasErrorCode } from "./error-code.ts";

/**
 * The log of one execution is a folder of JSON-lines files, `000001.jsonl` and so on (catalogue K1). A file is only appended to,
 * by one writer, and is complete before the next one exists. A last line without its line end was torn by a crash.
 */
export const SEGMENT_BYTES = 10_000_000;

/** Longest line that a writer writes and a reader accepts: 64 KiB of message in which every byte needs an escape, and more. */
export const MAX_ENTRY_BYTES = 1024 * 1024;

export function segmentPath(dir: string, number: number): string {
  return join(dir, `${String(number).padStart(6, "0")}.jsonl`);
}

/** The number in a segment's file name, or null for any other file. */
export function segmentNumber(name: string): number | null {
  const digits = /^(\d{6,9})\.jsonl$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Numbers of the segments, ascending; none when the folder does not exist. */
export async function listSegments(dir: string): Promise<number[]> {
  try {
    const names = await readdir(dir);
    return names.flatMap((name) => segmentNumber(name) ?? []).sort((a, b) => a - b);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** A place between two entries. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** The empty cursor, and anything that is none, is the beginning. */
export function parseCursor(cursor: string): Position {
  const [, segment, offset] = /^(\d{1,9}):(\d{1,15})$/.exec(cursor) ?? [];
  return { segment: Number(segment ?? 0), offset: Number(offset ?? 0) };
}

export function formatCursor({ segment, offset }: Position): string {
  return segment === 0 && offset === 0 ? "" : `${segment}:${offset}`;
}
