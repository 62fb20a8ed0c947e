import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { median, type BenchResult } from "./result.ts";
import { WorkerProcess } from "./worker-process.ts";

/** Executions of one size in one process; small ones are repeated, because one of them takes too short a time to be measured. */
const SIZES = [
  { steps: 1_000, rounds: 20 },
  { steps: 10_000, rounds: 3 },
  { steps: 100_000, rounds: 1 },
];
const WARM_UP = 5_000;
/** For the depth of the tables' trees, which grows with the logarithm, and for noise. */
const TOLERANCE = 1.2;
const MEMORY_LIMIT = 200;
const MEGABYTE = 1_000_000;

const Report = z.object({ times: z.array(z.number()), rss: z.number(), peak: z.number() });

/** Durable steps that do nothing, in layers of 50 with three dependencies each: what one step costs, and the process's memory, by size. */
export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "planwright-bench-"));
  try {
    const measured: { steps: number; each: number; rss: number; peak: number }[] = [];
    for (const { steps, rounds } of SIZES) {
      const { times, rss, peak } = await report(join(folder, `${steps}.db`), steps, rounds, WARM_UP);
      measured.push({ steps, each: (median(times) / steps) * 1_000, rss: rss / MEGABYTE, peak: peak / MEGABYTE });
    }
    const one = await report(join(folder, "memory.db"), 10_000, 1, 0);
    const [small, ...larger] = measured;
    const rows = larger.map(({ steps, each, rss, peak }): BenchResult => {
      const base = small?.each ?? Number.NaN;
      return {
        name: `one of ${steps.toLocaleString("en-US")} durable no-op steps`,
        ours: each,
        peer: null,
        unit: "µs",
        ratio: each / base,
        limit: `ratio to one of 1,000 <= ${TOLERANCE}`,
        pass: each / base <= TOLERANCE,
        note: `one of 1,000: ${base.toFixed(1)} µs; a process for each size, ${WARM_UP} steps as warm-up; RSS ${rss.toFixed(0)} MB, peak ${peak.toFixed(0)} MB`,
      };
    });
    const memory = one.peak / MEGABYTE;
    rows.push({
      name: "memory of a process that runs 10,000 steps",
      ours: memory,
      peer: null,
      unit: "MB",
      ratio: null,
      limit: `< ${MEMORY_LIMIT} MB`,
      pass: memory < MEMORY_LIMIT,
      note: `peak RSS, a fresh process; at the end ${(one.rss / MEGABYTE).toFixed(0)} MB`,
    });
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function report(path: string, steps: number, rounds: number, warmUp: number): Promise<z.infer<typeof Report>> {
  const words = [path, `${steps}`, `${rounds}`, `${warmUp}`];
  const worker = new WorkerProcess(new URL("./growth-worker.ts", import.meta.url), words);
  try {
    return Report.parse(await worker.message());
  } finally {
    await worker.kill();
  }
}
