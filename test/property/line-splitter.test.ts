import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { MAX_LINE_BYTES } from "../../worker/logs/line-splitter.ts";
import { linesOf, type Line } from "../support/log-entries.ts";

const LF = 0x0a;
const CR = 0x0d;

const short: fc.Arbitrary<Buffer> = fc.oneof(
  fc.string({ unit: "grapheme" }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
);

/** About as long as one or two pieces, with the limit at any place of a character. */
const long: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.constantFrom("a", "é", "€", "🚀", "\u0000", "\r"),
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: -1, max: 2 }),
    fc.constantFrom(1, 2),
    fc.oneof(fc.constant(Buffer.alloc(0)), short),
  )
  .map(([unit, before, more, times, after]) => {
    const characters = Buffer.alloc(MAX_LINE_BYTES * times + more - before, unit);
    return Buffer.concat([Buffer.alloc(before, "x"), characters, after]);
  });

/** Bytes in which line ends, long lines and broken characters are frequent. */
const stream: fc.Arbitrary<Buffer> = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 3, arbitrary: short }, { weight: 2, arbitrary: long }),
      fc.constantFrom("\n", "\r\n", "").map((text) => Buffer.from(text)),
    ),
    { maxLength: 6 },
  )
  .map((lines) => Buffer.concat(lines.flat()));

/** Borders anywhere, and close to line ends, where the decisions fall. */
const chunked = stream.chain((bytes) => {
  const ends = [0, bytes.length];
  for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, end + 1)) ends.push(end);
  const place = fc.oneof(
    fc.integer({ min: 0, max: bytes.length }),
    fc.tuple(fc.constantFrom(...ends), fc.integer({ min: -2, max: 2 })).map(([end, by]) => end + by),
  );
  return fc.tuple(fc.constant(bytes), fc.array(place, { maxLength: 12 }));
});

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const inside = places.filter((place) => place > 0 && place < bytes.length).sort((a, b) => a - b);
  const borders = [0, ...inside, bytes.length];
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
  it("fault 14: are the same in any chunks, hold every byte, and no piece is longer than 64 KiB", function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(chunked, ([bytes, places]) => {
        const atOnce = linesOf([bytes]);
        assert.deepEqual(linesOf(cut(bytes, places)), atOnce);
        const hex = (lines: readonly Buffer[]): string[] => lines.map((line) => line.toString("hex"));
        assert.deepEqual(hex(restored(atOnce)), hex(contents(bytes)));
        if (isUtf8(bytes))
          assert.ok(
            atOnce.every(({ metadata }) => metadata.bytes === undefined),
            "cut inside a character",
          );
        for (const { message } of atOnce) assert.ok(message.length <= MAX_LINE_BYTES && message.isWellFormed());
      }),
      { numRuns: 150 },
    );
  });
});
