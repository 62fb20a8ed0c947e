import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { Editor } from "../support/editor/editor.ts";
import { median, type BenchResult } from "./result.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PACKAGE_LIMIT_MB = 2.5;
const LENS_LIMIT_MS = 1_500;
const ROUNDS = 5;

/** The package as people install it, and how long it takes in a real VS Code until it says something. */
export async function run(): Promise<BenchResult[]> {
  execFileSync(process.execPath, [".ci/package.mjs"], { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  const size = statSync(`${ROOT}dist/planwright.vsix`).size / 1e6;
  const times = await timesToFirstLens();
  const middle = median(times);
  return [
    {
      name: "packaged extension",
      ours: size,
      peer: null,
      unit: "MB",
      ratio: null,
      limit: `<= ${PACKAGE_LIMIT_MB} MB`,
      pass: size <= PACKAGE_LIMIT_MB,
      note: "dist/planwright.vsix",
    },
    {
      name: "a spec opened: first CodeLens",
      ours: middle,
      peer: null,
      unit: "ms",
      ratio: null,
      limit: `<= ${LENS_LIMIT_MS} ms`,
      pass: middle <= LENS_LIMIT_MS,
      note: `real extension host, extension not active and no worker before; median of ${ROUNDS}: ${times.map((one) => one.toFixed(0)).join(", ")}`,
    },
  ];
}

/** From the key that opens the spec to the lens on the screen, in milliseconds. */
async function timesToFirstLens(): Promise<number[]> {
  const editor = await Editor.start();
  try {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const window = await editor.open(editor.workspace("example").folder);
      const entry = await window.findFile("tally.spec.md");
      // What the window itself still does at its start is not ours.
      await window.page.waitForTimeout(2_000);
      const started = performance.now();
      await entry.click();
      await window.codeLens("Plan").waitFor();
      times.push(performance.now() - started);
      await editor.closeWindows();
      await editor.endWorkers();
    }
    return times;
  } finally {
    await editor.remove();
  }
}
