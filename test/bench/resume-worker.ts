// Runs an execution, or goes on with one that a killed process has left: resume.bench.ts.
import type { ExecutionEvent } from "../../schemas/event.ts";
import { fold, foldAll } from "../../worker/engine/fold.ts";
import { interruptionOf } from "../../worker/run/executions.ts";
import type { LiveExecution } from "../../worker/run/live-execution.ts";
import type { Database } from "../../worker/store/database.ts";
import { readEvents } from "../../worker/store/events.ts";
import { StoreJournal } from "../../worker/store/journal.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { insertBarePlan } from "../support/store.ts";
import { begin, chainPlan, noOpExecution } from "./no-op-execution.ts";
import { tellParent } from "./worker-process.ts";

const [path = "", executionId = "", count = "", tellAt = ""] = process.argv.slice(2);
const isRestart = tellAt === "first";
const { promise: reached, resolve: reach } = Promise.withResolvers<number>();
const told = reached.then((index) => tellParent({ index }));
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

/** What a worker does with an execution of a dead one when a person resumes it: read, record the interruption, go on. */
async function resume(live: LiveExecution, from: Database, to: StoreJournal): Promise<void> {
  const state = foldAll(readEvents(from, live.executionId));
  if (!state) throw new Error(`nothing of execution ${live.executionId} was stored`);
  const body = interruptionOf(state, "the process that ran it was killed");
  if (body) {
    const at = new Date().toISOString();
    const event: ExecutionEvent = { v: 1, executionId: live.executionId, seq: state.seq + 1, at, t: state.t, ...body };
    fold(state, event);
    await to.append(live.executionId, [event]);
  }
  live.takeUp(state);
  const obeyed = live.command({ kind: "resume" }, "bench");
  if (!obeyed.ok) throw new Error(obeyed.failure.message);
}
