import assert from "node:assert/strict";
import { join } from "node:path";
import type { EventBody } from "../../../schemas/event.ts";
import type { Database } from "../../../worker/store/database.ts";
import { eachEvent, eventsOfTypes, insertEvents, readEvents } from "../../../worker/store/events.ts";
import { findExecution, listExecutions, unfinishedExecutions } from "../../../worker/store/executions.ts";
import { openDatabase } from "../../../worker/store/open-database.ts";
import { createdBody, enginePlan, engineStep } from "../../support/engine-plans.ts";
import {
  appendEvents,
  cost,
  finished,
  inFolder,
  insertBarePlan,
  PLAN_ID,
  reported,
  stamp,
  started,
  stepEnded,
} from "../../support/store.ts";

function created(more: { simulated?: boolean } = {}): EventBody {
  const steps = [engineStep("a"), engineStep("b", { simulated: more.simulated ?? false }), engineStep("c")];
  return { ...createdBody(enginePlan(steps)), planId: PLAN_ID };
}

async function withDatabase(act: (database: Database) => Promise<void> | void): Promise<void> {
  await inFolder(async (folder) => {
    const database = await openDatabase(join(folder, "a.db"));
    insertBarePlan(database);
    await act(database);
    await database.close();
  });
}

const steps = (database: Database): unknown[] =>
  database.all(
    `SELECT step_id, status, attempts, cost, error_code, result ->> '$.end.exitCode' AS exit, id FROM step_executions ORDER BY step_id`,
    [],
    (row) => Object.values(row),
  );

