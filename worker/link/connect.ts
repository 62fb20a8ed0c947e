import { existsSync, watch, type FSWatcher } from "node:fs";
import type { Client } from "../../schemas/client.ts";
import { failure, FailureError, throwFailure, type Failure } from "../../schemas/failure.ts";
import { PROTOCOL_VERSION } from "../../schemas/operations/worker.ts";
import type { ResultOf } from "../../schemas/operations/table.ts";
import type { WorkerRecord } from "../../schemas/worker-record.ts";
import { findWorker } from "./find.ts";
import { greetWorker, killCommand } from "./greet.ts";
import { drainWorker, newerWorker, stillAtWork, type Predecessor } from "./hand-over.ts";
import { isAlive } from "./process-identity.ts";
import { startWorker } from "./start.ts";
import { openFolderState, realFolder } from "./state-folder.ts";
import { folderState, recordPath, stateFolderPath, type FolderState } from "./state-places.ts";
import { isOlder } from "./versions.ts";

export interface ConnectOptions {
  /** Whether a worker may be started when none runs. */
  readonly start: boolean;
  /** The worker's program: `worker.mjs` beside the client, or `worker/main.ts`. */
  readonly workerEntry: string;
  /** The program that runs it. Default: the one that runs this process. */
  readonly program?: string;
  /** Who asks, for the worker's status and log. */
  readonly clientName: string;
  readonly version: string;
  /** For the worker that is started, and for finding the state folder. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** How long everything may take together, in milliseconds, without the hand-over. Default 10 s. */
  readonly timeoutMs?: number;
  /** How long a worker may take to answer hello, in milliseconds. Default 5 s. */
  readonly helloTimeoutMs?: number;
  /**
   * What becomes of a worker of an older version that speaks our protocol. `use` (default): nothing. `replace`: it is drained. One
   * that speaks an older protocol is drained in any case.
   */
  readonly olderWorker?: "use" | "replace" | undefined;
  /** How long to wait for a worker that was drained, in milliseconds. Default 3 s. */
  readonly handOverMs?: number;
  /** Told what it waits for, in a sentence for the person. */
  onWait?(message: string): void;
  /** Gives up, with the signal's reason. A worker that is starting goes on. */
  readonly signal?: AbortSignal;
}

export interface WorkerConnection {
  readonly client: Client;
  readonly hello: ResultOf<"worker.hello">;
  /** Whether this call started the worker. */
  readonly started: boolean;
  /** The record by which it was found. */
  readonly record: WorkerRecord;
  /** It is of an older version, finishes what runs and takes nothing new. The next connection gets a worker of this version. */
  readonly handsOver: boolean;
  /** The older worker that made room during this call. */
  readonly predecessor: Predecessor | null;
}

/**
 * Connects to the worker of a folder and starts it when none runs. When several clients start one at the same time, the owner
 * lock decides, and all of them attach to the winner.
 *
 * Throws FailureError: `worker_unavailable` (none runs and none may be started, the start failed, or a worker hangs, then with
 * `details.hung`), `version_mismatch`, `worker_busy` (too many connections, or an older worker that still finishes what runs),
 * `not_found` for the folder, and what the worker says of its own start.
 */
export async function connectWorker(folder: string, options: ConnectOptions): Promise<WorkerConnection> {
  const environment = options.environment ?? process.env;
  const signal = options.signal ?? new AbortController().signal;
  const state = await openFolderState(folder, environment);
  let deadline = performance.now() + (options.timeoutMs ?? 10_000);
  let started = false;
  let predecessor: Predecessor | null = null;
  let pause = 50;
  for (;;) {
    const record = await findWorker(state);
    // Once is enough: a worker that this call has started is the one that belongs to it, whatever it says of its version.
    const olderWorker: ConnectOptions["olderWorker"] = started || predecessor !== null ? "use" : options.olderWorker;
    const attached: Attached | null =
      record === null ? null : await attach(record, { ...options, olderWorker }, signal);
    if (attached?.kind === "attached") return { ...attached.connection, started, predecessor };
    if (attached?.kind === "left") {
      ({ predecessor } = attached);
      // Waiting for it is no part of the time that a start may take.
      deadline = performance.now() + (options.timeoutMs ?? 10_000);
    }
    if (!options.start) {
      throwFailure(
        "worker_unavailable",
        `no worker is running for ${state.folder}: start one with "planwright run" or any other command`,
      );
    }
    const remaining = deadline - performance.now();
    const launch = await startWorker(state, {
      workerEntry: options.workerEntry,
      program: options.program,
      environment,
      timeoutMs: Math.max(remaining, 1),
      signal,
    });
    signal.throwIfAborted();
    if (launch.kind === "failed") throw new FailureError(launch.failure);
    if (launch.kind === "ready") {
      started = true;
    } else {
      if (performance.now() + pause > deadline) throw new FailureError(await unreachable(state, launch.pid));
      await recordChange(state, pause);
      signal.throwIfAborted();
      pause = Math.min(pause * 2, 1_000);
    }
  }
}

