import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogFilter } from "../../schemas/log.ts";
import { SubscriptionBatch } from "../../schemas/operations/subscription.ts";
import { openExecutionLog, type ExecutionLog } from "../../worker/logs/log-writer.ts";
import { systemClock } from "../../worker/run/system-clock.ts";
import { logFeed } from "../../worker/server/log-feed.ts";
import { Subscriptions } from "../../worker/server/subscriptions.ts";
import { logEntry } from "../support/log-entries.ts";
import { median, type BenchResult } from "./result.ts";

const PER_SECOND = 50_000;
const SECONDS = 30;
const TURN_MS = 10;
const LIMIT_PER_SECOND = 10;
const LIMIT_GROWTH_MB = 64;

/** 50,000 entries a second for half a minute, followed by a panel that shows the newest 2,000 of them, without and with a filter. */
export async function run(): Promise<BenchResult[]> {
  return [
    await watch("log feed, 50,000 entries a second", {}),
    await watch("log feed, filtered by level", { level: "warn" }),
  ];
}

interface Feed {
  batches: number;
  entries: number;
  skipped: number;
}

async function watch(name: string, filter: LogFilter): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), "planwright-feed-"));
  // The cap of an attempt's output would end the flood before its time.
  const log = await openExecutionLog(folder, { limits: { attemptBytes: Infinity } });
  const feed: Feed = { batches: 0, entries: 0, skipped: 0 };
  const subscriptions = new Subscriptions({
    topics: async () => ({
      execution: () => Promise.reject(new Error("not followed here")),
      workspace: () => Promise.reject(new Error("not followed here")),
      agents: () => Promise.reject(new Error("not followed here")),
      models: () => Promise.reject(new Error("not followed here")),
      log: async (topic) =>
        logFeed(folder, topic, { isOver: () => false, onChange: (listener) => log.onAppend(listener) }),
    }),
    clock: systemClock,
    send: async (batch) => {
      take(feed, SubscriptionBatch.parse(batch));
    },
    onBroken: (error) => {
      throw error;
    },
  });
  try {
    await subscriptions.open({ kind: "log", executionId: "run-1", filter, after: "", newest: 2_000 });
    const { written, growth, seconds } = await flood(log);
    await log.flush();
    const wanted = filter.level === undefined ? written : written / 2;
    for (let waits = 0; feed.entries + feed.skipped < wanted && waits < 100; waits += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    const told = feed.entries + feed.skipped;
    const rate = feed.batches / seconds;
    const isWhole = told === wanted;
    return {
      name,
      ours: rate,
      peer: null,
      unit: "batches/s",
      ratio: null,
      limit: `<= ${LIMIT_PER_SECOND}, memory flat`,
      pass:
        rate <= LIMIT_PER_SECOND + 0.5 && growth < LIMIT_GROWTH_MB && isWhole && written / seconds > PER_SECOND * 0.9,
      note: `${(written / seconds / 1_000).toFixed(1)} k entries/s written for ${seconds.toFixed(0)} s, ${feed.entries} sent, ${feed.skipped} counted${isWhole ? "" : ` instead of ${wanted - feed.entries}`}; RSS of the last third is ${growth.toFixed(0)} MB above that of the first`,
    };
  } finally {
    subscriptions.closeAll();
    await log.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function take(feed: Feed, batch: SubscriptionBatch): void {
  if (batch.kind !== "log") throw new Error("a batch of another topic");
  feed.batches += 1;
  feed.entries += batch.entries.length;
  feed.skipped += batch.skipped ?? 0;
}

/** Writes at the wanted rate; what a slow moment has left undone is made up for. */
async function flood(log: ExecutionLog): Promise<{ written: number; growth: number; seconds: number }> {
  const text = "compiling module ".repeat(4);
  const start = performance.now();
  let written = 0;
  const memory: number[] = [];
  for (let elapsed = 0; elapsed < SECONDS * 1_000; elapsed = performance.now() - start) {
    // Whole pairs, so that half of them are warnings.
    const due = Math.floor((elapsed / 1_000) * PER_SECOND * 0.5) * 2;
    for (; written < due; written += 1)
      log.append(logEntry(`${written} ${text}`, { level: written % 2 === 0 ? "info" : "warn" }));
    memory.push(process.memoryUsage().rss / 1_000_000);
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }
  // The first sixth is for warming up; what comes and goes with the collector is no growth.
  const part = Math.floor(memory.length / 6);
  const growth = median(memory.slice(-2 * part)) - median(memory.slice(part, 3 * part));
  return { written, growth, seconds: (performance.now() - start) / 1_000 };
}
