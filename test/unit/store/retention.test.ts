import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { systemClock } from "../../../worker/run/system-clock.ts";
import { insertAgentMessage } from "../../../worker/store/agent-messages.ts";
import type { Database } from "../../../worker/store/database.ts";
import { findExecution, findPurged, listCurrentExecutions, listExecutions } from "../../../worker/store/executions.ts";
import { compactRecord, purgeRecord, type InSlices } from "../../../worker/store/retention.ts";
import { slices } from "../../../worker/store/slices.ts";
import { countOf, keptExecution, withRecord } from "../../support/kept-record.ts";
import { watchLoop } from "../../support/loop-watch.ts";

const NOW = new Date("2026-06-30T00:00:00.000Z");
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);
const LIMITS = {
  executions: daysAgo(30).toISOString(),
  messages: daysAgo(7).toISOString(),
  ledger: daysAgo(400).toISOString(),
};

const atOnce: InSlices = async (slice) => {
  while (slice(2) >= 2);
};

function message(database: Database, id: string, at: Date): void {
  insertAgentMessage(database, {
    id,
    executionId: "young",
    stepId: "a",
    attemptId: "a/1",
    direction: "request",
    agent: "x",
    message: { hello: id },
    timestamp: at.toISOString(),
  });
}

const purge = (database: Database, keep: readonly string[] = [], inSlices = atOnce) =>
  purgeRecord(database, LIMITS, NOW, { keep: new Set(keep), inSlices });

describe("record: what is too old leaves it (J2, K5)", () => {
  it("removes the details of old executions, and keeps what they were and what they cost", () =>
    withRecord(async (database) => {
      keptExecution(database, "old", daysAgo(31));
      keptExecution(database, "young", daysAgo(29));
      keptExecution(database, "running", null);
      const { executions } = await purge(database);
      assert.equal(executions, 1);
      for (const table of ["event_batches", "step_executions", "attempts", "artifacts"])
        assert.equal(countOf(database, table, "execution_id = 'old'"), 0, table);
      assert.equal(countOf(database, "event_batches", "execution_id = 'young'"), 1);
      assert.equal(countOf(database, "event_batches", "execution_id = 'running'"), 1);
      assert.equal(countOf(database, "ledger_entries", "execution_id = 'old' AND amount_micros = 2000000"), 1);
      assert.equal(countOf(database, "plans"), 1);
      assert.equal(findExecution(database, "old"), null);
      const left = findPurged(database, "old");
      assert.deepEqual([left?.title, left?.cost, left?.purgedAt], ["Bare", 2, NOW.toISOString()]);
      assert.equal(findPurged(database, "young"), null);
      assert.ok(!listExecutions(database, 10).some(({ executionId }) => executionId === "old"));
      assert.ok(!listCurrentExecutions(database, 10).some(({ executionId }) => executionId === "old"));
      assert.deepEqual(await purge(database), { executions: 0, rows: 0 });
    }));

  it("leaves alone what a worker runs, whatever its age", () =>
    withRecord(async (database) => {
      keptExecution(database, "old", daysAgo(100));
      assert.equal((await purge(database, ["old"])).executions, 0);
      assert.notEqual(findExecution(database, "old"), null);
    }));

  it("forgets costs only when no window of a budget can count them any more", () =>
    withRecord(async (database) => {
      keptExecution(database, "older", daysAgo(399));
      keptExecution(database, "oldest", daysAgo(401));
      await purge(database);
      assert.equal(countOf(database, "ledger_entries", "execution_id = 'older'"), 1);
      assert.equal(countOf(database, "ledger_entries", "execution_id = 'oldest'"), 0);
      assert.notEqual(findPurged(database, "oldest"), null);
    }));

  it("removes messages by their own age", () =>
    withRecord(async (database) => {
      keptExecution(database, "young", daysAgo(10));
      for (const day of [1, 6, 8, 9, 10]) message(database, `m${day}`, daysAgo(day));
      await purge(database);
      assert.deepEqual(
        database.all("SELECT id FROM agent_messages ORDER BY id", [], (row) => row["id"]),
        ["m1", "m6"],
      );
    }));

  it("is finished by the next worker when it was broken off, and hides the execution meanwhile", () =>
    withRecord(async (database) => {
      for (const id of ["one", "two", "three"]) keptExecution(database, id, daysAgo(60));
      for (let allowed = 0; allowed < 40; allowed += 1) {
        let left = allowed;
        const breaking: InSlices = async (slice) => {
          for (;;) {
            if ((left -= 1) < 0) throw new Error("the worker is gone");
            if (slice(1) < 1) return;
          }
        };
        const done = await purge(database, [], breaking).then(
          () => true,
          () => false,
        );
        if (countOf(database, "executions", "purged_at IS NOT NULL") > 0)
          assert.equal(findExecution(database, "one"), null, `after ${allowed} slices`);
        if (done) break;
      }
      await purge(database);
      assert.equal(countOf(database, "event_batches"), 0);
      assert.equal(countOf(database, "attempts"), 0);
      assert.equal(countOf(database, "executions"), 3);
    }));
});

describe("record: its file shrinks while others work (J2)", function () {
  this.timeout(120_000);

  it("gives 50 MB back without holding the loop up for 50 ms", () =>
    withRecord(async (database) => {
      const filler = "x".repeat(100_000);
      for (let index = 0; index < 300; index += 1) {
        keptExecution(database, `old-${index}`, daysAgo(60), `${index}${filler}`);
        if (index % 100 === 0) await database.durable();
      }
      await database.durable();
      database.checkpoint();
      const before = (await stat(database.path)).size;
      assert.ok(before > 50_000_000, `${before} bytes to begin with`);
      const inSlices = slices(systemClock, new AbortController().signal);
      const stalls = watchLoop();
      await purge(database, [], inSlices);
      const freed = await compactRecord(database, inSlices);
      const longest = stalls();
      const after = (await stat(database.path)).size;
      assert.ok(freed > 45_000_000, `${freed} bytes were freed`);
      assert.ok(after < 15_000_000, `${after} bytes are left`);
      assert.ok(longest < 50, `the loop was held up for ${longest} ms`);
      assert.equal(
        database.first("PRAGMA quick_check", [], (row) => row["quick_check"]),
        "ok",
      );
    }));
});
