import assert from "node:assert/strict";
import { join } from "node:path";
import type { Plan } from "../../../schemas/plan.ts";
import { insertApproval } from "../../../worker/store/approvals.ts";
import { findCommand, rememberCommand } from "../../../worker/store/command-ids.ts";
import { migrations } from "../../../worker/store/migrations.ts";
import { openDatabase } from "../../../worker/store/open-database.ts";
import { PLAIN_READING } from "../../../schemas/spec.ts";
import { findPlan, findSpecification, savePlan } from "../../../worker/store/plans.ts";
import { planOf } from "../../support/planning.ts";
import { inFolder, sqlite3 } from "../../support/store.ts";

const PLAN: Plan = {
  planId: "p1",
  title: "A plan",
  specPath: "a.spec.md",
  dialect: "spec",
  reading: PLAIN_READING,
  requirements: [],
  isolation: null,
  roleHashes: {},
  roleFiles: {},
  planner: { kind: "structural", agent: null, note: null },
  createdAt: "2026-01-01T00:00:00.000Z",
  hash: "h1",
  steps: [],
  settled: [],
  optionalTasks: 0,
  estimatedCost: 5.5,
  knownCost: 5.5,
  unknownCosts: 0,
  currency: "EUR",
  estimatedDuration: 120_000,
  knownDuration: 120_000,
  unknownDurations: 0,
  criticalPath: [],
  criticalPathDuration: 0,
  budget: null,
  policies: [],
  rates: {},
  hooks: [],
  maxConcurrent: 4,
  onFailure: "continue",
  context: { text: "be careful", files: [], environment: "dev" },
  agentHashes: {},
  agentCommands: {},
  diagnostics: [],
  modifications: [],
  revises: null,
  timeout: null,
  pools: {},
};

describe("store: plans, approvals, commands (J1, B2)", () => {
  it("keeps a plan with the columns that other tools read", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const database = await openDatabase(path);
      savePlan(database, PLAN, "# A plan\n");
      savePlan(database, { ...PLAN, hash: "h2" }, "# A plan\n");
      assert.deepEqual(findPlan(database, "p1"), { ...PLAN, hash: "h2" });
      assert.equal(findSpecification(database, "p1"), "# A plan\n");
      assert.equal(findPlan(database, "p2"), null);
      await database.durable();
      const columns =
        "specification, json_extract(context, '$.environment'), steps, estimated_cost, estimated_duration, created_at";
      assert.equal(
        await sqlite3(path, `SELECT ${columns} FROM plans`),
        "# A plan\n|dev|[]|5.5|120000|2026-01-01T00:00:00.000Z",
      );
      await database.close();
    }));

  it("finds a plan that an older version recorded as it was, and still shows its columns", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.db");
      const plan: Plan = { ...planOf("- [ ] Für “dich”\n  - command: echo 1\n"), planId: "p1", hash: "h1" };
      const first = await openDatabase(path, { migrations: migrations.slice(0, 1) });
      first.run(
        `INSERT INTO plans (id, specification, title, spec_path, dialect, hash, currency, created_at, plan)
         VALUES ('p1', '', '', '', 'spec', 'h1', 'EUR', '', ?)`,
        [JSON.stringify(plan)],
      );
      await first.close();
      const database = await openDatabase(path);
      assert.deepEqual(findPlan(database, "p1"), plan);
      await database.durable();
      const columns = "json_extract(context, '$.environment'), json_extract(steps, '$[0].title')";
      assert.equal(await sqlite3(path, `SELECT ${columns} FROM plans`), "|Für “dich”");
      await database.close();
    }));

  it("records approvals in order, and answers a repeated command as before", () =>
    inFolder(async (folder) => {
      const database = await openDatabase(join(folder, "a.db"));
      savePlan(database, { ...PLAN, estimatedCost: null }, "");
      const approval = {
        planId: "p1",
        planHash: "h1",
        at: "2026-01-01T00:00:01.000Z",
        by: "ada",
        how: "prompt",
      } as const;
      insertApproval(database, approval);
      insertApproval(database, { ...approval, planHash: "h2", how: "flag" });
      const kept = database.all("SELECT plan_hash, by, how FROM approvals ORDER BY id", [], (row) =>
        Object.values(row),
      );
      assert.deepEqual(kept, [
        ["h1", "ada", "prompt"],
        ["h2", "ada", "flag"],
      ]);

      const command = { commandId: "c1", operation: "execution.start", result: '{"executionId":"e1"}' };
      assert.equal(findCommand(database, "c1"), null);
      rememberCommand(database, { ...command, at: "2026-01-01T00:00:00.000Z" });
      assert.deepEqual(findCommand(database, "c1"), { operation: command.operation, result: command.result });
      assert.throws(() => rememberCommand(database, { ...command, at: "2026-01-02T00:00:00.000Z" }), /UNIQUE/);
      await database.close();
    }));
});
