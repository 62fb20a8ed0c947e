// DBOS runs a workflow, or goes on with one that a killed process has left: resume.bench.ts.
import { flushCompileCache } from "node:module";
import { launchDbos } from "./dbos.ts";
import { tellParent } from "./worker-process.ts";

const [url = "", workflowId = "", count = "", tellAt = ""] = process.argv.slice(2);
const isRestart = tellAt === "first";
const { promise: reached, resolve: reach } = Promise.withResolvers<number>();
const told = reached.then((index) => {
  // The process is killed next, and would not keep what it has compiled.
  if (!isRestart) flushCompileCache();
  return tellParent({ index });
});
const dbos = await launchDbos(url, (index) => {
  if (isRestart || index >= Number(tellAt)) reach(index);
});
if (!isRestart) await dbos.run(workflowId, Number(count));
await told;
