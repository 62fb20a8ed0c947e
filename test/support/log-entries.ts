import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { LogEntry } from "../../schemas/log.ts";
import { LineSplitter, type LineMetadata } from "../../worker/logs/line-splitter.ts";
import { readLog } from "../../worker/logs/log-reader.ts";

/** An entry of a step's output. */
export function logEntry(message: string, more: Partial<LogEntry> = {}): LogEntry {
  return {
    time: "2026-01-01T00:00:00.000Z",
    level: "info",
    source: "agent",
    executionId: "run-1",
    stepId: "build",
    attempt: 1,
    agent: "shell",
    stream: "stdout",
    message,
    metadata: {},
    correlationId: null,
    ...more,
  };
}

/** Everything that a reader gets from a cursor on, page after page, and the cursor behind it. */
export async function readAll(
  dir: string,
  cursor = "",
  limit = 1_000,
): Promise<{ entries: LogEntry[]; cursor: string }> {
  const entries: LogEntry[] = [];
  for (;;) {
    const page = await readLog(dir, cursor, {}, limit);
    entries.push(...page.entries);
    cursor = page.cursor;
    if (!page.more) return { entries, cursor };
  }
}

export async function segmentFiles(dir: string): Promise<string[]> {
  return (await readdir(dir))
    .filter((name) => name.endsWith(".jsonl"))
    .sort()
    .map((name) => join(dir, name));
}

export interface Line {
  readonly message: string;
  readonly metadata: LineMetadata;
}

/** The lines of a stream that came in these chunks. */
export function linesOf(chunks: readonly Uint8Array[]): Line[] {
  const lines: Line[] = [];
  const splitter = new LineSplitter((message, metadata) => lines.push({ message, metadata }));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}
