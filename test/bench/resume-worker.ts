// Runs an execution, or goes on with one that a killed process has left: resume.bench.ts.
import { flushCompileCache } from "node:module";
import type { LiveExecution } from "../../worker/run/live-execution.ts";
import { systemClock } from "../../worker/run/system-clock.ts";
import { recover } from "../../worker/server/recovery.ts";
import type { Database } from "../../worker/store/database.ts";
import { StoreJournal } from "../../worker/store/journal.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { insertBarePlan } from "../support/store.ts";
import { begin, chainPlan, noOpExecution } from "./no-op-execution.ts";
import { tellParent } from "./worker-process.ts";

const [path = "", executionId = "", count = "", tellAt = ""] = process.argv.slice(2);
const isRestart = tellAt === "first";
const { promise: reached, resolve: reach } = Promise.withResolvers<number>();
const told = reached.then((index) => {
  // The process is killed next, and would not keep what it has compiled.
  if (!isRestart) flushCompileCache();
  return tellParent({ index });
});
const database = await openDatabase(path);
const journal = new StoreJournal(database);
const execution = noOpExecution(journal, executionId, ({ stepId }) => {
  const index = Number(stepId.slice(1));
  if (isRestart || index >= Number(tellAt)) reach(index);
});
if (isRestart) {
  await resume(execution, database, journal);
} else {
  insertBarePlan(database);
  await begin(execution, chainPlan(Number(count)));
}
await told;
await execution.done;
await database.close();

/** What a worker does with an execution of a dead one when a person resumes it: records the interruption, reads, goes on. */
async function resume(live: LiveExecution, from: Database, to: StoreJournal): Promise<void> {
  const nothingLeftOver = (): Promise<number> => Promise.resolve(0);
  const { states } = await recover({ database: from, journal: to, clock: systemClock }, nothingLeftOver);
  const state = states.get(live.executionId);
  if (!state) throw new Error("the execution was not interrupted");
  live.takeUp(state);
  const obeyed = live.command({ kind: "resume" }, "bench");
  if (!obeyed.ok) throw new Error(obeyed.failure.message);
}
