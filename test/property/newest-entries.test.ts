import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { LogEntry, LogFilter } from "../../schemas/log.ts";
import { entryTest } from "../../worker/logs/log-filter.ts";
import { newestEntries } from "../../worker/logs/newest-entries.ts";
import { logEntry } from "../support/log-entries.ts";

/** Texts that a program prints to be taken for something else, and long ones, so that a page is full before its number is reached. */
const Message = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 20 }) },
  fc.constantFrom('"stepId":"build",', '\\"level\\":\\"error\\",', '"attempt":2,', "Naïve 漢字 \u0000"),
  fc.integer({ min: 1, max: 60_000 }).map((length) => "x".repeat(length)),
);
const Entry = fc.record({
  message: Message,
  level: fc.constantFrom("debug" as const, "info" as const, "warn" as const, "error" as const),
  stepId: fc.constantFrom("build", "bui", 'odd "step"', null),
  attempt: fc.constantFrom(1, 2, 12),
});
const SomeFilter: fc.Arbitrary<LogFilter> = fc.record(
  {
    stepId: fc.constantFrom("build", 'odd "step"'),
    attempt: fc.constantFrom(1, 2),
    level: fc.constantFrom("info" as const, "error" as const),
    text: fc.constantFrom("", "NAÏVE", "x"),
  },
  { requiredKeys: [] },
);
const Filter = fc.oneof(fc.constant<LogFilter>({}), SomeFilter);
/** What is written between two looks; `isSplit`: the rest goes into a new segment; `isTorn`: half a line stands at the end. */
const Writing = fc.record({ entries: fc.array(Entry, { maxLength: 60 }), isSplit: fc.boolean(), isTorn: fc.boolean() });

describe("the newest entries of a log that somebody watches (K1)", () => {
  it("are the last ones that the filter takes; all others are counted, none twice, look after look", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(Writing, { minLength: 1, maxLength: 6 }),
        Filter,
        fc.integer({ min: 1, max: 40 }),
        async (writings, filter, count) => {
          const dir = await mkdtemp(join(tmpdir(), "planwright-newest-"));
          try {
            const takes = entryTest(filter);
            let segment = 1;
            let cursor = "";
            let torn: LogEntry | null = null;
            for (const { entries, isSplit, isTorn } of writings) {
              const file = (): string => join(dir, `00000${segment}.jsonl`);
              const written = entries.map(({ message, ...more }) => logEntry(message, more));
              const fresh: LogEntry[] = torn ? [torn, ...written] : written;
              if (torn) await appendFile(file(), lineOf(torn).slice(9));
              const half = isSplit ? Math.floor(written.length / 2) : written.length;
              await appendFile(file(), written.slice(0, half).map(lineOf).join(""));
              if (isSplit) segment += 1;
              torn = isTorn ? logEntry("torn") : null;
              await appendFile(
                file(),
                `${written.slice(half).map(lineOf).join("")}${torn ? lineOf(torn).slice(0, 9) : ""}`,
              );
              const expected = fresh.filter(takes);
              const page = await newestEntries(dir, cursor, filter, count);
              assert.deepEqual(page.entries, expected.slice(expected.length - page.entries.length));
              assert.equal(page.skipped, expected.length - page.entries.length);
              const wanted = Math.min(count, expected.length);
              const isLarge = JSON.stringify(page.entries).length > 1024 * 1024;
              assert.ok(page.entries.length === wanted || (isLarge && page.entries.length < wanted));
              ({ cursor } = page);
            }
          } finally {
            await rm(dir, { recursive: true });
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

function lineOf(entry: LogEntry): string {
  return `${JSON.stringify(entry)}\n`;
}
