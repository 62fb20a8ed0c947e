import assert from "node:assert/strict";
import { join } from "node:path";
import { mock } from "node:test";
import type { ExecutionEvent } from "../../../schemas/event.ts";
import type { Database } from "../../../worker/store/database.ts";
import { readEvents } from "../../../worker/store/events.ts";
import { findExecution } from "../../../worker/store/executions.ts";
import { StoreJournal } from "../../../worker/store/journal.ts";
import { openDatabase } from "../../../worker/store/open-database.ts";
import { createdBody, enginePlan, engineStep } from "../../support/engine-plans.ts";
import {
  cost,
  finished,
  inFolder,
  insertBarePlan,
  PLAN_ID,
  sqlite3,
  stamp,
  started,
  stepEnded,
} from "../../support/store.ts";

const EVENTS: ExecutionEvent[] = stamp("e1", [
  { ...createdBody(enginePlan([engineStep("a"), engineStep("b")])), planId: PLAN_ID },
  started("a"),
  finished("a", { costs: [cost(1_000_000)], failed: true }),
  { type: "retry.scheduled", stepId: "a", attempt: 2, due: 9_000, delay: 2_000, code: "crash", quota: false },
  started("a", 2),
  finished("a", { attempt: 2, costs: [cost(500_000)] }),
  stepEnded("a"),
]);

/** A record in which the execution is created and nothing has started. */
async function begun(folder: string): Promise<{ path: string; database: Database; journal: StoreJournal }> {
  const path = join(folder, "a.db");
  const database = await openDatabase(path);
  insertBarePlan(database);
  const journal = new StoreJournal(database);
  await journal.append("e1", EVENTS.slice(0, 1));
  return { path, database, journal };
}

function statuses(database: Database): unknown {
  return database.all(
    "SELECT step_id, status, attempts, cost_micros FROM step_executions ORDER BY step_id",
    [],
    (row) => Object.values(row),
  );
}

describe("store: tables follow the events (J1, J3)", () => {
  it("shows every reader what is stored, though rows are written together a moment later", () =>
    inFolder(async (folder) => {
      const { path, database, journal } = await begun(folder);
      for (const event of EVENTS.slice(1)) await journal.append("e1", [event]);
      assert.deepEqual(readEvents(database, "e1"), EVENTS);
      assert.deepEqual(statuses(database), [
        ["a", "completed", 2, 1_500_000],
        ["b", "pending", 0, null],
      ]);
      assert.equal(findExecution(database, "e1")?.cost, 1.5);
      assert.equal(await sqlite3(path, "SELECT count(*) FROM attempts"), "2", "also other programs see it");
      await database.close();
    }));

  it("makes up for what a crash has kept from the tables", () =>
    inFolder(async (folder) => {
      const { path, database, journal } = await begun(folder);
      await journal.append("e1", EVENTS.slice(1));
      // As a process that is killed leaves it: nothing is made any more that was deferred.
      await database.abandon();
      const reopened = await openDatabase(path);
      assert.deepEqual(statuses(reopened), [
        ["a", "completed", 2, 1_500_000],
        ["b", "pending", 0, null],
      ]);
      assert.deepEqual(reopened.notices, []);
      await reopened.close();
    }));

  it("names an execution whose events cannot be read, and opens all the same (C9)", () =>
    inFolder(async (folder) => {
      const { path, database, journal } = await begun(folder);
      await journal.append("e1", EVENTS.slice(1));
      database.run("UPDATE event_batches SET events = '[{]' WHERE first_seq > 1");
      await database.abandon();
      const reopened = await openDatabase(path);
      assert.match(reopened.notices.join(), /the record of execution e1 cannot be read/);
      assert.equal(findExecution(reopened, "e1")?.status, "running");
      await reopened.close();
    }));

  it("writes a row once, however often it changes within a moment", () =>
    inFolder(async (folder) => {
      const { database, journal } = await begun(folder);
      const before = changes(database);
      // The moment does not end while the events come, however busy the machine is.
      mock.timers.enable({ apis: ["setTimeout"] });
      try {
        for (const event of EVENTS.slice(1)) await journal.append("e1", [event]);
      } finally {
        mock.timers.reset();
      }
      // Six batches of events, two attempts, one step, two costs, the sum of the execution and how far the tables are.
      assert.equal(changes(database) - before, 6 + 2 + 1 + 2 + 1 + 1);
      await database.close();
    }));
});

function changes(database: Database): number {
  return database.first("SELECT total_changes() AS changes", [], (row) => Number(row["changes"])) ?? 0;
}
