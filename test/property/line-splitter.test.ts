import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_LINE_BYTES } from "../../worker/logs/line-splitter.ts";
import { linesOf, type Line } from "../support/log-entries.ts";

const LF = 0x0a;
const CR = 0x0d;

/** Bytes in which line ends, long lines and broken characters are frequent. */
const stream: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: "grapheme" }).map((text) => Buffer.from(text)) },
      { weight: 3, arbitrary: fc.constantFrom("\n", "\r\n", "\r", "\n\n").map((text) => Buffer.from(text)) },
      { weight: 2, arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(
            fc.constantFrom("a", "é", "€", "🚀", "\u0000"),
            fc.integer({ min: -4, max: 4 }),
            fc.integer({ min: 1, max: 2 }),
          )
          .map(([unit, more, times]) => {
            const bytes = Buffer.from(unit);
            return Buffer.alloc(MAX_LINE_BYTES * times + more, bytes);
          }),
      },
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

const chunked = fc.tuple(stream, fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 20 }));

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const borders = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
}

/** The content of each line by the definition: up to LF, without the CR before it. */
function contents(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
    lines.push(bytes.subarray(start, end > start && bytes[end - 1] === CR ? end - 1 : end));
    start = end + 1;
  }
  return start < bytes.length ? [...lines, bytes.subarray(start)] : lines;
}

function restored(lines: readonly Line[]): Buffer[] {
  const whole: Buffer[] = [];
  let pieces: Buffer[] = [];
  for (const { message, metadata } of lines) {
    pieces.push(metadata.bytes === undefined ? Buffer.from(message) : Buffer.from(metadata.bytes, "base64"));
    if (metadata.continues) continue;
    whole.push(Buffer.concat(pieces));
    pieces = [];
  }
  assert.deepEqual(pieces, [], "the last piece of a line does not continue");
  return whole;
}

describe("lines of any stream (K1)", () => {
  it("are the same in any chunks, hold every byte, and no piece is longer than 64 KiB", () => {
    fc.assert(
      fc.property(chunked, ([bytes, places]) => {
        const atOnce = linesOf([bytes]);
        assert.deepEqual(linesOf(cut(bytes, places)), atOnce);
        const hex = (lines: readonly Buffer[]): string[] => lines.map((line) => line.toString("hex"));
        assert.deepEqual(hex(restored(atOnce)), hex(contents(bytes)));
        for (const { message } of atOnce) assert.ok(message.length <= MAX_LINE_BYTES && message.isWellFormed());
      }),
      { numRuns: 300 },
    );
  });
});
