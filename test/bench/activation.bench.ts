import { execFile } from "node:child_process";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { median, type BenchResult } from "./result.ts";

const EXTENSION = fileURLToPath(new URL("../../dist/extension.mjs", import.meta.url));
const PROCESS = fileURLToPath(new URL("activation-process.ts", import.meta.url));
const PAIRS = 21;
const LIMIT_MS = 10;

const Figures = z.object({ load: z.number(), activate: z.number() });
const execute = promisify(execFile);

/** What the extension costs every window that has a spec: its bundle loaded and activated, next to an empty one. */
export async function run(): Promise<BenchResult[]> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "planwright-activation-")));
  try {
    const empty = join(root, "empty.mjs");
    await writeFile(
      empty,
      'import * as vscode from "vscode";\nexport function activate() { return vscode.version; }\nexport function deactivate() {}\n',
    );
    // One of each first: the disk is warm.
    await measure(EXTENSION, root);
    await measure(empty, root);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      ours.push(await measure(EXTENSION, root));
      theirs.push(await measure(empty, root));
    }
    const above = median(ours.map((value, pair) => value - (theirs[pair] ?? Number.NaN)));
    return [
      {
        name: "extension loaded and activated",
        ours: median(ours),
        peer: median(theirs),
        unit: "ms",
        ratio: null,
        limit: `at most ${LIMIT_MS} ms more`,
        pass: above <= LIMIT_MS,
        note: `peer: an empty bundle; ${above.toFixed(1)} ms more; ${PAIRS} pairs, medians`,
      },
    ];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** In milliseconds. The state folder is one of its own, so that no worker of this machine is found. */
async function measure(bundle: string, root: string): Promise<number> {
  const env = { ...process.env, XDG_STATE_HOME: join(root, "state") };
  const { stdout } = await execute(process.execPath, [PROCESS, bundle], { cwd: root, env });
  const { load, activate } = Figures.parse(JSON.parse(stdout));
  return load + activate;
}
