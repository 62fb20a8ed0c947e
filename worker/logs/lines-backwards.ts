import type { FileHandle } from "node:fs/promises";
import { MAX_ENTRY_BYTES } from "./segments.ts";

const BLOCK_BYTES = 256 * 1024;
export const NEWLINE = 0x0a;

/** A whole line without its end; `end` is the offset behind that. */
export interface Line {
  readonly line: Buffer;
  readonly end: number;
}

/** Whole lines between two offsets, some at a time, last one first; the first offset is a line's start. A torn last line is left out. */
export async function* linesBackwards(handle: FileHandle, from: number, to: number): AsyncGenerator<Line[], void> {
  let place = to;
  // Bytes from `place` on whose first line may begin further left; `null` until the last line end is found.
  let rest: Buffer | null = null;
  while (place > from) {
    const size: number = Math.min(BLOCK_BYTES, place - from);
    place -= size;
    const block = Buffer.allocUnsafe(size);
    await handle.read(block, 0, size, place);
    if (rest === null) {
      const last = block.lastIndexOf(NEWLINE);
      if (last === -1) continue;
      rest = block.subarray(0, last + 1);
    } else rest = rest.length > MAX_ENTRY_BYTES * 2 ? block : Buffer.concat([block, rest]);
    const lines: Line[] = [];
    let end = rest.length;
    for (let before = lineEndBefore(rest, end); before !== -1; before = lineEndBefore(rest, end)) {
      lines.push({ line: rest.subarray(before + 1, end - 1), end: place + end });
      end = before + 1;
    }
    rest = rest.subarray(0, end);
    if (lines.length > 0) yield lines;
  }
  if (rest !== null && rest.length > 0) yield [{ line: rest.subarray(0, -1), end: from + rest.length }];
}

/** Index of the line end that stands before the line that ends at `end`, or -1. */
function lineEndBefore(bytes: Buffer, end: number): number {
  return end < 2 ? -1 : bytes.lastIndexOf(NEWLINE, end - 2);
}

/** How many line ends stand between two offsets. */
export async function countLines(handle: FileHandle, from: number, to: number): Promise<number> {
  const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, Math.max(0, to - from)));
  let count = 0;
  for (let place = from; place < to;) {
    const { bytesRead } = await handle.read(block, 0, Math.min(block.length, to - place), place);
    if (bytesRead === 0) break;
    const bytes = block.subarray(0, bytesRead);
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
    place += bytesRead;
  }
  return count;
}
