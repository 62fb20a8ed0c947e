import assert from "node:assert/strict";
import { appendFile, mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LogEntry, LogFilter } from "../../../schemas/log.ts";
import { readLog, tailEntries } from "../../../worker/logs/log-reader.ts";
import { newestEntries } from "../../../worker/logs/newest-entries.ts";
import { logEntry, readAll } from "../../support/log-entries.ts";
import { inFolder } from "../../support/store.ts";

const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `line ${from + index}`);
const text = (entries: readonly LogEntry[]): string => entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");

/** A log of these segments, each a list of messages. */
async function written(folder: string, ...segments: string[][]): Promise<string> {
  const dir = join(folder, "run-1");
  await mkdir(dir);
  for (const [index, messages] of segments.entries()) {
    await writeFile(join(dir, `00000${index + 1}.jsonl`), text(messages.map((message) => logEntry(message))));
  }
  return dir;
}

const messages = (page: { entries: LogEntry[] }): string[] => page.entries.map(({ message }) => message);

describe("reading a log from a cursor (K1)", () => {
  it("misses nothing and repeats nothing, whatever the page size", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, numbers(10), numbers(10, 10), numbers(3, 20));
      for (const limit of [1, 3, 10, 11, 100]) {
        assert.deepEqual(messages(await readAll(dir, "", limit)), numbers(23), `pages of ${limit}`);
      }
    }));

  it("says whether there is more", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, numbers(2), numbers(1, 2));
      const first = await readLog(dir, "", {}, 2);
      assert.deepEqual([messages(first), first.more], [numbers(2), true]);
      const second = await readLog(dir, first.cursor, {}, 1);
      assert.deepEqual([messages(second), second.more], [["line 2"], false]);
      assert.deepEqual(await readLog(dir, second.cursor, {}, 5), { entries: [], cursor: second.cursor, more: false });
    }));

  it("goes on from its cursor when something was appended, also in a later segment", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, numbers(2));
      const { cursor } = await readAll(dir);
      await appendFile(join(dir, "000001.jsonl"), text([logEntry("line 2")]));
      await writeFile(join(dir, "000002.jsonl"), text([logEntry("line 3")]));
      assert.deepEqual(messages(await readAll(dir, cursor)), ["line 2", "line 3"]);
    }));

  it("fault 8: waits for the rest of a torn last line", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, ["line 0"]);
      const line = text([logEntry("line 1")]);
      await appendFile(join(dir, "000001.jsonl"), line.slice(0, 20));
      const torn = await readLog(dir, "", {}, 10);
      assert.deepEqual([messages(torn), torn.more], [["line 0"], false]);
      await appendFile(join(dir, "000001.jsonl"), line.slice(20));
      assert.deepEqual(messages(await readLog(dir, torn.cursor, {}, 10)), ["line 1"]);
    }));

  it("leaves damaged lines out", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, ["line 0"]);
      const damage = `not JSON\n{"time":1}\n\n${"\u0000".repeat(3_000_000)}\n`;
      await appendFile(join(dir, "000001.jsonl"), damage + text([logEntry("line 1")]));
      assert.deepEqual(messages(await readAll(dir)), ["line 0", "line 1"]);
      assert.deepEqual(messages(await tailEntries(dir, {}, 5)), ["line 0", "line 1"]);
    }));

  it("begins at the next line when a cursor stands inside one, and waits when it stands behind the end", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, numbers(3));
      assert.deepEqual(messages(await readLog(dir, "1:5", {}, 10)), ["line 1", "line 2"]);
      assert.deepEqual(messages(await readLog(dir, "1:999999", {}, 10)), []);
      assert.deepEqual(messages(await readLog(dir, "7:0", {}, 10)), []);
      await truncate(join(dir, "000001.jsonl"), 0);
      assert.deepEqual(messages(await readLog(dir, "1:5", {}, 10)), []);
    }));

  it("moves the cursor over entries that the filter does not take, a bounded part at a time", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, [], [], numbers(1));
      await writeFile(join(dir, "000001.jsonl"), text(Array.from({ length: 9 }, () => logEntry("x".repeat(999_000)))));
      const page = await readLog(dir, "", { text: "line" }, 10);
      assert.deepEqual([messages(page), page.more], [[], true]);
      assert.notEqual(page.cursor, "");
      assert.deepEqual(messages(await readLog(dir, page.cursor, { text: "line" }, 10)), ["line 0"]);
    }));

  it("gives about a mebibyte a page", () =>
    inFolder(async (folder) => {
      const dir = await written(
        folder,
        Array.from({ length: 50 }, () => "x".repeat(60_000)),
      );
      const page = await readLog(dir, "", {}, 10_000);
      assert.ok(page.more && page.entries.length >= 15 && page.entries.length <= 20, String(page.entries.length));
    }));

  it("filters by step, attempt, agent, level and text", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, []);
      const entries = [
        logEntry("Debug", { level: "debug" }),
        logEntry("Good", { level: "success" }),
        logEntry("Bad", { level: "error", attempt: 2 }),
        logEntry("Elsewhere", { stepId: "test", agent: "other", level: "warn" }),
      ];
      await writeFile(join(dir, "000001.jsonl"), text(entries));
      const taken = async (filter: LogFilter): Promise<string[]> => messages(await readLog(dir, "", filter, 10));
      assert.deepEqual(await taken({ level: "info" }), ["Good", "Bad", "Elsewhere"]);
      assert.deepEqual(await taken({ level: "success" }), ["Good", "Bad", "Elsewhere"]);
      assert.deepEqual(await taken({ level: "error" }), ["Bad"]);
      assert.deepEqual(await taken({ stepId: "build", attempt: 1 }), ["Debug", "Good"]);
      assert.deepEqual(await taken({ agent: "other" }), ["Elsewhere"]);
      assert.deepEqual(await taken({ text: "BAD" }), ["Bad"]);
    }));

  it("answers an execution without a log with nothing", () =>
    inFolder(async (folder) => {
      assert.deepEqual(await readLog(join(folder, "none"), "", {}, 10), { entries: [], cursor: "", more: false });
      assert.deepEqual(await tailEntries(join(folder, "none"), {}, 10), { entries: [], cursor: "", more: false });
    }));
});

