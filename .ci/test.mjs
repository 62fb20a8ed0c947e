/**
 * `npm test`: every gate, then the tests layer by layer, each with its time. All of it runs even if something fails. The last
 * line is "N passed, N failed" over all tests, each gate counting as one; the exit code is 1 if anything failed.
 * `--quick` (`npm run check`) leaves out everything but the gates and the unit tests; `--only lint --only unit` runs those.
 * `--faults` (`npm run test:faults`) builds, and runs the tests of all layers that have the number of a fault in their name, as often as
 * takes minutes. `--agents` (`npm run test:agents`) builds, and drives every real coding agent; without it only the two that are light.
 */
import { spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { LIGHT_AGENTS } from "./light-agents.mjs";

const root = path.join(import.meta.dirname, "..");
const { values: chosen } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    faults: { type: "boolean", default: false },
    agents: { type: "boolean", default: false },
  },
});
const LAYER_LIMIT_MS = 12 * 60_000;
/** Of what is not part of `npm test`. */
const LONG_LIMIT_MS = 90 * 60_000;

const SOURCE_FOLDERS = ["schemas", "worker", "extension", "webview", "test", "examples", ".ci"].filter(isThere);
const PRODUCT_FOLDERS = ["schemas", "worker", "extension", "webview"].filter(isThere);

/** Title, program in node_modules/.bin, arguments. */
const GATES = [
  ["Format", "prettier", ["--check", "--log-level", "warn", "--cache", "--cache-strategy", "content", "."]],
  ["Types", "tsc", ["-b", "--pretty", "false"]],
  [
    "Lint",
    "oxlint",
    [
      "--type-aware",
      "--deny-warnings",
      "--report-unused-disable-directives",
      "--format=unix",
      "esbuild.mjs",
      ...SOURCE_FOLDERS,
    ],
  ],
  [
    "Import rules",
    "depcruise",
    ["--config", ".dependency-cruiser.cjs", "--output-type", "err-long", ...PRODUCT_FOLDERS, "test"],
  ],
  ["Unused code", "knip", ["--no-progress"]],
  ["Code used by tests only", "knip", ["--no-progress", "--production", "--exclude", "dependencies"]],
  ["Build", "node", ["esbuild.mjs"]],
  ...(isThere("extension") ? [["Package", "node", [".ci/package.mjs"]]] : []),
];
/** Tests of these layers have the numbers of faults in their names (CONTRIBUTING.md has the table). */
const FAULT_LAYERS = ["unit", "property", "contract", "fault"];
const FAULT_OPTIONS = ["--timeout", "60000", "--grep", "fault [0-9]+"];
/** Layers whose tests mostly wait for other processes, each in a folder of its own: three files at a time. */
const SIDE_BY_SIDE = ["contract", "fault", "agents"];
const LAYERS = ["unit", "property", "contract", "fault", "gates", "agents", "host", "ui"];
/** A real agent takes seconds to start, more when others start at the same time. */
const AGENT_OPTIONS = ["--timeout", "120000"];
/**
 * In a real workbench on a busy machine, a step of a person takes longer than one of a function, and what opens in the meantime
 * may take the focus from it. A flow that fails is gone through once more from its beginning; the log says which ones were.
 */
const UI_OPTIONS = ["--timeout", "120000", "--retries", "1"];

await main();

