import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { ExecutionEvent } from "../../schemas/event.ts";
import type { Database } from "../../worker/store/database.ts";
import { StoreJournal } from "../../worker/store/journal.ts";
import { migrations } from "../../worker/store/migrations.ts";
import { openDatabase } from "../../worker/store/open-database.ts";
import { createdBody, enginePlan, engineStep } from "../support/engine-plans.ts";
import { appendEvents, finished, insertBarePlan, PLAN_ID, stamp, started, stepEnded } from "../support/store.ts";
import { loadPeer } from "./peer.ts";
import { median, type BenchResult } from "./result.ts";

const ROUNDS = 40;
const COMMITS_A_ROUND = 25;
/** Commits before the measurement that counts, without a sync, on both sides. */
const WARM_UP = 25_000;

/** What the bench uses of better-sqlite3. */
interface PeerStatement {
  run(...values: unknown[]): unknown;
}
interface PeerDatabase {
  pragma(text: string): unknown;
  exec(script: string): unknown;
  prepare(sql: string): PeerStatement;
  transaction(act: (event: ExecutionEvent) => void): (event: ExecutionEvent) => void;
  close(): unknown;
}
const PeerModule = z.object({
  default: z.custom<new (path: string) => PeerDatabase>((value) => typeof value === "function"),
});