describe("the end of a log (K1)", () => {
  it("is the last entries in order, over segments, with a cursor from where a follower goes on", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, numbers(5), numbers(2, 5));
      await appendFile(join(dir, "000002.jsonl"), '{"torn');
      const page = await tailEntries(dir, {}, 4);
      assert.deepEqual([messages(page), page.more], [numbers(4, 3), true]);
      assert.deepEqual(messages(await tailEntries(dir, {}, 100)), numbers(7));
      assert.equal(page.cursor, (await readAll(dir)).cursor);
    }));

  it("takes what the filter takes, from lines larger than one read", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, ["a", "x".repeat(300_000), "b", "y".repeat(500_000), "c"]);
      assert.deepEqual(
        messages(await tailEntries(dir, {}, 4)).map((message) => [message[0], message.length]),
        [
          ["x", 300_000],
          ["b", 1],
          ["y", 500_000],
          ["c", 1],
        ],
      );
      assert.deepEqual(messages(await tailEntries(dir, { text: "a" }, 4)), ["a"]);
    }));
});

describe("the newest entries of a log (K1)", () => {
  it("do not let somebody who has seen nothing wait until a long log is counted or searched", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, numbers(50), numbers(50, 50));
      const small = { counted: 1_000, read: 1_000_000 };
      const last = await newestEntries(dir, "", {}, 3, small);
      assert.deepEqual([messages(last), last.skipped], [numbers(3, 97), null]);
      const rare = await newestEntries(dir, "", { text: "line 1" }, 50, { counted: 1_000_000, read: 1_000 });
      assert.deepEqual([messages(rare), rare.skipped], [[], null]);
      const found = await newestEntries(dir, "", {}, 3);
      assert.deepEqual([messages(found), found.skipped], [numbers(3, 97), 97]);
    }));

  it("are counted exactly for somebody who goes on, however many there are", () =>
    inFolder(async (folder) => {
      const dir = await written(folder, numbers(2));
      const { cursor } = await newestEntries(dir, "", {}, 5);
      await appendFile(join(dir, "000001.jsonl"), text(numbers(500, 2).map((message) => logEntry(message))));
      const next = await newestEntries(dir, cursor, {}, 5, { counted: 10, read: 10 });
      assert.deepEqual([messages(next), next.skipped], [numbers(5, 497), 495]);
      const none = await newestEntries(dir, next.cursor, {}, 5);
      assert.deepEqual(none, { entries: [], skipped: 0, cursor: next.cursor });
    }));
});
