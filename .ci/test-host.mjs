/**
 * The VS Code that test/host, test/ui and `npm run vscode` use where there is no desktop VS Code: the server of
 * test/support/editor/host/package.json, in a cache folder outside the repository whose name holds the hash of that folder
 * of ours, and Debian's Chromium. Installs what is missing, says so on standard error, and prints where they are on standard
 * output: {"server": path of server-main.js, "chromium": path}; `--no-browser` leaves Chromium out (null). Uses nothing but
 * Node itself.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, cpSync, rmSync } from "node:fs";
import path from "node:path";
import { cacheFolder, installOnce, npm } from "./cached-packages.mjs";

const here = path.join(import.meta.dirname, "../test/support/editor/host");
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

/** The folder with the server. */
function installServer() {
  try {
    return installOnce({
      title: "a VS Code server",
      size: "about 150 MB",
      source: here,
      place: cacheFolder("planwright", "test-host"),
      words: ["ci"],
      finish: (draft) => {
        const inner = path.join(draft, SERVER);
        // Its own packages are pinned by a shrinkwrap file that `npm ci` does not accept. Install scripts would build parts that are not
        // needed here and fail where their libraries are missing.
        npm(["install", "--omit=dev", "--ignore-scripts"], inner);
        for (const name of LEFT_OUT) rmSync(path.join(inner, name), { recursive: true, force: true });
        for (const [name, file] of Object.entries(STAND_INS)) {
          cpSync(path.join(here, file), path.join(inner, "node_modules", name, "index.js"));
        }
      },
    });
  } catch (error) {
    return fail(error.message);
  }
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
