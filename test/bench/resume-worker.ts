// Runs an execution, or goes on with one that a killed process has left: resume.bench.ts.
import { StoreJournal } from "../../worker/store/journal.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { insertBarePlan } from "../support/store.ts";
import { begin, chainPlan, noOpExecution, resume } from "./no-op-execution.ts";
import { tellParent } from "./worker-process.ts";

const [path = "", executionId = "", count = "", tellAt = ""] = process.argv.slice(2);
const isRestart = tellAt === "first";
const { promise: reached, resolve: reach } = Promise.withResolvers<number>();
const told = reached.then((index) => tellParent({ index }));
const database = await openDatabase(path);
const execution = noOpExecution(new StoreJournal(database), executionId, ({ stepId }) => {
  const index = Number(stepId.slice(1));
  if (isRestart || index >= Number(tellAt)) reach(index);
});
if (isRestart) {
  await resume(execution, database);
} else {
  insertBarePlan(database);
  await begin(execution, chainPlan(Number(count)));
}
await told;
await execution.done;
await database.close();
