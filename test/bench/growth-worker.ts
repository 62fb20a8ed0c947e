// Runs plans of one size in a process of its own and tells its parent what that took: growth.bench.ts.
import { cpuUsage, memoryUsage, resourceUsage } from "node:process";
import { StoreJournal } from "../../worker/store/journal.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { layeredPlan } from "../support/engine-plans.ts";
import { insertBarePlan } from "../support/store.ts";
import { elapsed, execute } from "./no-op-execution.ts";
import { tellParent } from "./worker-process.ts";

const WIDTH = 50;

const [path = "", steps = "", rounds = "", warmUp = ""] = process.argv.slice(2);
const database = await openDatabase(path);
insertBarePlan(database);
const journal = new StoreJournal(database);
const times: number[] = [];
/** Processor time, in ms, of all threads. */
const processor: number[] = [];
for (let done = 0; done < Number(warmUp); done += 1_000)
  await execute(journal, `warm-up-${done}`, layeredPlan(1_000, WIDTH, WIDTH));
for (let round = 0; round < Number(rounds); round += 1) {
  const plan = layeredPlan(Number(steps), WIDTH, WIDTH);
  const before = cpuUsage();
  times.push(await elapsed(() => execute(journal, `run-${round}`, plan)));
  const { user, system } = cpuUsage(before);
  processor.push((user + system) / 1_000);
}
// Node counts the peak in kilobytes.
await tellParent({ times, processor, rss: memoryUsage.rss(), peak: resourceUsage().maxRSS * 1_024 });
await database.close();
process.disconnect();