/**
 * As `connectWorker`, but never starts a worker and writes nothing: null when none runs. One of an older version is used when it
 * speaks our protocol, and drained; null, too, when it has left thereupon with nothing unfinished.
 */
export async function attachWorker(
  folder: string,
  options: Omit<ConnectOptions, "start">,
): Promise<WorkerConnection | null> {
  const environment = options.environment ?? process.env;
  const signal = options.signal ?? new AbortController().signal;
  const state = folderState(stateFolderPath(environment), await realFolder(folder));
  if (!existsSync(recordPath(state))) return null;
  // From here on the same rules hold for whose folder it is, whichever way led here.
  const record = await findWorker(await openFolderState(folder, environment));
  const attached = record === null ? null : await attach(record, options, signal);
  if (attached === null) return null;
  if (attached.kind === "attached") return { ...attached.connection, started: false, predecessor: null };
  const { predecessor } = attached;
  if (predecessor.unfinished.length === 0) return null;
  return { ...(await connectWorker(folder, { ...options, start: true })), predecessor };
}

type Attached =
  | { readonly kind: "attached"; readonly connection: Omit<WorkerConnection, "started" | "predecessor"> }
  /** It was of an older version and has made room. */
  | { readonly kind: "left"; readonly predecessor: Predecessor };

/** Null when the record's worker is gone, so that another may be started. */
async function attach(
  record: WorkerRecord,
  options: Omit<ConnectOptions, "start">,
  signal: AbortSignal,
): Promise<Attached | null> {
  const helloTimeoutMs = options.helloTimeoutMs ?? 5_000;
  const greeted = await greetWorker(record, { ...options, helloTimeoutMs, signal });
  if (greeted === null) return null;
  const { client, hello } = greeted;
  const { protocol } = hello;
  try {
    if (protocol > PROTOCOL_VERSION) throw new FailureError(newerWorker(greeted, record));
    const isReplaced = options.olderWorker === "replace" && isOlder(hello.version, options.version);
    if (protocol === PROTOCOL_VERSION && !isReplaced)
      return { kind: "attached", connection: { client, hello, record, handsOver: false } };
    const { left, predecessor } = await drainWorker(greeted, record, {
      timeoutMs: options.handOverMs ?? 3_000,
      signal,
      onWait: options.onWait ?? (() => {}),
    });
    if (!left && protocol === PROTOCOL_VERSION)
      return { kind: "attached", connection: { client, hello, record, handsOver: true } };
    if (!left) throw new FailureError(stillAtWork(greeted, record));
    client.dispose();
    return { kind: "left", predecessor };
  } catch (error) {
    client.dispose();
    throw error;
  }
}

async function unreachable(state: FolderState, pid: number | null): Promise<Failure> {
  const who = pid !== null && (await isAlive(pid, null)) ? `process ${pid}` : "another process";
  const end = pid === null ? "end it" : `end it (${killCommand(pid)})`;
  return failure(
    "worker_unavailable",
    `${who} holds ${state.folder} but cannot be reached as its worker: wait a moment, or ${end} and run the command again`,
    pid === null ? {} : { details: { pid } },
  );
}

/** Resolves when something changes beside the record, or after the time: file watching is silent on some network folders. */
function recordChange(state: FolderState, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, timeoutMs);
    const watcher = watched(state.workerDir, (name) => {
      if (name === null || name === "worker.json") done();
    });
    watcher?.on("error", done);
    function done(): void {
      clearTimeout(timer);
      watcher?.close();
      resolve();
    }
  });
}

/** Null where the system watches as many files as it may: the time passes without. */
function watched(folder: string, onChange: (name: string | null) => void): FSWatcher | null {
  try {
    return watch(folder, (_event, name) => {
      onChange(name);
    });
  } catch {
    return null;
  }
}
