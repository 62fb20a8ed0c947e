import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { openBullMq } from "./bull-mq.ts";
import { launchDbos } from "./dbos.ts";
import { elapsed } from "./no-op-execution.ts";
import { median, type BenchResult } from "./result.ts";
import { ServerMissing, startPostgres, startRedis, type Server } from "./servers.ts";
import { WorkerProcess } from "./worker-process.ts";

const SEQUENTIAL = 1_000;
const INDEPENDENT = 10_000;
const WIDTH = 8;
const PAIRS = 7;
const OURS = new URL("./durable-worker.ts", import.meta.url);

/** Steps that do nothing, each recorded and synced before the next thing happens, beside engines that promise the same. */
export async function run(): Promise<BenchResult[]> {
  return [await compare(sequential), await compare(independent)];
}

const sequential: Comparison = {
  name: "1,000 sequential durable no-op steps",
  ours: [`${SEQUENTIAL}`, "chain"],
  limit: 1 / 4,
  start: startPostgres,
  peer: "DBOS on PostgreSQL, one workflow",
  open: async ({ url }) => {
    const dbos = await launchDbos(url, () => undefined);
    return { run: (round) => dbos.run(`chain-${round}`, SEQUENTIAL), close: () => dbos.close() };
  },
};

const independent: Comparison = {
  name: `10,000 independent durable no-op steps, ${WIDTH} wide`,
  ours: [`${INDEPENDENT}`, `${WIDTH}`],
  limit: 1 / 5,
  start: startRedis,
  peer: "BullMQ on Redis, appendfsync always, added in bulk",
  open: async ({ port }) => {
    const queue = await openBullMq(port, WIDTH);
    return { run: () => queue.run(INDEPENDENT), close: () => queue.close() };
  },
};

interface Comparison {
  readonly name: string;
  /** What our process is told: how many steps, and how wide or a chain. */
  readonly ours: readonly string[];
  /** The largest ratio of our time to theirs. */
  readonly limit: number;
  start(): Promise<Server>;
  readonly peer: string;
  open(server: Server): Promise<{ run(round: number): Promise<void>; close(): Promise<void> }>;
}

type Measure = (round: number) => Promise<number>;

/** Ours and theirs in turns, each in a process of its own, on the same disk, after one run of each that does not count. */
async function compare(bench: Comparison): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), "planwright-bench-"));
  const worker = new WorkerProcess(OURS, [join(folder, "durable.db"), ...bench.ours]);
  const measureOurs: Measure = async (round) => z.number().parse(await worker.ask(`${round}`));
  try {
    await worker.message();
    return await withServer(bench, measureOurs);
  } finally {
    await worker.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function withServer(bench: Comparison, measureOurs: Measure): Promise<BenchResult> {
  let server: Server;
  try {
    server = await bench.start();
  } catch (error) {
    if (!(error instanceof ServerMissing)) throw error;
    return withoutPeer(bench, measureOurs, error.message);
  }
  try {
    const peer = await bench.open(server);
    try {
      return await inTurns(bench, measureOurs, (round) => elapsed(() => peer.run(round)));
    } finally {
      await peer.close();
    }
  } finally {
    await server.stop();
  }
}

async function inTurns(bench: Comparison, measureOurs: Measure, measureTheirs: Measure): Promise<BenchResult> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round <= PAIRS; round += 1) {
    if (round % 2 === 0) ours.push(await measureOurs(round));
    theirs.push(await measureTheirs(round));
    if (round % 2 === 1) ours.push(await measureOurs(round));
  }
  const [coldOurs, ...warmOurs] = ours;
  const [coldTheirs, ...warmTheirs] = theirs;
  const ratio = median(warmOurs.map((value, pair) => value / (warmTheirs[pair] ?? Number.NaN)));
  const warmUp = [coldOurs, coldTheirs].map((value) => value?.toFixed(0)).join(" and ");
  return {
    name: bench.name,
    ours: median(warmOurs),
    peer: median(warmTheirs),
    unit: "ms",
    ratio,
    limit: `ratio <= ${bench.limit}`,
    pass: ratio <= bench.limit,
    note: `${bench.peer}; ${PAIRS} interleaved pairs, medians; one run of each before as warm-up, ${warmUp} ms`,
  };
}

/** Without the peer nothing is proved, so the row does not pass. */
async function withoutPeer(bench: Comparison, measureOurs: Measure, reason: string): Promise<BenchResult> {
  const times: number[] = [];
  for (let round = 0; round <= PAIRS; round += 1) times.push(await measureOurs(round));
  return {
    name: bench.name,
    ours: median(times.slice(1)),
    peer: null,
    unit: "ms",
    ratio: null,
    limit: `ratio <= ${bench.limit}`,
    pass: false,
    note: `PEER MISSING: ${reason}, so there is nothing to compare with ${bench.peer}`,
  };
}
