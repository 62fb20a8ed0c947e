import { watch } from "node:fs";
import { Client } from "../../schemas/client.ts";
import { failure, FailureError, throwFailure } from "../../schemas/failure.ts";
import { PROTOCOL_VERSION } from "../../schemas/operations/worker.ts";
import type { ResultOf } from "../../schemas/operations/table.ts";
import type { WorkerRecord } from "../../schemas/worker-record.ts";
import { findWorker } from "./find.ts";
import { isAlive } from "./process-identity.ts";
import { openConnection } from "./socket-connection.ts";
import { startWorker } from "./start.ts";
import { openFolderState, type FolderState } from "./state-folder.ts";

export interface ConnectOptions {
  /** Whether a worker may be started when none runs. */
  readonly start: boolean;
  /** The worker's program: `worker.mjs` beside the client, or `worker/main.ts`. */
  readonly workerEntry: string;
  /** Who asks, for the worker's status and log. */
  readonly clientName: string;
  readonly version: string;
  /** For the worker that is started, and for finding the state folder. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** How long everything may take together, in milliseconds. Default 10 s. */
  readonly timeoutMs?: number;
  /** How long a worker may take to answer hello, in milliseconds. Default 5 s. */
  readonly helloTimeoutMs?: number;
}

export interface WorkerConnection {
  readonly client: Client;
  readonly hello: ResultOf<"worker.hello">;
  /** Whether this call started the worker. */
  readonly started: boolean;
}

/**
 * Connects to the worker of a folder and starts it when none runs. When several clients start one at the same time, the owner
 * lock decides, and all of them attach to the winner.
 *
 * Throws FailureError: `worker_unavailable` (none runs and none may be started, the start failed, or a worker hangs),
 * `version_mismatch`, `worker_busy` (too many connections), `not_found` for the folder, and what the worker says of its own start.
 */
export async function connectWorker(folder: string, options: ConnectOptions): Promise<WorkerConnection> {
  const environment = options.environment ?? process.env;
  const state = await openFolderState(folder, environment);
  const deadline = performance.now() + (options.timeoutMs ?? 10_000);
  let started = false;
  let pause = 50;
  for (;;) {
    const record = await findWorker(state);
    const attached = record === null ? null : await attach(record, options);
    if (attached !== null) return { ...attached, started };
    if (!options.start) {
      throwFailure(
        "worker_unavailable",
        `no worker is running for ${state.folder}: start one with "planwright run" or any other command`,
      );
    }
    const remaining = deadline - performance.now();
    const launch = await startWorker(state, {
      workerEntry: options.workerEntry,
      environment,
      timeoutMs: Math.max(remaining, 1),
    });
    if (launch.kind === "failed") throw new FailureError(launch.failure);
    if (launch.kind === "ready") {
      started = true;
    } else {
      if (performance.now() + pause > deadline) throw new FailureError(await unreachable(state, launch.pid));
      await recordChange(state, pause);
      pause = Math.min(pause * 2, 1_000);
    }
  }
}

/** Null when the record's worker is gone, so that another may be started. */
async function attach(
  record: WorkerRecord,
  options: ConnectOptions,
): Promise<{ client: Client; hello: ResultOf<"worker.hello"> } | null> {
  const timeoutMs = options.helloTimeoutMs ?? 5_000;
  const opening = await openConnection(record.port, record.token, timeoutMs);
  if (opening.kind === "gone") return null;
  if (opening.kind === "silent") throw new FailureError(hung(record, timeoutMs));
  if (opening.kind === "full") {
    throwFailure(
      "worker_busy",
      `the worker (process ${record.pid}) has too many connections: close other windows and try again`,
    );
  }
  const client = new Client(opening.connection);
  try {
    const hello = await greet(client, record, options, timeoutMs);
    if (hello === null) client.dispose();
    return hello === null ? null : { client, hello };
  } catch (error) {
    client.dispose();
    throw error;
  }
}

/** Null when the connection was closed instead of answered: the worker is about to leave, or is not ours. */
async function greet(
  client: Client,
  record: WorkerRecord,
  options: ConnectOptions,
  timeoutMs: number,
): Promise<ResultOf<"worker.hello"> | null> {
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<null>();
  const { promise: late, reject: onLate } = Promise.withResolvers<never>();
  const stopListening = client.onClose(() => {
    onClosed(null);
  });
  const timer = setTimeout(() => {
    onLate(new FailureError(hung(record, timeoutMs)));
  }, timeoutMs);
  try {
    const asked = client.call("worker.hello", {
      protocol: PROTOCOL_VERSION,
      client: options.clientName,
      version: options.version,
    });
    const hello = await Promise.race([closed, late, asked.catch((error: unknown) => lostOrFailed(error, closed))]);
    if (hello !== null && hello.protocol !== PROTOCOL_VERSION) throw new FailureError(mismatch(hello, record));
    return hello?.folder === record.folder ? hello : null;
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}

/** A call fails with `worker_unavailable` when the connection is lost; the close that follows decides. */
function lostOrFailed(error: unknown, closed: Promise<null>): Promise<null> {
  if (error instanceof FailureError && error.failure.code === "worker_unavailable") return closed;
  throw error;
}

function hung(record: WorkerRecord, timeoutMs: number): ReturnType<typeof failure> {
  return failure(
    "worker_unavailable",
    `the worker (process ${record.pid}) does not answer since ${timeoutMs / 1_000} s: end that process (${killCommand(record.pid)}) and run the command again; what it had recorded is kept`,
    { details: { pid: record.pid } },
  );
}

function mismatch(hello: ResultOf<"worker.hello">, record: WorkerRecord): ReturnType<typeof failure> {
  const act =
    hello.protocol > PROTOCOL_VERSION
      ? "update Planwright, or reload the window"
      : `wait until it has finished, or end process ${record.pid} and run the command again`;
  return failure(
    "version_mismatch",
    `the worker that runs for this folder is of another version (${hello.version}, protocol ${hello.protocol}; this program speaks ${PROTOCOL_VERSION}): ${act}`,
    { details: { pid: record.pid, protocol: hello.protocol } },
  );
}

async function unreachable(state: FolderState, pid: number | null): Promise<ReturnType<typeof failure>> {
  const who = pid !== null && (await isAlive(pid, null)) ? `process ${pid}` : "another process";
  const end = pid === null ? "end it" : `end it (${killCommand(pid)})`;
  return failure(
    "worker_unavailable",
    `${who} holds ${state.folder} but cannot be reached as its worker: wait a moment, or ${end} and run the command again`,
    pid === null ? {} : { details: { pid } },
  );
}

function killCommand(pid: number): string {
  return process.platform === "win32" ? `taskkill /F /PID ${pid}` : `kill -9 ${pid}`;
}

/** Resolves when something changes beside the record, or after the time: file watching is silent on some network folders. */
function recordChange(state: FolderState, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(state.workerDir, (_event, name) => {
      if (name === null || name === "worker.json") done();
    });
    const timer = setTimeout(done, timeoutMs);
    watcher.on("error", done);
    function done(): void {
      clearTimeout(timer);
      watcher.close();
      resolve();
    }
  });
}