export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "planwright-bench-"));
  try {
    return [await durableCommit(folder), await groupCommit(folder)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first events of an execution with one step, so that rows that others refer to exist. */
function opening(executionId: string): ExecutionEvent[] {
  return stamp(executionId, [{ ...createdBody(enginePlan([engineStep("a")])), planId: PLAN_ID }, started("a")]);
}

/** An event of ordinary size that changes no other table. */
function event(executionId: string, seq: number): ExecutionEvent {
  const at = new Date(Date.UTC(2026, 0, 1)).toISOString();
  const message = "An answer that came after its attempt had been given up; it is kept for the record.";
  return {
    v: 1,
    executionId,
    seq,
    at,
    t: seq,
    type: "attempt.fenced",
    stepId: "a",
    attemptId: "a/1",
    attempt: 1,
    message,
  };
}

interface Peer {
  append(event: ExecutionEvent): void;
  sync(on: boolean): void;
  close(): void;
}

/**
 * One event, one transaction, one sync, ours and theirs in turns on the same disk with the same tables and statements.
 * V8 optimises WebAssembly only after some thousand calls; the limit is for that state, and the note tells of the one before.
 */
async function durableCommit(folder: string): Promise<BenchResult> {
  const database = await openDatabase(join(folder, "ours.db"));
  insertBarePlan(database);
  appendEvents(database, "e1", opening("e1"));
  const peer = await openPeer(join(folder, "theirs.db"), database);
  peer.sync(true);
  const cold = await inTurns(database, peer, 100);
  peer.sync(false);
  for (let seq = 10_001; seq <= 10_000 + WARM_UP; seq += 1) {
    appendEvents(database, "e1", [event("e1", seq)]);
    peer.append(event("e1", seq));
  }
  await database.durable();
  peer.sync(true);
  const warm = await inTurns(database, peer, 1_000_000);
  peer.close();
  await database.close();
  return {
    name: "durable commit of one event",
    ...warm,
    unit: "µs",
    limit: "ratio <= 1.2",
    pass: warm.ratio <= 1.2,
    note: `better-sqlite3 WAL/FULL, ${ROUNDS} interleaved rounds of ${COMMITS_A_ROUND}, after ${WARM_UP} commits (ratio before: ${cold.ratio.toFixed(2)})`,
  };
}

/** Medians over rounds, and the median of the ratios of each round. Sequence numbers begin after `from`. */
async function inTurns(
  database: Database,
  peer: Peer,
  from: number,
): Promise<{ ours: number; peer: number; ratio: number }> {
  const journal = new StoreJournal(database);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const first = from + round * COMMITS_A_ROUND;
    const events = Array.from({ length: COMMITS_A_ROUND }, (_, index) => event("e1", first + index));
    const measureOurs = async (): Promise<void> => {
      const start = performance.now();
      for (const one of events) {
        await journal.append("e1", [one]);
      }
      ours.push(((performance.now() - start) / COMMITS_A_ROUND) * 1_000);
    };
    const measureTheirs = (): void => {
      const start = performance.now();
      for (const one of events) peer.append(one);
      theirs.push(((performance.now() - start) / COMMITS_A_ROUND) * 1_000);
    };
    if (round % 2 === 0) await measureOurs();
    measureTheirs();
    if (round % 2 === 1) await measureOurs();
  }
  const ratio = median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
  return { ours: median(ours), peer: median(theirs), ratio };
}

async function openPeer(path: string, like: Database): Promise<Peer> {
  const { default: PeerConstructor } = PeerModule.parse(await loadPeer("better-sqlite3"));
  const peer = new PeerConstructor(path);
  peer.pragma("auto_vacuum=INCREMENTAL");
  peer.pragma("journal_mode=WAL");
  peer.pragma("foreign_keys=ON");
  for (const { script } of migrations) peer.exec(script);
  for (const table of ["plans", "executions"]) copyRows(like, peer, table);
  const insert = peer.prepare(
    "INSERT INTO event_batches (execution_id, first_seq, last_seq, events) VALUES (?, ?, ?, ?)",
  );
  const append = peer.transaction(({ executionId, seq, v, at, t, ...body }) => {
    insert.run(executionId, seq, seq, JSON.stringify([{ v, at, t, events: [body] }]));
  });
  return {
    append,
    sync: (on) => void peer.pragma(`synchronous=${on ? "FULL" : "OFF"}`),
    close: () => void peer.close(),
  };
}

function copyRows(from: Database, to: PeerDatabase, table: string): void {
  const columns = from.all(`PRAGMA table_info(${table})`, [], (row) => String(row["name"]));
  const marks = columns.map(() => "?").join(", ");
  const insert = to.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`);
  for (const row of from.all(`SELECT ${columns.join(", ")} FROM ${table}`, [], (one) => one)) {
    insert.run(...columns.map((column) => row[column]));
  }
}

/** Steps start and end, several executions at a time, each waiting for its own events to be durable before it goes on. */
async function groupCommit(folder: string): Promise<BenchResult> {
  const rates: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const database = await openDatabase(join(folder, `group-${round}.db`));
    insertBarePlan(database);
    const journal = new StoreJournal(database);
    const batches = await Promise.all(
      Array.from({ length: 4 }, async (_, index) => stepBatches(journal, `execution-${index}`, 2_500)),
    );
    const count = batches.flat().reduce((sum, batch) => sum + batch.length, 0);
    const start = performance.now();
    await Promise.all(
      batches.map(async (mine, index) => {
        for (const batch of mine) await journal.append(`execution-${index}`, batch);
      }),
    );
    rates.push(count / ((performance.now() - start) / 1_000));
    await database.close();
  }
  const ours = median(rates);
  return {
    name: "acknowledged durable events",
    ours,
    peer: null,
    unit: "events/s",
    ratio: null,
    limit: ">= 20,000 events/s",
    pass: ours >= 20_000,
    note: "4 executions of 2,500 steps, events with all tables, 50 steps a batch",
  };
}

/** Stores the beginning of an execution and returns the rest of its journal in batches: ends of 50 steps, starts of the next 50. */
async function stepBatches(journal: StoreJournal, executionId: string, count: number): Promise<ExecutionEvent[][]> {
  const names = Array.from({ length: count }, (_, index) => `s${index}`);
  const plan = enginePlan(names.map((name) => engineStep(name)));
  const bodies = names.map((name) => [started(name), finished(name), stepEnded(name)]);
  const ordered = [];
  for (let at = 0; at < count; at += 50) {
    const layer = bodies.slice(at, at + 50);
    ordered.push(
      layer.map(([start]) => start),
      layer.flatMap(([, ...rest]) => rest),
    );
  }
  const [created, ...rest] = stamp(executionId, [
    { ...createdBody(plan), planId: PLAN_ID },
    ...ordered.flat().filter((body) => body !== undefined),
  ]);
  if (created) await journal.append(executionId, [created]);
  const batches: ExecutionEvent[][] = [];
  for (let at = 0; at < rest.length; at += 150) batches.push(rest.slice(at, at + 150));
  return batches;
}
