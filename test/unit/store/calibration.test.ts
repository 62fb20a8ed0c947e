import assert from "node:assert/strict";
import { join } from "node:path";
import { recordedHistory } from "../../../worker/insight/calibration.ts";
import { recordedRuns } from "../../../worker/store/calibration.ts";
import type { Database } from "../../../worker/store/database.ts";
import { openDatabase } from "../../../worker/store/open-database.ts";
import { inFolder, insertBarePlan } from "../../support/store.ts";

const CODER = { agent: "coder", capability: "code_generation", currency: "USD" };

interface Run {
  readonly day: number;
  readonly agent?: string;
  readonly capability?: string | null;
  readonly status?: string;
  readonly simulated?: boolean;
  /** Amount in micros and certainty of each entry. */
  readonly costs?: readonly [amount: number | null, certainty: string, currency?: string][];
}

/** One execution with one step for each run; a run of day `d` took `d` seconds. */
function record(database: Database, runs: readonly Run[]): void {
  insertBarePlan(database);
  database.run(
    `INSERT INTO executions (id, plan_id, status, started_at, simulated, currency)
     VALUES ('e', 'plan-1', 'completed', '2026-01-01T00:00:00.000Z', 0, 'USD')`,
    [],
  );
  for (const [index, run] of runs.entries()) {
    const { agent = "coder", capability = "code_generation", status = "succeeded", simulated = false, day } = run;
    const step = `s${index}`;
    const at = new Date(Date.UTC(2026, 0, day)).toISOString();
    database.run(
      "INSERT INTO step_executions (execution_id, step_id, status, simulated, capability) VALUES ('e', ?, 'completed', 0, ?)",
      [step, capability],
    );
    database.run(
      `INSERT INTO attempts (execution_id, step_id, number, id, agent, status, simulated, started_at, duration_ms, reserved_micros)
       VALUES ('e', ?1, 1, ?1 || '/1', ?2, ?3, ?4, ?5, ?6, 0)`,
      [step, agent, status, simulated ? 1 : 0, at, day * 1_000],
    );
    for (const [entry, [amount, certainty, currency = "USD"]] of (run.costs ?? []).entries()) {
      database.run(
        `INSERT INTO ledger_entries
           (execution_id, attempt_id, entry, step_id, agent, service, amount_micros, currency, certainty, at)
         VALUES ('e', ?1 || '/1', ?2, ?1, ?3, 'models', ?4, ?5, ?6, ?7)`,
        [step, entry, agent, amount, currency, certainty, at],
      );
    }
  }
}

async function recorded(runs: readonly Run[], look: (database: Database) => void): Promise<void> {
  await inFolder(async (folder) => {
    const database = await openDatabase(join(folder, "a.db"));
    record(database, runs);
    look(database);
    await database.close();
  });
}

describe("store: runs that estimates rest on (A9)", () => {
  it("are the newest successful ones of the agent and capability, newest first, and never simulated", () =>
    recorded(
      [
        { day: 1 },
        { day: 3 },
        { day: 2 },
        { day: 4, agent: "other" },
        { day: 5, capability: "testing" },
        { day: 6, capability: null },
        { day: 7, status: "failed" },
        { day: 8, status: "running" },
        { day: 9, simulated: true },
      ],
      (database) => {
        const days = (limit: number): number[] =>
          recordedRuns(database, CODER, limit).map(({ duration }) => (duration ?? 0) / 1_000);
        assert.deepEqual(days(200), [3, 2, 1]);
        assert.deepEqual(days(2), [3, 2]);
      },
    ));

  it("have a cost only where all of it was measured, in the currency of the plan", () =>
    recorded(
      [
        { day: 9, costs: [[300, "measured"]] },
        {
          day: 8,
          costs: [
            [300, "measured"],
            [50, "billed"],
          ],
        },
        { day: 7, costs: [[300, "estimated"]] },
        {
          day: 6,
          costs: [
            [300, "measured"],
            [50, "estimated"],
          ],
        },
        {
          day: 5,
          costs: [
            [300, "measured"],
            [null, "unknown"],
          ],
        },
        { day: 4, costs: [[300, "measured", "EUR"]] },
        { day: 3 },
      ],
      (database) => {
        const costs = recordedRuns(database, CODER, 200).map(({ cost }) => cost);
        assert.deepEqual(costs, [300, 350, null, null, null, null, null]);
      },
    ));

  it("find the runs by an index, without looking at those of other agents", () =>
    recorded([{ day: 1 }], (database) => {
      const plan = database.all(
        `EXPLAIN QUERY PLAN SELECT id FROM attempts
         WHERE agent = 'coder' AND status = 'succeeded' AND simulated = 0 ORDER BY started_at DESC LIMIT 9`,
        [],
        (row) => String(row["detail"]),
      );
      assert.deepEqual(plan, ["SEARCH attempts USING INDEX attempts_that_calibrate (agent=?)"]);
    }));

  it("give a plan's history, read once for each agent and capability", () =>
    recorded(
      [1, 2, 3, 4, 5].map((day) => ({ day, costs: [[day * 10, "measured"]] })),
      (database) => {
        const history = recordedHistory(database, new Date("2026-01-06T00:00:00.000Z"));
        const calibration = history("coder", "code_generation", "USD");
        assert.deepEqual(
          [calibration.cost.typical, calibration.duration.typical, calibration.duration.high],
          [30, 3_000, null],
        );
        assert.equal(history("coder", "code_generation", "USD"), calibration);
        assert.equal(history("coder", "code_generation", "EUR").cost.runs, 0);
        assert.equal(history("coder", "testing", "USD").duration.runs, 0);
      },
    ));
});
