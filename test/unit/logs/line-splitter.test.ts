import assert from "node:assert/strict";
import { MAX_LINE_BYTES } from "../../../worker/logs/line-splitter.ts";
import { linesOf } from "../../support/log-entries.ts";

describe("lines of a stream (K1)", () => {
  const messages = (...chunks: (string | Uint8Array)[]): string[] =>
    linesOf(chunks.map((chunk) => Buffer.from(chunk))).map(({ message }) => message);

  it("keeps empty lines, takes CRLF and LF, and the last line without its end", () => {
    assert.deepEqual(messages("a\n\nb\r\nc"), ["a", "", "b", "c"]);
    assert.deepEqual(messages("a\r", "\nb\n"), ["a", "b"]);
    assert.deepEqual(messages("progress 1\rprogress 2\n"), ["progress 1\rprogress 2"]);
    assert.deepEqual(messages(), []);
    assert.deepEqual(messages("\n"), [""]);
  });

  it("joins characters that are cut between chunks", () => {
    const bytes = Buffer.from("grüße 🚀\n");
    assert.deepEqual(messages(...[...bytes].map((byte) => Uint8Array.of(byte))), ["grüße 🚀"]);
  });

  it("keeps the exact bytes of a line that is not UTF-8, and of no other", () => {
    const bad = Buffer.from([0x61, 0xff, 0xc3, 0x62]);
    const lines = linesOf([Buffer.concat([Buffer.from("good\n"), bad, Buffer.from("\nbetter\n")])]);
    assert.deepEqual(lines, [
      { message: "good", metadata: {} },
      { message: "a��b", metadata: { bytes: bad.toString("base64") } },
      { message: "better", metadata: {} },
    ]);
  });

  it("keeps a byte order mark and control characters as they are", () => {
    assert.deepEqual(messages("\uFEFFa\u0000\u001B[1mb\n"), ["\uFEFFa\u0000\u001B[1mb"]);
  });

  it("cuts a line that is longer than 64 KiB, and none that is exactly so long", () => {
    const exact = "x".repeat(MAX_LINE_BYTES);
    assert.deepEqual(linesOf([Buffer.from(`${exact}\r\n`)]), [{ message: exact, metadata: {} }]);
    assert.deepEqual(linesOf([Buffer.from(`${exact}yz\n`)]), [
      { message: exact, metadata: { continues: true } },
      { message: "yz", metadata: {} },
    ]);
  });

  it("cuts between characters", () => {
    const text = `a${"🚀".repeat(MAX_LINE_BYTES / 4)}`;
    const lines = linesOf([Buffer.from(text)]);
    assert.deepEqual(
      lines.map(({ metadata }) => metadata),
      [{ continues: true }, {}],
    );
    assert.equal(lines.map(({ message }) => message).join(""), text);
  });
});
