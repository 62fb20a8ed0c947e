import { stat } from "node:fs/promises";
import { systemClock } from "../../worker/run/system-clock.ts";
import { Redactor } from "../../worker/logs/redactor.ts";
import { printedForms } from "../../worker/logs/secret-values.ts";
import { compactRecord, purgeRecord } from "../../worker/store/retention.ts";
import { slices } from "../../worker/store/slices.ts";
import { keptExecution, withRecord } from "../support/kept-record.ts";
import { watchLoop } from "../support/loop-watch.ts";
import { median, type BenchResult } from "./result.ts";

/** Keeping the house clean while others work: how long the loop is held up, and what looking for secrets costs. */
export async function run(): Promise<BenchResult[]> {
  return [await compaction(), redaction()];
}

const EXECUTIONS = 2_500;
const NOW = new Date("2026-06-30T00:00:00.000Z");
const LONGEST_MS = 50;

async function compaction(): Promise<BenchResult> {
  let longest = 0;
  let note = "";
  await withRecord(async (database) => {
    const filler = "x".repeat(100_000);
    for (let index = 0; index < EXECUTIONS; index += 1) {
      keptExecution(database, `old-${index}`, new Date("2026-01-01T00:00:00.000Z"), `${index}${filler}`);
      if (index % 50 === 0) await database.durable();
    }
    await database.durable();
    database.checkpoint();
    const before = (await stat(database.path)).size;
    const from = performance.now();
    const inSlices = slices(systemClock, new AbortController().signal);
    const watched = watchLoop();
    const limit = "2026-05-31T00:00:00.000Z";
    await purgeRecord(database, { executions: limit, messages: limit, ledger: limit }, NOW, {
      keep: new Set(),
      inSlices,
    });
    await compactRecord(database, inSlices);
    longest = watched();
    const after = (await stat(database.path)).size;
    const seconds = ((performance.now() - from) / 1_000).toFixed(1);
    note = `${megabytes(before)} became ${megabytes(after)} in ${seconds} s; the worker's own time between two turns`;
  });
  return {
    name: `compaction: ${EXECUTIONS.toLocaleString("en-US")} old executions leave the record`,
    ours: longest,
    peer: null,
    unit: "ms",
    ratio: null,
    limit: `longest <= ${LONGEST_MS} ms`,
    pass: longest <= LONGEST_MS,
    note,
  };
}

const ROUNDS = 9;
const ROUND_BYTES = 64 * 1024 * 1024;
const LEAST = 100;

function redaction(): BenchResult {
  const secrets = Array.from({ length: 20 }, (_, index) => `secret-of-the-worker-${index}-${"k3y".repeat(5)}`);
  const redactor = new Redactor({ values: secrets.flatMap(printedForms), patterns: [] });
  const line =
    "2026-06-30 building src/module/part.ts: see https://example.com/log for what is there to know about it\n";
  const chunk = Buffer.from(line.repeat(Math.ceil((64 * 1024) / line.length)).slice(0, 64 * 1024));
  const figures = Array.from({ length: ROUNDS }, () => {
    const stream = redactor.stream();
    const from = process.cpuUsage();
    for (let done = 0; done < ROUND_BYTES; done += chunk.length) stream.push(chunk);
    const { user, system } = process.cpuUsage(from);
    return ROUND_BYTES / (user + system);
  });
  const ours = median(figures);
  return {
    name: "looking for 20 secrets and all known forms of keys in output",
    ours,
    peer: null,
    unit: "MB/s",
    ratio: null,
    limit: `>= ${LEAST} MB/s`,
    pass: ours >= LEAST,
    note: `log lines in chunks of 64 KiB, ${ROUNDS} rounds, by the time of the processor`,
  };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
