import assert from "node:assert/strict";
import fc from "fast-check";
import { LineSplitter } from "../../worker/logs/line-splitter.ts";
import { REDACTED, Redactor } from "../../worker/logs/redactor.ts";

const LETTERS = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"];

/** What nobody writes by accident, of ordinary characters, strange ones, and such that repeat themselves. */
const secret = fc.oneof(
  fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 8, maxLength: 40 }),
  fc.string({ unit: fc.constantFrom("ü", "€", "𝄞", '"', "\\", "\n", "a", "b"), minLength: 8, maxLength: 12 }),
  fc.string({ unit: fc.constantFrom("a", "b"), minLength: 8, maxLength: 24 }),
);
const plainText = fc.string({ unit: fc.constantFrom(".", " ", "\n", "-", "ü", "x", "€"), maxLength: 30 });
const secrets = fc.uniqueArray(secret, { minLength: 1, maxLength: 4 });

/** Texts in which secrets stand among other things, also one into the other, and beginnings of them. */
const scene = secrets.chain((values) => {
  const part = fc.oneof(
    plainText,
    fc.constantFrom(...values),
    fc.tuple(fc.constantFrom(...values), fc.nat(20)).map(([value, cut]) => value.slice(0, Math.min(cut, 7))),
  );
  return fc.record({
    values: fc.constant(values),
    text: fc.array(part, { maxLength: 12 }).map((parts) => parts.join("")),
  });
});

const cuts = fc.array(fc.nat(400), { maxLength: 30 });

function inChunks(redactor: Redactor, bytes: Uint8Array, places: readonly number[]): { bytes: Buffer; count: number } {
  const stream = redactor.stream();
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  const parts: Buffer[] = [];
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    // A copy, because whoever reads a pipe may use its buffer again.
    parts.push(Buffer.from(stream.push(bytes.slice(start, end))));
    start = end;
  }
  parts.push(stream.end());
  return { bytes: Buffer.concat(parts), count: stream.count };
}

describe("redactor: what holds for any secrets and chunks (K4, SEC21)", () => {
  it("lets no secret through, however its bytes are cut", () => {
    fc.assert(
      fc.property(scene, cuts, ({ values, text }, places) => {
        const redactor = new Redactor({ values, patterns: [] });
        const { bytes } = inChunks(redactor, Buffer.from(text), places);
        const rest = bytes.toString().split(REDACTED);
        for (const value of values)
          assert.ok(!rest.some((one) => one.includes(value)), `${JSON.stringify(value)} is seen`);
      }),
      { numRuns: 1_000 },
    );
  });

  it("says the same for any chunks", () => {
    fc.assert(
      fc.property(scene, cuts, ({ values, text }, places) => {
        const redactor = new Redactor({ values, patterns: [] });
        const whole = inChunks(redactor, Buffer.from(text), []);
        const cut = inChunks(redactor, Buffer.from(text), places);
        assert.equal(cut.bytes.toString(), whole.bytes.toString());
        assert.equal(cut.count, whole.count);
        assert.equal(redactor.text(text), whole.count === 0 ? text : whole.bytes.toString());
      }),
      { numRuns: 1_000 },
    );
  });

  it("leaves bytes without a secret as they are", () => {
    fc.assert(
      fc.property(secrets, fc.uint8Array({ maxLength: 300 }), cuts, (values, bytes, places) => {
        const text = Buffer.from(bytes);
        fc.pre(!values.some((value) => text.includes(value)));
        const { bytes: passed, count } = inChunks(new Redactor({ values, patterns: [] }), bytes, places);
        // Values of 16 bytes and more are also found across line ends.
        if (count === 0) assert.ok(passed.equals(text));
        else
          assert.ok(values.some((value) => text.toString().replace(/\r?\n/g, "").includes(value.replace(/\n/g, ""))));
      }),
      { numRuns: 500 },
    );
  });

  it("holds back no more than the longest secret", () => {
    fc.assert(
      fc.property(scene, cuts, ({ values, text }, places) => {
        const redactor = new Redactor({ values, patterns: [] });
        const longest = Math.max(...values.map((value) => Buffer.byteLength(value)));
        const bytes = Buffer.from(text);
        const stream = redactor.stream();
        const end = (places[0] ?? 0) % (bytes.length + 1);
        const early = stream.push(bytes.subarray(0, end)).length;
        if (stream.count === 0) assert.ok(end - early <= longest * 2, `${end - early} bytes are held back`);
      }),
    );
  });

  it("finds what is cut at 64 KiB, at a character and at a line end", () => {
    const canary = "k3y-ÄÖÜ-canary-of-thirty-characters";
    fc.assert(
      fc.property(fc.integer({ min: 65_480, max: 65_560 }), fc.nat(34), cuts, (before, at, places) => {
        const wrapped = at === 0 ? canary : `${canary.slice(0, at)}\n${canary.slice(at)}`;
        const bytes = Buffer.from(`${"x".repeat(before)}${wrapped}y\n`);
        const lines: string[] = [];
        const splitter = new LineSplitter((message, { bytes: raw }) => lines.push(message, raw ?? ""));
        const { bytes: passed } = inChunks(new Redactor({ values: [canary], patterns: [] }), bytes, [
          ...places,
          before + 5,
        ]);
        splitter.push(passed);
        splitter.end();
        assert.ok(!lines.join("").includes(canary));
        assert.ok(lines.join("").includes(REDACTED));
      }),
      { numRuns: 100 },
    );
  });
});
