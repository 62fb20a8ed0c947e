import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { openGraphileWorker, type GraphileWorker, type JobTimes } from "./graphile-worker.ts";
import { median, percentile, type BenchResult } from "./result.ts";
import { ServerMissing, startPostgres } from "./servers.ts";
import { WorkerProcess } from "./worker-process.ts";

const ROUNDS = 10;
const STEPS = 100;
/** Nothing happens for so long before each sample, on both sides. */
const IDLE_MS = 5;
const LIMIT_RATIO = 1 / 2;
const OURS = new URL("./ready-worker.ts", import.meta.url);
const Times = z.tuple([z.number()]).rest(z.number());

/** From a step that is ready to its attempt that starts, in an idle worker; beside a job that is added to an idle graphile-worker. */
export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "planwright-bench-"));
  const worker = new WorkerProcess(OURS, [join(folder, "ready.db"), `${STEPS + 1}`, `${IDLE_MS}`]);
  try {
    await worker.message();
    return [await compare(async (round) => readOurs(await worker.ask(`${round}`)))];
  } finally {
    await worker.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

type Measure<T> = (round: number) => Promise<T>;

/** One round of ours. */
interface OurTimes {
  /** Of the first step of the execution: from its start, so with the time to store the whole execution. */
  readonly first: number;
  /** Of the other steps: from the answer of the one before. */
  readonly next: readonly number[];
}

function readOurs(answer: unknown): OurTimes {
  const [first, ...next] = Times.parse(answer);
  if (next.length !== STEPS) throw new Error(`${next.length} of ${STEPS} steps were measured`);
  return { first, next };
}

async function compare(measureOurs: Measure<OurTimes>): Promise<BenchResult> {
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

async function inTurns(measureOurs: Measure<OurTimes>, measure: Measure<JobTimes[]>): Promise<BenchResult> {
  const ours: OurTimes[] = [];
  const theirs: JobTimes[][] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    if (round % 2 === 0) ours.push(await measureOurs(round));
    theirs.push(await measure(round));
    if (round % 2 === 1) ours.push(await measureOurs(round));
  }
  const ourRow = row(ours.slice(1));
  const warmTheirs = theirs.slice(1).flat();
  const theirTimes = warmTheirs.map(({ added, started }) => started - added);
  const fromStored = warmTheirs.map(({ stored, started }) => started - stored);
  const peer = percentile(theirTimes, 0.5);
  const ratio = ourRow.ours / peer;
  return {
    ...ourRow,
    peer,
    ratio,
    pass: ratio <= LIMIT_RATIO,
    note: `${ourRow.note}; peer is p50 of graphile-worker on PostgreSQL, from addJob to its task, p99 ${ms(percentile(theirTimes, 0.99))}; p50 ${ms(percentile(fromStored, 0.5))} from when addJob has resolved; one round of each before as warm-up`,
  };
}

/** Without the peer nothing is proved, so the row does not pass. */
async function withoutPeer(measureOurs: Measure<OurTimes>, reason: string): Promise<BenchResult> {
  const times: OurTimes[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) times.push(await measureOurs(round));
  const ourRow = row(times.slice(1));
  const note = `PEER MISSING: ${reason}, so there is no graphile-worker to compare with; ${ourRow.note}`;
  return { ...ourRow, peer: null, ratio: null, pass: false, note };
}

function row(rounds: readonly OurTimes[]): Pick<BenchResult, "name" | "ours" | "unit" | "limit" | "note"> {
  const times = rounds.flatMap(({ next }) => next);
  const first = median(rounds.map((round) => round.first));
  return {
    name: "step ready to attempt started, idle, p99",
    ours: percentile(times, 0.99),
    unit: "ms",
    limit: `ratio <= ${LIMIT_RATIO}`,
    note: `p50 ${ms(percentile(times, 0.5))}; ${times.length.toLocaleString("en-US")} samples in interleaved rounds of ${STEPS}, every start stored and synced before; first step of an execution, with storing its ${STEPS + 1} steps: median ${ms(first)}`,
  };
}

function ms(value: number): string {
  return `${value.toPrecision(3)} ms`;
}
