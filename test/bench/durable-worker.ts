// Runs our side of durable.bench.ts in a process of its own, one execution for each message.
import { StoreJournal } from "../../worker/store/journal.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { insertBarePlan } from "../support/store.ts";
import { chainPlan, elapsed, execute, independentPlan } from "./no-op-execution.ts";
import { tellParent } from "./worker-process.ts";

const [path = "", count = "", width = ""] = process.argv.slice(2);
const plan = width === "chain" ? chainPlan(Number(count)) : independentPlan(Number(count), Number(width));
const database = await openDatabase(path);
insertBarePlan(database);
const journal = new StoreJournal(database);
process.on("message", (round) => {
  elapsed(() => execute(journal, `run-${String(round)}`, plan))
    .then((took) => tellParent(took))
    .catch((error: unknown) => {
      // Ends the process, which the parent sees.
      throw error;
    });
});
await tellParent("ready");
