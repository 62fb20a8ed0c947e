/**
 * The VS Code that test/host, test/ui and `npm run vscode` use where there is no desktop VS Code: the server of
 * test/support/editor/host/package.json, in a cache folder outside the repository whose name holds the hash of that folder
 * of ours, and Debian's Chromium. Installs what is missing, says so on standard error, and prints where they are on standard
 * output: {"server": path of server-main.js, "chromium": path}; `--no-browser` leaves Chromium out (null). Uses nothing but
 * Node itself.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const here = path.join(import.meta.dirname, "../test/support/editor/host");
const onWindows = process.platform === "win32";
/** Where the server lies in its package. */
const SERVER = "node_modules/code-server/lib/vscode";
/** Assistants that the tests do not need, 300 MB. */
const LEFT_OUT = [
  ...["node_modules/@github", "node_modules/@microsoft/mxc-sdk"],
  ...["extensions/copilot", "extensions/mermaid-markdown-features"],
];
/** Packages of the server that would have to be compiled, and what stands in for them. */
const STAND_INS = { "@vscode/spdlog": "spdlog.cjs", "@vscode/native-watchdog": "native-watchdog.cjs" };
const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];

const server = installServer();
const chromium = process.argv.includes("--no-browser") ? null : installChromium();
console.log(JSON.stringify({ server: path.join(server, SERVER, "out/server-main.js"), chromium }));

/** The folder with the server. It is put in place as a whole, so one that exists is complete. */
function installServer() {
  const hash = createHash("sha256");
  for (const name of readdirSync(here).toSorted()) hash.update(readFileSync(path.join(here, name)));
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache");
  const folder = path.join(cache, "planwright", `test-host-${hash.digest("hex").slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  console.error(`The tests need a VS Code server; installing it into ${folder} (about 150 MB to fetch, once)…`);
  const started = Date.now();
  const draft = `${folder}.${process.pid}.draft`;
  try {
    mkdirSync(draft, { recursive: true });
    for (const name of ["package.json", "package-lock.json"]) cpSync(path.join(here, name), path.join(draft, name));
    // Without install scripts, which build parts that are not needed here and fail where their libraries are missing.
    npm(["ci", "--ignore-scripts"], draft);
    const inner = path.join(draft, SERVER);
    // Its own packages are pinned by a shrinkwrap file that `npm ci` does not accept.
    npm(["install", "--omit=dev", "--ignore-scripts"], inner);
    for (const name of LEFT_OUT) rmSync(path.join(inner, name), { recursive: true, force: true });
    for (const [name, file] of Object.entries(STAND_INS)) {
      cpSync(path.join(here, file), path.join(inner, "node_modules", name, "index.js"));
    }
    putInPlace(draft, folder);
  } catch (error) {
    fail(`The VS Code server could not be installed into ${folder}: ${error.message}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  console.error(`The VS Code server is there after ${Math.round((Date.now() - started) / 1000)} s.`);
  return folder;
}

/** Another run may have finished the same folder in the meantime, which is as good. */
function putInPlace(draft, folder) {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function npm(words, cwd) {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const options = { cwd, stdio: ["ignore", 2, 2], env: ownEnvironment() };
  const script = process.env.npm_execpath;
  const { status, error } =
    script !== undefined && /npm-cli\.[cm]?js$/.test(script)
      ? spawnSync(process.execPath, [script, ...words, ...quiet], options)
      : spawnSync("npm", [...words, ...quiet], { ...options, shell: onWindows });
  if (error !== undefined) throw new Error(`npm could not be started: ${error.message}`);
  if (status !== 0) {
    throw new Error(
      `npm ${words[0]} ended with exit code ${status}; its own words stand above. Is the package registry reachable (npm ping), and is there space on the disk?`,
    );
  }
}

/** Without what an outer npm says of its own project: its prefix and its options would hold for this installation, too. */
function ownEnvironment() {
  const foreign = /^npm_(?:package_|lifecycle_|config_(?:local_prefix|prefix|global_prefix|omit|include|production)$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function installChromium() {
  const there = findBrowser();
  if (there !== null) return there;
  console.error("The tests need Chromium; installing Debian's package. This takes a minute.");
  const options = { stdio: ["ignore", 2, 2], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  spawnSync("apt-get", ["update", "-qq"], options);
  spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"], options);
  return (
    findBrowser() ??
    fail("The tests need Chromium. Install the package chromium with your system's package manager, then try again.")
  );
}

/** The first browser of PATH that the tests can drive, as a full path, or null. */
function findBrowser() {
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    for (const name of BROWSERS) {
      const file = path.join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not in this folder.
      }
    }
  }
  return null;
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}
