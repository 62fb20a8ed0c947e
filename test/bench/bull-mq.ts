import { z } from "zod";
import { loadPeer } from "./peer.ts";

/** What the bench uses of BullMQ. */
interface Connection {
  readonly host: string;
  readonly port: number;
  readonly maxRetriesPerRequest: null;
}
interface Queue {
  addBulk(jobs: readonly { name: string; data: unknown }[]): Promise<unknown>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}
interface Worker {
  on(event: "completed" | "failed" | "error", listener: (...values: unknown[]) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}
type Construct<Arguments extends unknown[], T> = new (...values: Arguments) => T;
const isClass = (value: unknown): boolean => typeof value === "function";
const PeerModule = z.object({
  Queue: z.custom<Construct<[string, { connection: Connection }], Queue>>(isClass),
  Worker:
    z.custom<Construct<[string, () => Promise<void>, { connection: Connection; concurrency: number }], Worker>>(
      isClass,
    ),
});

export interface BullMq {
  /** Adds `count` jobs that do nothing, in one call, and resolves when all of them are recorded as completed. */
  run(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A queue and one worker with `concurrency` jobs at a time, both connected and idle. */
export async function openBullMq(port: number, concurrency: number): Promise<BullMq> {
  const { Queue, Worker } = PeerModule.parse(await loadPeer("bullmq"));
  const connection: Connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
  const queue = new Queue("bench", { connection });
  const worker = new Worker("bench", () => Promise.resolve(), { connection, concurrency });
  let left = 0;
  let done: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  worker.on("completed", () => {
    left -= 1;
    if (left === 0) done();
  });
  worker.on("failed", (_, reason) => fail(new Error(`a job of BullMQ failed: ${String(reason)}`)));
  worker.on("error", (error) => fail(new Error(`BullMQ: ${String(error)}`)));
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return {
    run: async (count) => {
      left = count;
      const completed = new Promise<void>((resolve, reject) => {
        done = resolve;
        fail = reject;
      });
      await queue.addBulk(Array.from({ length: count }, (_, index) => ({ name: "step", data: { index } })));
      await completed;
    },
    close: async () => {
      await worker.close();
      await queue.close();
    },
  };
}