describe("store: events and their projections (J1, J4, E4, C11)", () => {
  it("gives back the events as they were, from any place", () =>
    withDatabase((database) => {
      const events = stamp("e1", [created(), started("a"), finished("a"), stepEnded("a")]);
      appendEvents(database, "e1", events.slice(0, 2));
      appendEvents(database, "e1", events.slice(2));
      assert.deepEqual(readEvents(database, "e1"), events);
      assert.deepEqual(readEvents(database, "e1", 1, 2), events.slice(1, 3));
      assert.deepEqual(readEvents(database, "unknown"), []);
    }));

  it("gives those of some types, whatever they stand together with", () =>
    withDatabase((database) => {
      const box = { task: "a", title: '"type":"steps.reopened"', line: 1, from: " ", to: "x", evidence: null };
      const written: EventBody = {
        type: "boxes.written",
        specPath: "a.spec.md",
        into: "file",
        boxes: [box],
        left: [],
      };
      const reopened: EventBody = { type: "steps.reopened", steps: ["a"], by: "sam" };
      const bodies = [created(), started("a"), finished("a"), stepEnded("a"), written, reopened, started("b"), written];
      const events = stamp("e1", bodies);
      appendEvents(database, "e1", events.slice(0, 5));
      appendEvents(database, "e1", events.slice(5, 7));
      appendEvents(database, "e1", events.slice(7));
      const types = ["boxes.written", "steps.reopened"] as const;
      assert.deepEqual(
        eventsOfTypes(database, "e1", types).map(({ seq }) => seq),
        [5, 6, 8],
      );
      assert.deepEqual(eventsOfTypes(database, "e1", ["steps.reopened"]), [events[5]]);
    }));

  it("gives all events one by one, however many rows they stand in", () =>
    withDatabase((database) => {
      const events = stamp("e1", [created(), ...Array.from({ length: 250 }, () => stepEnded("a"))]);
      appendEvents(database, "e1", events.slice(0, 1));
      for (const event of events.slice(1)) insertEvents(database, "e1", [event]);
      assert.deepEqual([...eachEvent(database, "e1")], events);
      assert.deepEqual([...eachEvent(database, "e1", 120)], events.slice(120));
      assert.deepEqual([...eachEvent(database, "unknown")], []);
    }));

  it("shows steps, attempts, costs and artifacts as the events say", () =>
    withDatabase((database) => {
      const bodies: EventBody[] = [
        created(),
        started("a"),
        finished("a", { failed: true, costs: [cost(1_500_000)] }),
        { type: "retry.scheduled", stepId: "a", attempt: 2, due: 9_000, delay: 2_000, code: "timeout", quota: false },
        started("a", 2),
        finished("a", { attempt: 2, costs: [cost(250_000), cost(1)], artifact: "out/a.txt" }),
        stepEnded("a"),
        started("b"),
        finished("b", { failed: true, costs: [cost(null)] }),
        stepEnded("b", "failed"),
        stepEnded("c", "skipped"),
        {
          type: "execution.finished",
          status: "failed",
          failure: { code: "exit_nonzero", message: "b failed", retryable: false },
        },
      ];
      appendEvents(database, "e1", stamp("e1", bodies));
      assert.deepEqual(steps(database), [
        ["a", "completed", 2, 1.750001, null, 0, "e1/a"],
        ["b", "failed", 1, null, "exit_nonzero", 3, "e1/b"],
        ["c", "skipped", 0, null, null, null, "e1/c"],
      ]);
      const attempts = database.all(
        "SELECT id, status, duration_ms, exit_code, error_code, cost_micros FROM attempts ORDER BY id",
        [],
        (row) => Object.values(row),
      );
      assert.deepEqual(attempts, [
        ["a/1", "failed", 12, 3, "exit_nonzero", 1_500_000],
        ["a/2", "succeeded", 12, 0, null, 250_001],
        ["b/1", "failed", 12, 3, "exit_nonzero", null],
      ]);
      const ledger = database.all(
        "SELECT id, service, agent, amount, certainty FROM ledger_entries ORDER BY attempt_id, entry",
        [],
        (row) => Object.values(row),
      );
      assert.deepEqual(ledger, [
        ["a/1/0", "models", "shell", 1.5, "measured"],
        ["a/2/0", "models", "shell", 0.25, "measured"],
        ["a/2/1", "models", "shell", 0.000001, "measured"],
        ["b/1/0", "models", "shell", null, "unknown"],
      ]);
      assert.deepEqual(
        database.first("SELECT path, sha256, simulated FROM artifacts", [], (row) => Object.values(row)),
        ["out/a.txt", "00", 0],
      );
      assert.deepEqual(findExecution(database, "e1"), {
        executionId: "e1",
        planId: PLAN_ID,
        title: "Bare",
        specPath: "bare.spec.md",
        status: "failed",
        startedAt: "2026-01-01T00:00:00.000Z",
        completedAt: "2026-01-01T00:00:11.000Z",
        simulated: false,
        cost: 1.750001,
        currency: "USD",
        result: null,
      });
    }));

  it("books what is reported on the way, what is refused and what is in another currency (E4)", () =>
    withDatabase((database) => {
      const euros = { ...cost(7), currency: "EUR" };
      const converted = {
        ...cost(2_000_000),
        tokens: { input: 100, output: 20 },
        original: { amount: 1_800_000, currency: "EUR" },
      };
      const bodies: EventBody[] = [
        created(),
        started("a"),
        reported("a", [cost(1_000_000)]),
        reported("a", [converted]),
        finished("a", { costs: [cost(1)] }),
        stepEnded("a"),
        started("b"),
        reported("b", [cost(500_000)], ["NaN"]),
        finished("b"),
        started("b", 2),
        finished("b", { attempt: 2, costs: [cost(3)] }),
        started("c"),
        reported("c", [euros]),
        { type: "execution.interrupted", message: "the worker is gone" },
      ];
      const events = stamp("e1", bodies);
      for (const event of events) appendEvents(database, "e1", [event]);
      const rows = (sql: string): unknown[] => database.all(sql, [], (row) => Object.values(row));
      assert.deepEqual(rows("SELECT id, reported_micros, unknown_costs, cost_micros FROM attempts ORDER BY id"), [
        ["a/1", 3_000_000, 0, 3_000_001],
        ["b/1", 500_000, 1, null],
        ["b/2", 0, 0, 3],
        ["c/1", 0, 1, null],
      ]);
      assert.deepEqual(rows("SELECT step_id, cost_micros FROM step_executions ORDER BY step_id"), [
        ["a", 3_000_001],
        ["b", null],
        ["c", null],
      ]);
      assert.deepEqual(rows("SELECT attempt_id, said, reason FROM refused_costs"), [
        ["b/1", "NaN", "it is not a number"],
      ]);
      assert.deepEqual(
        rows(
          "SELECT tokens_in, tokens_out, original_micros, original_currency FROM ledger_entries WHERE tokens_in > 0",
        ),
        [[100, 20, 1_800_000, "EUR"]],
      );
      assert.deepEqual(rows("SELECT spent_micros, unknown_costs FROM executions"), [[3_500_004, 2]]);
    }));

  it("shows attempts as agent runs in the words that other tools know (J4)", () =>
    withDatabase((database) => {
      const stopped: EventBody = {
        type: "attempt.stopping",
        stepId: "c",
        attemptId: "c/1",
        attempt: 1,
        reason: "timeout",
        by: null,
      };
      const killed: EventBody = { ...stopped, stepId: "b", attemptId: "b/2", attempt: 2, reason: "killed", by: "sam" };
      const bodies = [
        created(),
        started("a"),
        finished("a"),
        started("b"),
        finished("b", { failed: true }),
        started("b", 2),
        killed,
      ];
      const ends = [
        finished("b", { attempt: 2, failed: true }),
        started("c"),
        stopped,
        finished("c", { failed: true }),
        started("c", 2),
        started("a", 2),
      ];
      appendEvents(database, "e1", stamp("e1", [...bodies, ...ends]));
      database.run("UPDATE attempts SET host = 'host-pid-77' WHERE id = 'c/2'");
      assert.deepEqual(
        database.all(
          "SELECT id, task_id, container_id, status, agent_type, exit_code FROM agent_runs ORDER BY id",
          [],
          (row) => Object.values(row),
        ),
        [
          ["a/1", "e1/a", null, "completed", "shell", 0],
          ["a/2", "e1/a", null, "starting", "shell", null],
          ["b/1", "e1/b", null, "failed", "shell", 3],
          ["b/2", "e1/b", null, "killed", "shell", 3],
          ["c/1", "e1/c", null, "timeout", "shell", 3],
          ["c/2", "e1/c", "host-pid-77", "running", "shell", null],
        ],
      );
    }));

  it("keeps what is simulated out of the ledger and marks it", () =>
    withDatabase((database) => {
      const bodies = [
        created({ simulated: true }),
        started("b", 1, true),
        finished("b", { costs: [cost(5)], artifact: "x" }),
      ];
      appendEvents(database, "e1", stamp("e1", bodies));
      assert.equal(
        database.first("SELECT count(*) AS n FROM ledger_entries", [], (row) => row["n"]),
        0,
      );
      assert.equal(findExecution(database, "e1")?.cost, 0);
      assert.equal(findExecution(database, "e1")?.simulated, true);
      assert.equal(
        database.first("SELECT simulated FROM artifacts", [], (row) => row["simulated"]),
        1,
      );
    }));

  it("lists executions newest first and finds those that a dead worker left", () =>
    withDatabase((database) => {
      const later = (id: string, day: number): void => {
        const events = stamp(id, [created()]).map((event) => ({ ...event, at: `2026-01-0${day}T00:00:00.000Z` }));
        appendEvents(database, id, events);
      };
      later("e2", 2);
      later("e1", 1);
      later("e3", 3);
      appendEvents(
        database,
        "e3",
        [...stamp("e3", [created(), { type: "cancel.requested", by: "me", force: false }])].slice(1),
      );
      const end: EventBody = { type: "execution.interrupted", message: "the worker is gone" };
      appendEvents(database, "e2", stamp("e2", [created(), end]).slice(1));
      assert.deepEqual(
        listExecutions(database, 2).map((one) => [one.executionId, one.status]),
        [
          ["e3", "cancelling"],
          ["e2", "interrupted"],
        ],
      );
      assert.deepEqual(unfinishedExecutions(database), ["e1", "e3"]);
    }));

  it("stores a batch as a whole or not at all", () =>
    withDatabase((database) => {
      const events = stamp("e1", [created(), started("a"), finished("a"), stepEnded("a")]);
      appendEvents(database, "e1", events.slice(0, 1));
      const [first] = events;
      assert.ok(first);
      assert.throws(() => appendEvents(database, "e1", [...events.slice(1), first]), /event 1 of .* follows 4/);
      assert.throws(() => appendEvents(database, "e1", [first]), /UNIQUE/);
      assert.deepEqual(readEvents(database, "e1"), [first]);
      assert.equal(steps(database).filter((row) => String(row).includes("pending")).length, 3);
      assert.throws(() => appendEvents(database, "e2", events), /execution e1 was appended to e2/);
      appendEvents(database, "e1", []);
    }));
});
