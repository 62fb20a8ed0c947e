import type { CDPSession } from "playwright-core";
import { logEntry } from "../support/log-entries.ts";
import { SyntheticLog } from "../support/synthetic-log.ts";
import { WebviewPages } from "../support/webview-page.ts";
import { longTasks, watchLongTasks } from "./long-tasks.ts";
import type { BenchResult } from "./result.ts";

const SECONDS = 30;
const ENTRIES_A_SECOND = 50_000;
const BATCHES_A_SECOND = 10;
const LONG_TASK_MS = 50;
/** How much more the page may hold after the flood than before it, when its ring was full already. */
const GROWTH_LIMIT = 1.2;

/**
 * Issue 4: 50,000 entries a second for 30 s, told in ten batches a second as the worker does, through the extension's relay to the
 * log view in Chromium. Lines have colours and differ in length. Measures tasks of the page over 50 ms and its heap.
 */
export async function run(): Promise<BenchResult[]> {
  const pages = await WebviewPages.start();
  try {
    return await flood(pages);
  } finally {
    await pages.close();
  }
}

async function flood(pages: WebviewPages): Promise<BenchResult[]> {
  const log = new SyntheticLog((line) =>
    logEntry(`\u001b[3${line % 8}m${line}\u001b[0m ${"output of a busy build ".repeat(1 + (line % 6))}`),
  );
  log.length = 10_000;
  const shown = await pages.open({
    name: "log",
    show: { type: "show-log", state: { folder: "file:///project", executionId: null, stepId: null } },
    connect: async () => log.client(),
    settings: { logLines: 10_000 },
    width: 1000,
    height: 300,
  });
  const { page } = shown;
  await page.locator(".log-row").first().waitFor();
  // What the page compiles once is no part of the flood.
  await pour(log, 3, async () => {});
  await watchLongTasks(page);
  log.batches = 0;
  const session = await page.context().newCDPSession(page);
  const before = await heldMegabytes(session);
  await longTasks(page);
  let most = 0;
  const seconds = await pour(log, SECONDS, async () => {
    most = Math.max(most, (await session.send("Runtime.getHeapUsage")).usedSize / 1e6);
  });
  const tasks = await longTasks(page);
  const last = log.length - 1;
  await page.locator(".log-text", { hasText: new RegExp(`^${last} `) }).waitFor();
  const after = await heldMegabytes(session);
  const rate = log.batches / seconds;
  const growth = after / before;
  const worst = Math.max(0, ...tasks);
  await shown.close();
  const row = { peer: null, ratio: null };
  return [
    {
      ...row,
      ...{ name: "log view, batches", ours: rate, unit: "/s", limit: `<= ${BATCHES_A_SECOND} /s` },
      pass: rate <= BATCHES_A_SECOND * 1.02,
      note: `${ENTRIES_A_SECOND} entries a second for ${seconds.toFixed(0)} s; the last line is shown`,
    },
    {
      ...row,
      ...{ name: "log view, longest task", ours: worst, unit: "ms", limit: `<= ${LONG_TASK_MS} ms` },
      pass: worst <= LONG_TASK_MS,
      note: `${tasks.length} tasks over ${LONG_TASK_MS} ms in the page; 0: none`,
    },
    {
      ...row,
      ...{ name: "log view, heap growth", ours: growth, unit: "x", limit: `<= ${GROWTH_LIMIT} x` },
      pass: growth <= GROWTH_LIMIT,
      note: `${after.toFixed(1)} MB held after the flood; at most ${most.toFixed(0)} MB before they were collected`,
    },
  ];
}

/** What is left when everything that nobody needs has been collected. */
async function heldMegabytes(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  return (await session.send("Runtime.getHeapUsage")).usedSize / 1e6;
}

/** Ten batches a second. Returns how many seconds it took. */
async function pour(log: SyntheticLog, seconds: number, eachSecond: () => Promise<void>): Promise<number> {
  const started = performance.now();
  const total = seconds * BATCHES_A_SECOND;
  for (let batch = 1; batch <= total; batch += 1) {
    log.append(ENTRIES_A_SECOND / BATCHES_A_SECOND);
    if (batch % BATCHES_A_SECOND === 0) await eachSecond();
    const wait = started + (batch * 1_000) / BATCHES_A_SECOND - performance.now();
    await new Promise((resolve) => {
      setTimeout(resolve, Math.max(0, wait));
    });
  }
  return (performance.now() - started) / 1_000;
}
