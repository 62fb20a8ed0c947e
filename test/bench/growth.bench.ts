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
/** How often all sizes are measured, one after the other. */
const PASSES = 3;
/** For the depth of the tables' trees, which grows with the logarithm, and for noise. */
const TOLERANCE = 1.2;
const MEMORY_LIMIT = 200;
const MEGABYTE = 1_000_000;

interface Measured {
  /** Microseconds a step. */
  readonly each: number;
  /** The same in processor time, which what else runs on the machine hardly changes. */
  readonly processor: number;
  /** Megabytes at the end. */
  readonly rss: number;
}
const Report = z.object({
  times: z.array(z.number()),
  processor: z.array(z.number()),
  rss: z.number(),
  peak: z.number(),
});

/** Durable steps that do nothing, in layers of 50 with three dependencies each: what one step costs, and the process's memory, by size. */
export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "planwright-bench-"));
  try {
    const passes: Measured[][] = [];
    for (let pass = 0; pass < PASSES; pass += 1) {
      const measured: Measured[] = [];
      for (const { steps, rounds } of SIZES) {
        const { times, processor, rss } = await report(join(folder, `${pass}-${steps}.db`), steps, rounds, WARM_UP);
        const each = (values: readonly number[]): number => (median(values) / steps) * 1_000;
        measured.push({ each: each(times), processor: each(processor), rss: rss / MEGABYTE });
      }
      passes.push(measured);
    }
    const one = await report(join(folder, "memory.db"), 10_000, 1, 0);
    const rows = SIZES.slice(1).map(({ steps }, index) => growth(steps, passes, index + 1));
    const memory = one.peak / MEGABYTE;
    rows.push({
      name: "memory of engine and store alone, 10,000 steps",
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

/** One size beside the smallest, pass by pass. */
function growth(steps: number, passes: readonly Measured[][], size: number): BenchResult {
  const of = (which: number, what: keyof Measured): number[] => passes.map((pass) => pass[which]?.[what] ?? Number.NaN);
  const each = of(size, "each");
  const base = of(0, "each");
  const busy = (which: number): string => median(of(which, "processor")).toFixed(1);
  const ratio = median(each.map((value, pass) => value / (base[pass] ?? Number.NaN)));
  return {
    name: `one of ${steps.toLocaleString("en-US")} durable no-op steps`,
    ours: median(each),
    peer: null,
    unit: "µs",
    ratio,
    limit: `ratio to one of 1,000 <= ${TOLERANCE}`,
    pass: ratio <= TOLERANCE,
    note: `one of 1,000: ${median(base).toFixed(1)} µs; processor time ${busy(size)} and ${busy(0)} µs; ${PASSES} passes, medians; a process for each size, ${WARM_UP} steps as warm-up; RSS ${median(of(size, "rss")).toFixed(0)} MB`,
  };
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
