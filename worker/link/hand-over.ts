import { failure, FailureError, type Failure } from "../../schemas/failure.ts";
import { PROTOCOL_VERSION } from "../../schemas/operations/worker.ts";
import type { WorkerRecord } from "../../schemas/worker-record.ts";
import type { Greeted } from "./greet.ts";
import { hasEnded } from "./process-identity.ts";

/** What a worker that was drained for a newer version had not finished. Whoever starts the next one may resume it. */
export interface Predecessor {
  readonly record: WorkerRecord;
  /** Ids of its executions that had not ended when it was asked to leave, also those that wait for a person. */
  readonly unfinished: readonly string[];
}

export interface HandOverOptions {
  /** How long to wait for it to leave, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What is waited for, in a sentence for the person. */
  onWait(message: string): void;
}

/**
 * Asks the worker of an older version to finish what runs and to leave. Asking twice is harmless, and these calls have the same
 * shape in all versions. Resolves when it has left, or after the time; then it is still at work.
 */
export async function drainWorker(
  { client, hello }: Greeted,
  record: WorkerRecord,
  options: HandOverOptions,
): Promise<{ readonly left: boolean; readonly predecessor: Predecessor }> {
  const unfinished: string[] = [];
  try {
    unfinished.push(...(await client.call("worker.status", {})).running);
    await client.call("worker.drain", {});
  } catch (error) {
    // It may leave while it is asked, which is what was wanted.
    if (!(error instanceof FailureError) || error.failure.code !== "worker_unavailable") throw error;
  }
  options.onWait(finishing(hello.version, record.pid));
  const left = await hasEnded(record.pid, record.processStart, options.timeoutMs, options.signal);
  return { left, predecessor: { record, unfinished } };
}

/** It does not speak our protocol, so that nothing can be done until it has left. */
export function stillAtWork({ hello }: Greeted, record: WorkerRecord): Failure {
  return failure("worker_busy", `${finishing(hello.version, record.pid)}: try again when it has left`, {
    retryable: true,
    details: { pid: record.pid, protocol: hello.protocol },
  });
}

export function newerWorker({ hello }: Greeted, record: WorkerRecord): Failure {
  return failure(
    "version_mismatch",
    `the worker that runs for this folder is of a newer version (${hello.version}, protocol ${hello.protocol}; this program speaks ${PROTOCOL_VERSION}): update Planwright, or reload the window`,
    { details: { pid: record.pid, protocol: hello.protocol } },
  );
}

function finishing(version: string, pid: number): string {
  return `an older worker (version ${version}, process ${pid}) finishes what runs and then makes room for this version`;
}
