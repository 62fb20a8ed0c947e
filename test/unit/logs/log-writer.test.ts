import assert from "node:assert/strict";
import { appendFile, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { once } from "node:events";
import { tailEntries } from "../../../worker/logs/log-reader.ts";
import { openExecutionLog } from "../../../worker/logs/log-writer.ts";
import { logEntry, readAll, segmentFiles } from "../../support/log-entries.ts";
import { inFolder } from "../../support/store.ts";

const messagesOf = async (dir: string): Promise<string[]> => (await readAll(dir)).entries.map(({ message }) => message);
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index}`);

describe("an execution's log (K1)", () => {
  it("gives back what was appended, in order", () =>
    inFolder(async (folder) => {
      const dir = join(folder, "run-1");
      const entry = logEntry("grüße\u0000\n\u2028 🚀", {
        metadata: { bytes: "AA==" },
        correlationId: "c",
        stream: null,
      });
      const log = await openExecutionLog(dir);
      log.append(entry);
      log.append(logEntry("two"));
      await log.close();
      assert.deepEqual((await readAll(dir)).entries, [entry, logEntry("two")]);
    }));

  it("is the person's alone", () =>
    inFolder(async (folder) => {
      const dir = join(folder, "run-1");
      const log = await openExecutionLog(dir);
      log.append(logEntry("one"));
      await log.close();
      assert.equal((await stat(dir)).mode & 0o777, 0o700);
      assert.equal((await stat(join(dir, "000001.jsonl"))).mode & 0o777, 0o600);
    }));

  it("calls back when entries are readable, without anyone flushing", () =>
    inFolder(async (folder) => {
      const log = await openExecutionLog(join(folder, "run-1"));
      const readable = new EventTarget();
      const stop = log.onAppend(() => readable.dispatchEvent(new Event("readable")));
      const called = once(readable, "readable");
      log.append(logEntry("one"));
      await called;
      assert.deepEqual(await messagesOf(join(folder, "run-1")), ["one"]);
      stop();
      await log.close();
    }));

  it("begins a new segment before the size limit, and readers go over segments", () =>
    inFolder(async (folder) => {
      const dir = join(folder, "run-1");
      const log = await openExecutionLog(dir, { limits: { segmentBytes: 2_000 } });
      for (const message of numbers(40)) {
        log.append(logEntry(message));
        await log.flush();
      }
      await log.close();
      const files = await segmentFiles(dir);
      assert.ok(files.length >= 4, `${files.length} segments`);
      for (const file of files) assert.ok((await stat(file)).size <= 2_000);
      assert.deepEqual(await messagesOf(dir), numbers(40));
    }));

  it("fault 8: goes on in a new segment after a crash in the middle of a line", () =>
    inFolder(async (folder) => {
      const dir = join(folder, "run-1");
      const first = await openExecutionLog(dir);
      first.append(logEntry("one"));
      await first.close();
      await appendFile(join(dir, "000001.jsonl"), '{"time":"2026-01-01T00:00:0');
      assert.deepEqual(await messagesOf(dir), ["one"]);
      const second = await openExecutionLog(dir);
      second.append(logEntry("two"));
      await second.close();
      assert.deepEqual(await messagesOf(dir), ["one", "two"]);
    }));

  it("keeps an attempt's log below its limit, counts the rest and says so; other attempts and our own notes are not touched", () =>
    inFolder(async (folder) => {
      const dir = join(folder, "run-1");
      const log = await openExecutionLog(dir, { limits: { attemptBytes: 1_000 } });
      for (let index = 0; index < 50; index += 1) log.append(logEntry("0123456789"));
      log.append(logEntry("a note", { source: "orchestrator", stream: null }));
      log.append(logEntry("another attempt", { attempt: 2 }));
      log.endAttempt("build", 1);
      await log.close();
      const messages = await messagesOf(dir);
      const kept = messages.filter((message) => message === "0123456789").length;
      assert.ok(kept > 0 && kept < 10, `${kept} kept`);
      assert.deepEqual(messages.slice(kept), [
        "the log of this attempt has reached its limit of 1000 bytes: what follows is counted and not kept",
        "a note",
        "another attempt",
        `${50 - kept} lines (${(50 - kept) * 11} bytes) not kept: the log of an attempt is limited to 1000 bytes`,
      ]);
    }));

  it("says at the close what an attempt without an end lost", () =>
    inFolder(async (folder) => {
      const dir = join(folder, "run-1");
      const log = await openExecutionLog(dir, { limits: { attemptBytes: 100 } });
      for (let index = 0; index < 3; index += 1) log.append(logEntry("0123456789"));
      await log.close();
      assert.match((await messagesOf(dir)).at(-1) ?? "", /^2 lines \(22 bytes\) not kept/);
    }));

  it("drops and counts what does not fit into memory, and says so once it can write", () =>
    inFolder(async (folder) => {
      const dir = join(folder, "run-1");
      const log = await openExecutionLog(dir, { limits: { pendingBytes: 100_000 } });
      for (const message of numbers(1_000)) log.append(logEntry(message));
      await log.close();
      const messages = await messagesOf(dir);
      const kept = messages.length - 1;
      assert.ok(kept > 100 && kept < 1_000);
      assert.deepEqual(messages.slice(0, -1), numbers(kept));
      assert.equal(
        messages.at(-1),
        `${1_000 - kept} log entries were not kept: they came faster than they could be written`,
      );
    }));

  it("cuts an entry that is too large for readers", () =>
    inFolder(async (folder) => {
      const dir = join(folder, "run-1");
      const log = await openExecutionLog(dir);
      log.append(logEntry("x".repeat(2_000_000), { metadata: { more: "y".repeat(2_000_000) } }));
      log.append(logEntry("after"));
      await log.close();
      const { entries } = await readAll(dir);
      assert.equal(entries[0]?.message.length, 65_536);
      assert.deepEqual(entries[0]?.metadata, { cut: true });
      assert.equal(entries[1]?.message, "after");
    }));

  it("fault 5: survives a disk that fails and works again, and loses nothing that fits into memory", () =>
    inFolder(async (folder) => {
      const dir = join(folder, "run-1");
      await writeFile(dir, "a file stands where the folder should be");
      const log = await openExecutionLog(dir);
      for (const message of numbers(3)) log.append(logEntry(message));
      await log.flush();
      await rm(dir);
      log.append(logEntry("line 3"));
      await log.close();
      assert.deepEqual(await messagesOf(dir), numbers(4));
    }));

  it("never rejects although the disk never works", () =>
    inFolder(async (folder) => {
      const dir = join(folder, "run-1");
      await writeFile(dir, "");
      const log = await openExecutionLog(dir);
      log.append(logEntry("lost"));
      await log.flush();
      await log.close();
      log.append(logEntry("after the close"));
      await log.close();
      assert.equal(await readFile(dir, "utf8"), "");
    }));

  it("goes on when somebody removes the folder between segments", () =>
    inFolder(async (folder) => {
      const dir = join(folder, "run-1");
      const log = await openExecutionLog(dir, { limits: { segmentBytes: 100 } });
      log.append(logEntry("gone"));
      await log.flush();
      await rm(dir, { recursive: true });
      log.append(logEntry("here"));
      await log.close();
      assert.deepEqual(await messagesOf(dir), ["here"]);
      assert.equal((await tailEntries(dir, {}, 1)).entries[0]?.message, "here");
    }));
});
