import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { openGraphileWorker, type GraphileWorker, type JobTimes } from "./graphile-worker.ts";
import { percentile, type BenchResult } from "./result.ts";
import { ServerMissing, startPostgres } from "./servers.ts";
import { WorkerProcess } from "./worker-process.ts";

const ROUNDS = 10;
const STEPS = 100;
/** Nothing happens for so long before each sample, on both sides. */
const IDLE_MS = 5;
const LIMIT_RATIO = 1 / 2;
const OURS = new URL("./ready-worker.ts", import.meta.url);
const Times = z.array(z.number()).length(STEPS);

/** From a step that is ready to its attempt that starts, in an idle worker; beside a job that is added to an idle graphile-worker. */
export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "planwright-bench-"));
  const worker = new WorkerProcess(OURS, [join(folder, "ready.db"), `${STEPS}`, `${IDLE_MS}`]);
  try {
    await worker.message();
    return [await compare(async (round) => Times.parse(await worker.ask(`${round}`)))];
  } finally {
    await worker.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

type Measure<T> = (round: number) => Promise<T[]>;

async function compare(measureOurs: Measure<number>): Promise<BenchResult> {
  const postgres = await startPostgres().catch((error: unknown) => {
    if (error instanceof ServerMissing) return error;
    throw error;
  });
  if (postgres instanceof ServerMissing) return withoutPeer(measureOurs, postgres.message);
  try {
    const peer = await openGraphileWorker(postgres.url);
    try {
      return await inTurns(measureOurs, () => measureTheirs(peer));
    } finally {
      await peer.close();
    }
  } finally {
    await postgres.stop();
  }
}

async function measureTheirs(peer: GraphileWorker): Promise<JobTimes[]> {
  const times: JobTimes[] = [];
  while (times.length < STEPS) {
    await pause(IDLE_MS);
    times.push(await peer.runOne());
  }
  return times;
}

async function inTurns(measureOurs: Measure<number>, measure: Measure<JobTimes>): Promise<BenchResult> {
  const ours: number[][] = [];
  const theirs: JobTimes[][] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    if (round % 2 === 0) ours.push(await measureOurs(round));
    theirs.push(await measure(round));
    if (round % 2 === 1) ours.push(await measureOurs(round));
  }
  const warmOurs = ours.slice(1).flat();
  const warmTheirs = theirs.slice(1).flat();
  const theirTimes = warmTheirs.map(({ added, started }) => started - added);
  const fromStored = warmTheirs.map(({ stored, started }) => started - stored);
  const [figure, peer] = [percentile(warmOurs, 0.99), percentile(theirTimes, 0.5)];
  const ratio = figure / peer;
  return {
    ...row(warmOurs),
    peer,
    ratio,
    pass: ratio <= LIMIT_RATIO,
    note: `${how(warmOurs)}; peer is p50 of graphile-worker on PostgreSQL, from addJob to its task, p99 ${ms(percentile(theirTimes, 0.99))}; p50 ${ms(percentile(fromStored, 0.5))} from when addJob has resolved; one round of each before as warm-up`,
  };
}

/** Without the peer nothing is proved, so the row does not pass. */
async function withoutPeer(measureOurs: Measure<number>, reason: string): Promise<BenchResult> {
  const times: number[][] = [];
  for (let round = 0; round <= ROUNDS; round += 1) times.push(await measureOurs(round));
  const warm = times.slice(1).flat();
  const note = `PEER MISSING: ${reason}, so there is no graphile-worker to compare with; ${how(warm)}`;
  return { ...row(warm), peer: null, ratio: null, pass: false, note };
}

function row(ours: readonly number[]): Pick<BenchResult, "name" | "ours" | "unit" | "limit"> {
  const name = "step ready to attempt started, idle, p99";
  return { name, ours: percentile(ours, 0.99), unit: "ms", limit: `ratio <= ${LIMIT_RATIO}` };
}

function how(ours: readonly number[]): string {
  return `p50 ${ms(percentile(ours, 0.5))}; ${ours.length.toLocaleString("en-US")} samples in interleaved rounds of ${STEPS}, every start stored and synced before`;
}

function ms(value: number): string {
  return `${value.toPrecision(3)} ms`;
}
