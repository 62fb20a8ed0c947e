// Runs simulated executions in a thread until it is ended: the worlds of the seeds first, first + stride, …
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { runBatch } from "./batch.ts";

const REPORT_MS = 500;
const { first, stride } = z.object({ first: z.int(), stride: z.int() }).parse(workerData);

for (let next = first; ;) {
  const until = performance.now() + REPORT_MS;
  const batch = runBatch(next, () => performance.now() >= until, { stride });
  next += batch.executions * stride;
  parentPort?.postMessage({ ...batch, broken: batch.broken?.seed ?? null });
  if (batch.broken) break;
}
