import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../schemas/version.ts";
import { connectWorker } from "../../worker/link/connect.ts";
import { endProcess } from "../support/cli.ts";
import { median, type BenchResult } from "./result.ts";

const WORKER = fileURLToPath(new URL("../../dist/worker.mjs", import.meta.url));
const PAIRS = 15;

/** Figure 3: from the decision to start a worker to its first answer, next to the least that Node.js needs to start at all. */
export async function run(): Promise<BenchResult[]> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "planwright-launch-")));
  try {
    // One of each first: the compile cache and the disk are warm, as they are on every start but the first of a version.
    await launch(root);
    await bare();
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      ours.push(await launch(root));
      theirs.push(await bare());
    }
    const ratio = median(ours.map((value, pair) => value / (theirs[pair] ?? Number.NaN)));
    return [
      {
        name: "worker launch to first answered request",
        ours: median(ours),
        peer: median(theirs),
        unit: "ms",
        ratio,
        limit: "ratio <= 6",
        pass: ratio <= 6,
        note: `peer: node -e 0; ${PAIRS} pairs, medians`,
      },
    ];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function launch(root: string): Promise<number> {
  const environment = { ...process.env, XDG_STATE_HOME: join(root, "state") };
  const start = performance.now();
  const { client, hello } = await connectWorker(root, {
    start: true,
    workerEntry: WORKER,
    clientName: "bench",
    version: VERSION,
    environment,
  });
  const took = performance.now() - start;
  client.dispose();
  await endProcess(hello.pid, "SIGTERM");
  return took;
}

async function bare(): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, ["-e", "0"], { stdio: "ignore" });
  await once(child, "exit");
  return performance.now() - start;
}
