import assert from "node:assert/strict";
import type { LogEntry } from "../../../schemas/log.ts";
import { logPieces, LogTail, type LogReading } from "../../../extension/panels/log-text.ts";
import { logEntry } from "../../support/log-entries.ts";

/** A worker that has this log and gives so many entries a page. */
function readingOf(entries: readonly LogEntry[], pageSize: number, filters: unknown[] = []): LogReading {
  return async ({ cursor = "", filter }) => {
    filters.push(filter);
    const from = Number(cursor.split(":")[1] ?? 0);
    const page = entries.slice(from, from + pageSize);
    return { entries: page, cursor: `1:${from + page.length}`, more: from + page.length < entries.length };
  };
}

async function textOf(reading: LogReading, format: "text" | "jsonl", stepId: string | null = null): Promise<string> {
  let text = "";
  const target = { executionId: "run-1", stepId };
  for await (const piece of logPieces(reading, target, format, new AbortController().signal)) text += piece.text;
  return text;
}

describe("a log as a document and as a file (K1)", () => {
  it("writes lines with time, level and step, without colours", async () => {
    const entries = [
      logEntry("\u001b[31mred\u001b[0m"),
      logEntry("again", { attempt: 2, level: "warn" }),
      logEntry("execution started", { stepId: null, attempt: null, source: "orchestrator" }),
    ];
    assert.equal(
      await textOf(readingOf(entries, 2), "text"),
      [
        "2026-01-01T00:00:00.000Z INFO     build: red",
        "2026-01-01T00:00:00.000Z WARN     build (attempt 2): again",
        "2026-01-01T00:00:00.000Z INFO     execution started",
        "",
      ].join("\n"),
    );
  });

  it("joins the pieces of a line, also over pages", async () => {
    const more = { metadata: { continues: true } };
    const entries = [logEntry("a", more), logEntry("b", more), logEntry("c"), logEntry("d")];
    const lines = (await textOf(readingOf(entries, 2), "text")).split("\n");
    assert.deepEqual(
      lines.map((line) => line.slice(34)),
      ["build: abc", "build: d", ""],
    );
  });

  it("writes every entry as it is in JSON lines", async () => {
    const entries = [logEntry("\u001b[31mred"), logEntry("b", { metadata: { continues: true } })];
    const text = await textOf(readingOf(entries, 1), "jsonl");
    assert.deepEqual(
      text
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line)),
      entries,
    );
  });

  it("asks for one step where one is meant, and stops when it is told to", async () => {
    const filters: unknown[] = [];
    const reading = readingOf(
      Array.from({ length: 10 }, () => logEntry("x")),
      1,
      filters,
    );
    await textOf(reading, "text", "build");
    assert.deepEqual(filters[0], { stepId: "build" });
    const stop = new AbortController();
    const pieces = logPieces(reading, { executionId: "run-1", stepId: null }, "text", stop.signal);
    await pieces.next();
    stop.abort();
    await assert.rejects(pieces.next(), { name: "AbortError" });
  });

  it("keeps the end of a log that is too long for an editor and counts what it leaves out", () => {
    const tail = new LogTail(100);
    for (let index = 0; index < 50; index += 1) tail.add({ text: `${String(index).padStart(8, "0")}\n`, lines: 1 });
    assert.equal(tail.left, 39);
    assert.equal(tail.text().split("\n")[0], "00000039");
    assert.ok(tail.text().endsWith("00000049\n"));
  });
});
