import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Journal } from "../../worker/run/ports.ts";
import { StoreJournal } from "../../worker/store/journal.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { layeredPlan } from "../support/engine-plans.ts";
import { insertBarePlan } from "../support/store.ts";
import { elapsed, execute } from "./no-op-execution.ts";
import { loadPeer } from "./peer.ts";
import { median, type BenchResult } from "./result.ts";

const STEPS = 10_000;
const WIDTH = 50;
const PAIRS = 15;
const STORED_RUNS = 5;
const PLAN = layeredPlan(STEPS, WIDTH, WIDTH);

/** What the bench uses of listr2. */
interface PeerTask {
  readonly title: string;
  readonly task: (context: unknown, wrapper: PeerWrapper) => unknown;
}
interface PeerWrapper {
  newListr(tasks: readonly PeerTask[], options: { concurrent: boolean }): unknown;
}
interface PeerList {
  run(): Promise<unknown>;
}
const PeerModule = z.object({
  Listr: z.custom<new (tasks: readonly PeerTask[], options: { concurrent: boolean; renderer: "silent" }) => PeerList>(
    (value) => typeof value === "function",
  ),
});

/** Figure 2: 10,000 steps that do nothing, in layers of 50 with three dependencies each. */
export async function run(): Promise<BenchResult[]> {
  return [await withoutStore(), await withStore()];
}

async function withoutStore(): Promise<BenchResult> {
  const { Listr } = PeerModule.parse(await loadPeer("listr2"));
  const layers = layeredTasks();
  const measureTheirs = (): Promise<number> =>
    elapsed(() => new Listr(layers, { concurrent: false, renderer: "silent" }).run());
  const journal: Journal = { append: () => Promise.resolve() };
  const measureOurs = (): Promise<number> => elapsed(() => execute(journal, "run-1", PLAN));
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    if (pair % 2 === 0) ours.push(await measureOurs());
    theirs.push(await measureTheirs());
    if (pair % 2 === 1) ours.push(await measureOurs());
  }
  const figure = median(ours);
  const ratio = median(ours.map((value, pair) => value / (theirs[pair] ?? Number.NaN)));
  const cold = [ours[0], theirs[0]].map((value) => value?.toFixed(0));
  return {
    name: "10,000 no-op steps, no store",
    ours: figure,
    peer: median(theirs),
    unit: "ms",
    ratio,
    limit: "<= 100 ms, ratio < 1",
    pass: figure <= 100 && ratio < 1,
    note: `listr2, 200 lists of 50, silent; ${PAIRS} interleaved pairs; first run ${cold.join(" and ")} ms`,
  };
}

async function withStore(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), "planwright-bench-"));
  const times: number[] = [];
  try {
    const database = await openDatabase(join(folder, "engine.db"));
    insertBarePlan(database);
    const journal = new StoreJournal(database);
    for (let round = 0; round < STORED_RUNS; round += 1)
      times.push(await elapsed(() => execute(journal, `run-${round}`, PLAN)));
    await database.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const figure = median(times);
  return {
    name: "10,000 no-op steps, durable store",
    ours: figure,
    peer: null,
    unit: "ms",
    ratio: null,
    limit: "<= 1,500 ms",
    pass: figure <= 1_500,
    note: `every start and end stored and synced before it acts; ${STORED_RUNS} runs, first ${times[0]?.toFixed(0) ?? "-"} ms`,
  };
}

/** The same work for the peer, which knows no dependencies between tasks: one layer after the other, each at once. */
function layeredTasks(): PeerTask[] {
  return Array.from({ length: STEPS / WIDTH }, (_, layer) => {
    const tasks = Array.from({ length: WIDTH }, (__, index) => ({
      title: `s${layer * WIDTH + index}`,
      task: () => undefined,
    }));
    return { title: `layer ${layer}`, task: (___, wrapper) => wrapper.newListr(tasks, { concurrent: true }) };
  });
}
