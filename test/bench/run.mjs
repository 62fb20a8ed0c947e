// Runs test/bench/*.bench.ts and prints one table: `npm run bench`, or `npm run bench -- store plan` for some of them.
// Each file exports `run(): Promise<BenchResult[]>` (result.ts) and runs in a process of its own, one after the other.
// What they compare with is installed once into a cache folder outside the repository; servers come as Debian's packages.
import { execFileSync, fork, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir, loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
/** Programs that benches compare with, by Debian's package; Debian keeps PostgreSQL's programs out of PATH. */
const SERVERS = [
  { name: "ninja-build", benches: ["spawn"], isThere: () => runs("ninja") },
  { name: "make", benches: ["spawn"], isThere: () => runs("make") },
  { name: "redis-server", benches: ["durable"], isThere: () => runs("redis-server") },
  {
    name: "postgresql",
    benches: ["durable", "ready", "resume"],
    isThere: () => existsSync("/usr/lib/postgresql") || (runs("postgres") && runs("initdb")),
  },
];

if (process.argv[2] === "--file") await runOne(process.argv[3]);
else await runAll(process.argv.slice(2));

async function runAll(filters) {
  const files = readdirSync(here)
    .filter((name) => name.endsWith(".bench.ts"))
    .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)));
  if (files.length === 0) throw new Error(`no bench has one of these in its name: ${filters.join(", ")}`);
  const peers = installPeers();
  installServers(files);
  const rows = [];
  let broken = false;
  for (const file of files) {
    console.error(`running ${file} …`);
    try {
      rows.push(...(await runInChild(file, peers)));
    } catch (error) {
      broken = true;
      console.error(`${file}: ${error.message}`);
    }
  }
  printTable(rows);
  if (broken || rows.some((row) => !row.pass)) process.exitCode = 1;
}

function runInChild(file, peers) {
  return new Promise((done, fail) => {
    const env = { ...process.env, PLANWRIGHT_BENCH_PEERS: peers };
    const child = fork(fileURLToPath(import.meta.url), ["--file", file], {
      env,
      execPath: node24(),
      // Of the peers' own business.
      execArgv: ["--disable-warning=DeprecationWarning"],
      stdio: ["ignore", 2, 2, "ipc"],
    });
    let results = null;
    child.on("message", (message) => (results = message));
    child.on("error", fail);
    child.on("exit", (code) => (results === null ? fail(new Error(`ended with code ${code}`)) : done(results)));
  });
}

async function runOne(file) {
  // Servers and processes of the bench end with this process, also when it or the one above is ended; they see to it at `exit`.
  const leave = () => process.exit(1);
  for (const reason of ["SIGINT", "SIGTERM", "disconnect"]) process.once(reason, leave);
  const { run } = await import(pathToFileURL(join(here, file)).href);
  const results = await run();
  await new Promise((sent) => process.send(results, sent));
  process.off("disconnect", leave);
  process.disconnect();
}

/** Node runs TypeScript from 24 on without a flag. */
function node24() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  return join(root, "node_modules/.bin", process.platform === "win32" ? "node.cmd" : "node");
}

/** The folder with the peers; its name holds the hash of the lock file, so a new lock is a new folder. */
function installPeers() {
  const lock = readFileSync(join(here, "package-lock.json"));
  const hash = createHash("sha256").update(lock).digest("hex").slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, `planwright-bench-${hash}`);
  if (existsSync(join(folder, "node_modules"))) return folder;
  const draft = `${folder}.${process.pid}.draft`;
  console.error(`installing what is compared with into ${folder} …`);
  mkdirSync(draft, { recursive: true });
  try {
    for (const name of ["package.json", "package-lock.json"]) cpSync(join(here, name), join(draft, name));
    // better-sqlite3 brings its binaries along for every system, so nothing needs to be compiled or run.
    npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], draft);
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Where that cannot be done, the rows say that their peer is missing. */
function installServers(files) {
  for (const { name, benches, isThere } of SERVERS) {
    if (!benches.some((bench) => files.includes(`${bench}.bench.ts`)) || isThere()) continue;
    console.error(`the benches compare with ${name}; installing Debian's package …`);
    const options = { stdio: ["ignore", 2, 2], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    spawnSync("apt-get", ["update", "-qq"], options);
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name], options);
    if (!isThere()) console.error(`${name} could not be installed; rows that need it will say so`);
  }
}

function runs(program) {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

function npm(args, cwd) {
  const windows = process.platform === "win32";
  execFileSync(windows ? "npm.cmd" : "npm", args, { cwd, stdio: ["ignore", 2, 2], shell: windows });
}

function printTable(rows) {
  const shown = rows.map((row) => [
    row.pass ? "pass" : "FAIL",
    row.name,
    `${number(row.ours)} ${row.unit}`,
    row.peer === null ? "-" : `${number(row.peer)} ${row.unit}`,
    row.ratio === null ? "-" : row.ratio.toFixed(2),
    row.limit,
    row.note,
  ]);
  const table = [["", "figure", "ours", "peer", "ratio", "limit", "how"], ...shown];
  const widths = table[0].map((_, column) => Math.max(...table.map((cells) => cells[column].length)));
  for (const cells of table)
    console.log(
      cells
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    );
  console.log(
    `\nNode ${execFileSync(node24(), ["-v"], { encoding: "utf8" }).trim()}, load ${loadavg()
      .map((one) => one.toFixed(2))
      .join(" ")}`,
  );
}

function number(value) {
  return value >= 1_000 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
