/**
 * `npm run vscode`: opens a copy of the example in VS Code with the packed extension. In desktop VS Code when `code` is on
 * PATH, else in a VS Code server for a browser. Both get folders of their own for settings and extensions, so they change
 * nothing of yours. Ctrl-C ends everything; the copy and its record stay in dist/example.
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { endMarkedProcesses } from "../test/support/editor/processes.ts";
import { EditorServer } from "../test/support/editor/server.ts";

const root = path.join(import.meta.dirname, "..");
const copy = path.join(root, "dist/example");
const vsix = path.join(root, "dist/planwright.vsix");
const onWindows = process.platform === "win32";

copyExample();
const stopped = new Promise((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve());
});
if (!(await openDesktop())) await openServer();

/** The copy starts fresh every time; what was recorded of earlier runs stays. */
function copyExample() {
  mkdirSync(copy, { recursive: true });
  for (const name of readdirSync(copy)) {
    if (name !== ".planwright") rmSync(path.join(copy, name), { recursive: true });
  }
  cpSync(path.join(root, "examples/tally"), copy, { recursive: true });
}

/** Answers false where there is no desktop VS Code that takes the extension. */
async function openDesktop() {
  if (spawnSync("code", ["--version"], { stdio: "ignore", shell: onWindows }).status !== 0) return false;
  const own = realpathSync(mkdtempSync(path.join(tmpdir(), "planwright-code-")));
  const state = path.join(own, "state");
  const folders = ["--user-data-dir", path.join(own, "user"), "--extensions-dir", path.join(own, "extensions")];
  const options = {
    stdio: ["ignore", "ignore", "inherit"],
    shell: onWindows,
    env: { ...process.env, XDG_STATE_HOME: state },
  };
  try {
    if (spawnSync("code", [...folders, "--install-extension", vsix], options).status !== 0) return false;
    console.log("VS Code opens dist/example. Begin with tally.spec.md. Close the window or press Ctrl-C to end it.");
    const words = [
      "--new-window",
      "--wait",
      "--disable-workspace-trust",
      ...folders,
      copy,
      path.join(copy, "tally.spec.md"),
    ];
    const child = spawn("code", words, options);
    await Promise.race([stopped, new Promise((resolve) => child.once("exit", resolve))]);
    child.kill();
    return true;
  } finally {
    await endMarkedProcesses(`XDG_STATE_HOME=${state}`);
    rmSync(own, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function openServer() {
  const settings = {
    "workbench.startupEditor": "none",
    "telemetry.telemetryLevel": "off",
    "chat.disableAIFeatures": true,
  };
  const server = await EditorServer.start({ vsix, settings });
  try {
    console.log(`There is no desktop VS Code on PATH, so here is one for your browser:

  ${server.url({ folder: copy })}

It shows dist/example. Begin with tally.spec.md. Ctrl-C ends it.`);
    await Promise.race([stopped, server.ended()]);
  } finally {
    await server.remove();
  }
}
