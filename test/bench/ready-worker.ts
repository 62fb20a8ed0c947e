// Runs our side of ready.bench.ts in a process of its own: for each message an execution of steps one after the other.
import { setTimeout as pause } from "node:timers/promises";
import { StoreJournal } from "../../worker/store/journal.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { insertBarePlan } from "../support/store.ts";
import { begin, chainPlan, noOpExecution } from "./no-op-execution.ts";
import { tellParent } from "./worker-process.ts";

const [path = "", count = "", idleMs = ""] = process.argv.slice(2);
const plan = chainPlan(Number(count));
const database = await openDatabase(path);
insertBarePlan(database);
const journal = new StoreJournal(database);
process.on("message", (round) => {
  measure(`run-${String(round)}`)
    .then((times) => tellParent(times))
    .catch((error: unknown) => {
      // Ends the process, which the parent sees.
      throw error;
    });
});
await tellParent("ready");

/** Of each step the ms from when it was ready to when its attempt was started. The worker is idle before each. */
async function measure(executionId: string): Promise<number[]> {
  const times: number[] = [];
  let ready = 0;
  const execution = noOpExecution(journal, executionId, () => {
    times.push(performance.now() - ready);
    // The attempt answers when nothing has happened for a while; with its answer the next step is ready.
    return pause(Number(idleMs)).then(() => void (ready = performance.now()));
  });
  await pause(Number(idleMs));
  // The first step is ready with the start of the execution, which is stored meanwhile, too.
  ready = performance.now();
  await begin(execution, plan);
  await execution.done;
  return times;
}
