import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreJournal } from "../../worker/store/journal.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { insertBarePlan } from "../support/store.ts";
import { openBullMq } from "./bull-mq.ts";
import { launchDbos } from "./dbos.ts";
import { chainPlan, elapsed, execute, independentPlan } from "./no-op-execution.ts";
import { median, type BenchResult } from "./result.ts";
import { ServerMissing, startPostgres, startRedis, type Server } from "./servers.ts";

const SEQUENTIAL = 1_000;
const INDEPENDENT = 10_000;
const WIDTH = 8;
const PAIRS = 5;

/** Steps that do nothing, each recorded and synced before the next thing happens, beside engines that promise the same. */
export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "planwright-bench-"));
  try {
    const database = await openDatabase(join(folder, "durable.db"));
    insertBarePlan(database);
    const journal = new StoreJournal(database);
    const rows = [await sequential(journal), await independent(journal)];
    await database.close();
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sequential(journal: StoreJournal): Promise<BenchResult> {
  const plan = chainPlan(SEQUENTIAL);
  return compare({
    name: "1,000 sequential durable no-op steps",
    ours: (round) => execute(journal, `chain-${round}`, plan),
    limit: 1 / 4,
    start: startPostgres,
    peer: "DBOS on PostgreSQL, one workflow",
    open: async ({ url }) => {
      const dbos = await launchDbos(url, () => undefined);
      return { run: (round) => dbos.run(`chain-${round}`, SEQUENTIAL), close: () => dbos.close() };
    },
  });
}

async function independent(journal: StoreJournal): Promise<BenchResult> {
  const plan = independentPlan(INDEPENDENT, WIDTH);
  return compare({
    name: `10,000 independent durable no-op steps, ${WIDTH} wide`,
    ours: (round) => execute(journal, `wide-${round}`, plan),
    limit: 1 / 5,
    start: startRedis,
    peer: "BullMQ on Redis, appendfsync always, added in bulk",
    open: async ({ port }) => {
      const queue = await openBullMq(port, WIDTH);
      return { run: () => queue.run(INDEPENDENT), close: () => queue.close() };
    },
  });
}

interface Comparison {
  readonly name: string;
  ours(round: number): Promise<void>;
  /** The largest ratio of our time to theirs. */
  readonly limit: number;
  start(): Promise<Server>;
  readonly peer: string;
  open(server: Server): Promise<{ run(round: number): Promise<void>; close(): Promise<void> }>;
}

/** Ours and theirs in turns, on the same disk, after one run of each that does not count. */
async function compare(bench: Comparison): Promise<BenchResult> {
  let server: Server;
  try {
    server = await bench.start();
  } catch (error) {
    if (!(error instanceof ServerMissing)) throw error;
    return withoutPeer(bench, error.message);
  }
  const ours: number[] = [];
  const theirs: number[] = [];
  try {
    const peer = await bench.open(server);
    try {
      for (let round = 0; round <= PAIRS; round += 1) {
        const measureOurs = async (): Promise<void> => void ours.push(await elapsed(() => bench.ours(round)));
        if (round % 2 === 0) await measureOurs();
        theirs.push(await elapsed(() => peer.run(round)));
        if (round % 2 === 1) await measureOurs();
      }
    } finally {
      await peer.close();
    }
  } finally {
    await server.stop();
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
async function withoutPeer(bench: Comparison, reason: string): Promise<BenchResult> {
  const times: number[] = [];
  for (let round = 0; round <= PAIRS; round += 1) times.push(await elapsed(() => bench.ours(round)));
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
