import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { median, type BenchResult } from "./result.ts";
import { ServerMissing, startPostgres, type Server } from "./servers.ts";
import { WorkerProcess } from "./worker-process.ts";

const STEPS = 10_000;
const KILL_AFTER = 5_000;
const PAIRS = 3;
const LIMIT_MS = 1_000;
const LIMIT_RATIO = 1 / 5;

const OURS = new URL("./resume-worker.ts", import.meta.url);
const THEIRS = new URL("./resume-dbos-worker.ts", import.meta.url);
const Message = z.object({ index: z.number() });

/** kill -9 in the middle of 10,000 sequential durable steps: from the start of the next process to the first step that it runs. */
export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "planwright-bench-"));
  const postgres = await startPostgres().catch((error: unknown) => {
    if (error instanceof ServerMissing) return error;
    throw error;
  });
  try {
    return [await compare(folder, postgres)];
  } finally {
    if (!(postgres instanceof ServerMissing)) await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(folder: string, postgres: Server | ServerMissing): Promise<BenchResult> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < PAIRS; round += 1) {
    ours.push(await killAndResume(OURS, join(folder, `resume-${round}.db`), `run-${round}`));
    if (postgres instanceof ServerMissing) continue;
    // A database of its own, so that nothing of the round before is left to resume.
    theirs.push(await killAndResume(THEIRS, `${postgres.url}_${round}`, `run-${round}`));
  }
  const figure = median(ours);
  const limit = `<= ${LIMIT_MS} ms, ratio <= ${LIMIT_RATIO}`;
  const row = { name: "kill -9 to first resumed step of 10,000", ours: figure, unit: "ms", limit };
  if (postgres instanceof ServerMissing)
    return { ...row, peer: null, ratio: null, pass: false, note: `PEER MISSING: ${postgres.message}, for DBOS` };
  const ratio = median(ours.map((value, pair) => value / (theirs[pair] ?? Number.NaN)));
  return {
    ...row,
    peer: median(theirs),
    ratio,
    pass: figure <= LIMIT_MS && ratio <= LIMIT_RATIO,
    note: `DBOS on PostgreSQL, the same steps; killed after ${KILL_AFTER}; from the start of the next process; ${PAIRS} interleaved pairs, medians`,
  };
}

/** Milliseconds from the start of the second process to the first step that it runs. */
async function killAndResume(file: URL, place: string, id: string): Promise<number> {
  const first = new WorkerProcess(file, [place, id, `${STEPS}`, `${KILL_AFTER}`]);
  try {
    await first.message();
  } finally {
    await first.kill();
  }
  const second = new WorkerProcess(file, [place, id, `${STEPS}`, "first"]);
  try {
    const { index } = Message.parse(await second.message());
    const took = performance.now() - second.startedAt;
    if (index < KILL_AFTER)
      throw new Error(`step ${index} was run again, although it had ended before the process was killed`);
    return took;
  } finally {
    await second.kill();
  }
}
