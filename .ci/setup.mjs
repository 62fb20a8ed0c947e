/**
 * First thing of `npm start`, `npm test` and the like. Runs under whatever Node the machine has, before any package is
 * there, so it uses nothing but Node itself. Installs the locked packages when they are missing or older than the lock
 * file, and sees to it that `node` means Node 24 for the commands that follow: npm puts node_modules/.bin first on PATH.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { LIGHT_AGENTS } from "./light-agents.mjs";

const OLDEST_NODE_FOR_INSTALLATION = 20;
const NODE_MAJOR = "24";
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const onWindows = process.platform === "win32";

main();

function main() {
  if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE_FOR_INSTALLATION) {
    fail(
      `Node ${process.versions.node} is too old to install the packages. Install Node ${OLDEST_NODE_FOR_INSTALLATION} or later, then try again.`,
    );
  }
  const missing = findMissingPackage();
  if (missing !== null) installPackages(missing);
  if (installedNodeMajor() !== NODE_MAJOR) installNode();
  const event = process.env.npm_lifecycle_event;
  if (event === "pretest") {
    needSqlite3();
    needTestHost();
    needAgents(LIGHT_AGENTS);
  }
  if (event === "pretest:agents") needAgents([]);
}

/** The tests of the extension run in a VS Code server and look at it through Chromium: test-host.mjs installs what is missing. */
function needTestHost() {
  const { status } = spawnSync(process.execPath, [path.join(root, ".ci/test-host.mjs")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) fail("the tests of the extension have no VS Code to run in; the words above say why.");
}

/** The tests drive real coding agents; without names, all. test-agents.mjs installs what is missing. */
function needAgents(names) {
  const { status } = spawnSync(process.execPath, [path.join(root, ".ci/test-agents.mjs"), ...names], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) fail("the coding agents that the tests drive are not there; the words above say why.");
}

/** The tests read the database with the ordinary `sqlite3` program, as a person would. Debian's package is installed where that is possible. */
function needSqlite3() {
  const isThere = () => spawnSync("sqlite3", ["--version"], { stdio: "ignore" }).status === 0;
  if (isThere()) return;
  console.log("The tests need the program sqlite3; installing Debian's package. This takes some seconds.");
  const quiet = { stdio: ["ignore", "ignore", "inherit"] };
  spawnSync("apt-get", ["update", "-qq"], quiet);
  spawnSync("apt-get", ["install", "-y", "-qq", "sqlite3"], quiet);
  if (!isThere())
    fail("The tests need the program sqlite3. Install it with your system's package manager, then try again.");
}

/**
 * What of the lock file is not installed in the locked version, as a phrase for the person, or null.
 * @returns {string | null}
 */
function findMissingPackage() {
  const locked = packagesOf("package-lock.json");
  if (locked === null)
    return fail("package-lock.json is missing or damaged. Restore it: git checkout package-lock.json");
  // npm writes this file at the very end of an installation, so one that was cut off has none.
  const installed = packagesOf("node_modules/.package-lock.json");
  if (installed === null) return "the packages are not installed yet";
  for (const [place, wanted] of Object.entries(locked)) {
    if (place === "" || (wanted.optional === true && installed[place] === undefined)) continue;
    const name = place.replace(/^.*node_modules\//, "");
    if (installed[place]?.version !== wanted.version || installed[place]?.integrity !== wanted.integrity) {
      return `${name} is not installed in the locked version ${String(wanted.version)}`;
    }
    if (!existsSync(path.join(root, place, "package.json"))) return `${name} is missing from node_modules`;
  }
  return null;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), "utf8")).packages ?? null;
  } catch {
    return null;
  }
}

function installPackages(reason) {
  console.log(
    `Setup: ${reason}. Installing what package-lock.json names (about 150 MB to fetch; a quarter of a minute to some minutes)…`,
  );
  const started = Date.now();
  // A person's settings may leave out development packages; everything here needs them.
  const code = runNpm(["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (code !== 0) {
    fail(
      `npm ci ended with exit code ${code}; its own words stand above. Is the package registry reachable (npm ping), and is there space on the disk?`,
    );
  }
  const left = findMissingPackage();
  if (left !== null) fail(`npm ci succeeded, but ${left}. Remove the folder node_modules and try again.`);
  console.log(`Setup: packages installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** The package `node` fetches its program in an install script, which npm's settings may have held back. */
function installNode() {
  console.log(`Setup: fetching Node ${NODE_MAJOR} for this project (about 50 MB)…`);
  const status = runNpm(["rebuild", "node", "--ignore-scripts=false", "--loglevel=error"]);
  const found = installedNodeMajor();
  if (status !== 0 || found !== NODE_MAJOR) {
    fail(
      `node_modules/.bin/node should be Node ${NODE_MAJOR} but ${found === null ? "does not run" : `is Node ${found}`}. Remove the folder node_modules and try again; npm must be allowed to run the install script of the package "node".`,
    );
  }
}

/** The major version of the Node that the following commands get, or null when it does not run. */
function installedNodeMajor() {
  const program = path.join(root, "node_modules/.bin", onWindows ? "node.cmd" : "node");
  // The shell is needed for .cmd files only.
  const { status, stdout } = spawnSync(onWindows ? `"${program}"` : program, ["--version"], {
    encoding: "utf8",
    shell: onWindows,
  });
  return status === 0 ? (/^v(\d+)\./.exec(stdout)?.[1] ?? null) : null;
}

function runNpm(words) {
  const npm = process.env.npm_execpath;
  const options = { cwd: root, stdio: ["ignore", "inherit", "inherit"] };
  const { status, error } =
    npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)
      ? spawnSync(process.execPath, [npm, ...words], options)
      : spawnSync("npm", words, { ...options, shell: onWindows });
  if (error !== undefined) fail(`npm could not be started: ${error.message}`);
  return status ?? 1;
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(`Setup failed: ${message}`);
  process.exit(1);
}
