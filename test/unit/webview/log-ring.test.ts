import assert from "node:assert/strict";
import { LineRing } from "../../../webview/log/line-ring.ts";
import { LineSearch } from "../../../webview/log/line-search.ts";
import { HELD_CHARACTERS } from "../../../webview/log/log-line.ts";
import { logEntry } from "../../support/log-entries.ts";

const entries = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => logEntry(`line ${from + index}`));
const texts = (ring: LineRing) =>
  Array.from({ length: ring.length }, (_, index) => {
    const row = ring.at(index);
    return row?.kind === "line" ? row.text : `gap of ${row?.count ?? "some"}`;
  });
const ringOf = (lines: number, characters = 1_000_000) => new LineRing({ lines, characters });

describe("the lines that the log view holds (K1)", () => {
  it("keeps the newest and their ids, however many came", () => {
    const ring = ringOf(5);
    for (let from = 0; from < 100; from += 7) ring.append(entries(from, from + 7));
    assert.deepEqual(texts(ring), ["gap of 101", "line 101", "line 102", "line 103", "line 104"]);
    assert.equal(ring.firstId, 100);
    assert.deepEqual(ring.byId(103)?.id, 103);
    assert.equal(ring.byId(99), null);
    assert.equal(ring.byId(105), null);
  });

  it("holds no more text than its bound, but always the newest line", () => {
    const ring = ringOf(1_000, 10_000);
    for (let index = 0; index < 200; index += 1) ring.append([logEntry("x".repeat(900))]);
    assert.equal(ring.length, 10);
    assert.ok(ring.characters <= 10_000);
    ring.append([logEntry("y".repeat(20_000))]);
    assert.deepEqual(texts(ring), ["gap of 200", "y".repeat(20_000)]);
  });

  it("joins the pieces of a line, keeps its beginning and counts the rest", () => {
    const ring = ringOf(100);
    const piece = "p".repeat(65_536);
    ring.append([logEntry("before")]);
    for (let index = 0; index < 159; index += 1) ring.append([logEntry(piece, { metadata: { continues: true } })]);
    ring.append([logEntry("end"), logEntry("after")]);
    assert.equal(ring.length, 3);
    const row = ring.at(1);
    assert.ok(row?.kind === "line");
    assert.equal(row.text.length, HELD_CHARACTERS);
    assert.equal(row.cut, 159 * 65_536 + 3 - HELD_CHARACTERS);
    assert.equal(row.continues, false);
  });

  it("keeps apart the pieces of two streams that alternate", () => {
    const ring = ringOf(100);
    const more = { metadata: { continues: true } };
    ring.append([logEntry("a1 ", more), logEntry("b1 ", { ...more, stepId: "other" }), logEntry("a2"), logEntry("a3")]);
    ring.append([logEntry("b2", { stepId: "other" })]);
    assert.deepEqual(texts(ring), ["a1 a2", "b1 b2", "a3"]);
  });

  it("never cuts a character in two", () => {
    const ring = ringOf(10);
    ring.append([logEntry(`x${"😀".repeat(HELD_CHARACTERS)}`)]);
    const row = ring.at(0);
    assert.ok(row?.kind === "line" && !/[\ud800-\udbff]$/.test(row.text));
  });

  it("says where lines are missing, once", () => {
    const ring = ringOf(100);
    ring.append(entries(0, 1));
    ring.appendGap(5, "1:10");
    ring.appendGap(7, "1:20");
    ring.append(entries(13, 14));
    assert.deepEqual(texts(ring), ["line 0", "gap of 12", "line 13"]);
    const gap = ring.at(1);
    assert.ok(gap?.kind === "gap" && gap.cursor === "1:10");
  });
});

describe("search in the lines that are held (K1)", () => {
  it("finds lines whatever their case, takes up what comes and forgets what goes", () => {
    const ring = ringOf(10);
    ring.append(entries(0, 10));
    const search = new LineSearch(ring, "LINE 1");
    assert.equal(search.advance(), false);
    assert.deepEqual(search.found, [1]);
    ring.append(entries(10, 18));
    search.advance();
    assert.deepEqual(search.found, [10, 11, 12, 13, 14, 15, 16, 17]);
  });

  it("reads the query as text and not as a pattern", () => {
    const ring = ringOf(10);
    ring.append([logEntry("a.c (x)"), logEntry("abc x")]);
    const search = new LineSearch(ring, "a.c (");
    search.advance();
    assert.deepEqual(search.found, [0]);
  });

  it("goes to the next and the previous match and begins anew at the other end", () => {
    const ring = ringOf(10);
    ring.append([logEntry("x"), logEntry("-"), logEntry("x"), logEntry("x")]);
    const search = new LineSearch(ring, "x");
    search.advance();
    assert.deepEqual([search.next(null, false), search.next(0, false), search.next(3, false)], [0, 2, 0]);
    assert.deepEqual([search.next(null, true), search.next(2, true), search.next(0, true)], [3, 0, 3]);
    assert.equal(search.ordinal(2), 2);
  });

  it("looks at a large log piece by piece", () => {
    const ring = ringOf(10_000, 10_000_000);
    ring.append(entries(0, 10_000));
    const search = new LineSearch(ring, "line");
    let slices = 1;
    while (search.advance()) slices += 1;
    assert.equal(search.found.length, 10_000);
    assert.ok(slices >= 10);
  });
});
