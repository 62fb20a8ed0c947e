import { join } from "node:path";
import type { Database } from "../../worker/store/database.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { createdBody, enginePlan, engineStep } from "./engine-plans.ts";
import { appendEvents, cost, finished, inFolder, insertBarePlan, PLAN_ID, stamp, started, stepEnded } from "./store.ts";

/** Runs a test with an open record that holds the plan which executions refer to. */
export async function withRecord(act: (database: Database, folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const database = await openDatabase(join(folder, "planwright.db"));
    insertBarePlan(database);
    await act(database, folder);
    await database.close();
  });
}

/** An execution of one step that cost 2 USD and ended at a moment; null: it still runs. */
export function keptExecution(database: Database, executionId: string, endedAt: Date | null, tail = "tail"): void {
  const done = finished("a", { costs: [cost(2_000_000)], artifact: "out.txt" });
  const result = done.type === "attempt.finished" && done.result ? { ...done.result, tail } : null;
  const bodies = [
    { ...createdBody(enginePlan([engineStep("a")])), planId: PLAN_ID },
    started("a"),
    done.type === "attempt.finished" ? { ...done, result } : done,
    stepEnded("a"),
  ];
  const end = { type: "execution.finished", status: "completed", failure: null } as const;
  const events = stamp(executionId, endedAt === null ? bodies : [...bodies, end]);
  const at = endedAt?.toISOString();
  appendEvents(database, executionId, at === undefined ? events : events.map((event) => ({ ...event, at })));
}

export function countOf(database: Database, table: string, where = "1"): number {
  return database.first(`SELECT count(*) AS n FROM ${table} WHERE ${where}`, [], (row) => Number(row["n"])) ?? 0;
}