async function main() {
  const total = { passed: 0, failed: 0 };
  const count = (passed, failed) => {
    total.passed += passed;
    total.failed += failed;
  };
  const started = Date.now();
  const { gates, layers } = choose();
  for (const [title, program, words] of gates) {
    const ok = (await timed(title, () => runProgram(program, words))) === 0;
    count(ok ? 1 : 0, ok ? 0 : 1);
  }
  for (const layer of layers) {
    if (layer !== "faults" && globSync(filesOf(layer), { cwd: root }).length === 0) continue;
    const { passed, failed } = await timed(`Tests: ${layer}`, () => runLayer(layer));
    count(passed, failed);
  }
  console.log(`\nAll of it took ${seconds(Date.now() - started)}.`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

function choose() {
  const build = GATES.filter(([title]) => title === "Build");
  if (chosen.faults) return { gates: build, layers: ["faults"] };
  if (chosen.agents) return { gates: build, layers: ["agents"] };
  if (chosen.only === undefined) return { gates: GATES, layers: chosen.quick ? ["unit"] : LAYERS };
  const names = [...GATES.map(([title]) => title.toLowerCase()), ...LAYERS];
  const unknown = chosen.only.find((name) => !names.includes(name.toLowerCase()));
  if (unknown !== undefined) {
    console.error(`There is no "${unknown}" here, only: ${names.join(", ")}.`);
    process.exit(2);
  }
  const wanted = (name) => chosen.only.includes(name.toLowerCase());
  return { gates: GATES.filter(([title]) => wanted(title)), layers: LAYERS.filter(wanted) };
}

function filesOf(layer) {
  if (layer === "agents" && !chosen.agents) return LIGHT_AGENTS.map((id) => `test/agents/${id}.test.ts`);
  const folders = layer === "faults" ? FAULT_LAYERS : [layer];
  return folders.map((folder) => `test/${folder}/**/*.test.ts`);
}

function optionsOf(layer) {
  if (layer === "ui") return UI_OPTIONS;
  if (layer === "agents") return AGENT_OPTIONS;
  return layer === "faults" ? FAULT_OPTIONS : ["--timeout", "10000"];
}

async function timed(title, work) {
  console.log(`\n== ${title}`);
  const started = Date.now();
  const result = await work();
  console.log(`   ${title}: ${seconds(Date.now() - started)}`);
  return result;
}

/** Runs a program of node_modules/.bin and shows what it prints. Resolves with its exit code. */
function runProgram(program, words) {
  const limitMs = chosen.faults || chosen.agents ? LONG_LIMIT_MS : LAYER_LIMIT_MS;
  return new Promise((resolve) => {
    const onWindows = process.platform === "win32";
    const file = path.join(root, "node_modules/.bin", onWindows ? `${program}.cmd` : program);
    // Of its own group, so that a program that hangs is ended with everything that it started.
    const child = spawn(file, words, {
      cwd: root,
      env: chosen.faults ? { ...process.env, PLANWRIGHT_FAULTS: "thorough" } : process.env,
      stdio: ["ignore", "inherit", "inherit"],
      shell: onWindows,
      detached: !onWindows,
    });
    const stop = (signal) => {
      if (onWindows) child.kill(signal);
      else if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
    };
    const interrupt = () => stop("SIGINT");
    const timer = setTimeout(() => {
      console.error(`   ${program} did not end within ${seconds(limitMs)} and was stopped.`);
      stop("SIGKILL");
    }, limitMs);
    process.once("SIGINT", interrupt);
    const settle = (code) => {
      clearTimeout(timer);
      process.removeListener("SIGINT", interrupt);
      resolve(code);
    };
    child.once("error", (error) => {
      console.error(`   ${program} could not be started: ${error.message}`);
      settle(1);
    });
    child.once("exit", (code) => settle(code ?? 1));
  });
}

/** Runs the tests of one layer. A run that writes no result, or that ran no test, counts as one failure. */
async function runLayer(layer) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "planwright-test-"));
  const file = path.join(folder, "result.json");
  try {
    const code = await (layer === "host"
      ? runProgram("node", ["test/host/launch.ts", "--result", file])
      : runProgram("mocha", [
          "--no-config",
          ...["--extension", "ts", ...optionsOf(layer)],
          ...(SIDE_BY_SIDE.includes(layer) ? ["--parallel", "--jobs", "3"] : []),
          ...(isThere("test/support/seed.ts") ? ["--require", "./test/support/seed.ts"] : []),
          ...["--forbid-only", "--forbid-pending", "--reporter", "json", "--reporter-option", `output=${file}`],
          ...filesOf(layer),
        ]));
    const result = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
    if (result === null) {
      console.error(`   The tests ended with exit code ${code} and without a result.`);
      return { passed: 0, failed: 1 };
    }
    for (const test of result.failures) printFailure(test);
    for (const { fullTitle } of result.passes.filter(({ currentRetry }) => currentRetry > 0)) {
      console.log(`   PASSED AT THE SECOND TRY  ${fullTitle}`);
    }
    const { passes: passed, failures, pending } = result.stats;
    // A failed hook is among the failures but stops tests that are then counted nowhere; a failing exit code tells.
    const failed = Math.max(failures + pending, code !== 0 || passed === 0 ? 1 : 0);
    console.log(`   ${passed} passed, ${failed} failed`);
    return { passed, failed };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function printFailure({ fullTitle, file, err }) {
  console.log(`\n   FAILED  ${fullTitle}\n   ${file === undefined ? "" : path.relative(root, file)}`);
  console.log((err.stack ?? err.message ?? "no message").replace(/^/gm, "     "));
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function isThere(name) {
  return existsSync(path.join(root, name));
}
