import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const copy = `${root}dist/example`;
const planwright = (...words) =>
  spawnSync(process.execPath, [`${root}dist/planwright.mjs`, ...words, "--workspace", copy], {
    stdio: "inherit",
    cwd: root,
  });

// The copy starts fresh every time; what was recorded of earlier runs stays.
mkdirSync(copy, { recursive: true });
for (const name of readdirSync(copy)) if (name !== ".planwright") rmSync(`${copy}/${name}`, { recursive: true });
cpSync(`${root}examples/tally`, copy, { recursive: true });

console.log("Planwright plans examples/tally/tally.spec.md in the copy dist/example, approves the plan and runs it.\n");
const run = planwright("run", `${copy}/tally.spec.md`, "--yes");
if (run.status !== 0) process.exit(run.status ?? 1);
planwright("report");

const record = `${copy}/.planwright`;
if (!existsSync(`${record}/planwright.db`)) throw new Error(`no record in ${record}`);
console.log(`
The record is in dist/example/.planwright: planwright.db (try: sqlite3 dist/example/.planwright/planwright.db
"select step_id, status, cost from step_executions"), logs/ and reports/. The boxes are ticked in dist/example/tally.spec.md.

Next, try:
  npm run planwright -- plan examples/tally/tally.spec.md --why      why each step stands where it does
  npm run planwright -- status latest --workspace dist/example       the execution step by step
  npm run planwright -- logs --step machine --workspace dist/example what one step printed
  npm run planwright -- --help                                        everything else
`);
