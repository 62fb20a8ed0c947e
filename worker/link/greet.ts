import { Client } from "../../schemas/client.ts";
import { failure, FailureError, throwFailure, type Failure } from "../../schemas/failure.ts";
import { PROTOCOL_VERSION } from "../../schemas/operations/worker.ts";
import type { ResultOf } from "../../schemas/operations/table.ts";
import type { WorkerRecord } from "../../schemas/worker-record.ts";
import { openConnection } from "./socket-connection.ts";

export interface GreetOptions {
  /** Who asks, for the worker's status and log. */
  readonly clientName: string;
  readonly version: string;
  /** How long a worker may take to answer hello, in milliseconds. */
  readonly helloTimeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Greeted {
  readonly client: Client;
  readonly hello: ResultOf<"worker.hello">;
}

/**
 * Connects to the worker of a record and says hello. Null when it is gone, so that another may be started. A worker that speaks
 * another protocol has answered too: what follows from that is the caller's to decide.
 *
 * Throws FailureError: `worker_unavailable` with `details.hung` when something accepts the connection and does not answer,
 * `worker_busy` when it has too many connections. Throws the signal's reason when that is aborted.
 */
export async function greetWorker(record: WorkerRecord, options: GreetOptions): Promise<Greeted | null> {
  const opening = await openConnection(record.port, record.token, options.helloTimeoutMs, options.signal);
  if (opening.kind === "open") {
    const client = new Client(opening.connection);
    try {
      const hello = await greet(client, record, options);
      if (hello !== null) return { client, hello };
    } catch (error) {
      client.dispose();
      throw error;
    }
    client.dispose();
  }
  options.signal.throwIfAborted();
  if (opening.kind === "silent") throw new FailureError(hung(record, options.helloTimeoutMs));
  if (opening.kind === "full") {
    throwFailure(
      "worker_busy",
      `the worker (process ${record.pid}) has too many connections: close other windows and try again`,
    );
  }
  return null;
}

/** Null when the connection was closed instead of answered: the worker is about to leave, or is not ours. */
async function greet(
  client: Client,
  record: WorkerRecord,
  { clientName, version, helloTimeoutMs, signal }: GreetOptions,
): Promise<ResultOf<"worker.hello"> | null> {
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<null>();
  const { promise: late, reject: onLate } = Promise.withResolvers<never>();
  const end = (): void => {
    onClosed(null);
  };
  const stopListening = client.onClose(end);
  signal.addEventListener("abort", end);
  const timer = setTimeout(() => {
    onLate(new FailureError(hung(record, helloTimeoutMs)));
  }, helloTimeoutMs);
  try {
    const asked = client.call("worker.hello", { protocol: PROTOCOL_VERSION, client: clientName, version });
    const hello = await Promise.race([closed, late, asked.catch((error: unknown) => lostOrFailed(error, closed))]);
    // What a newer worker says is not for us to judge.
    if (hello !== null && hello.protocol > PROTOCOL_VERSION) return hello;
    return hello?.folder === record.folder ? hello : null;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    stopListening();
  }
}

/** A call fails with `worker_unavailable` when the connection is lost; the close that follows decides. */
function lostOrFailed(error: unknown, closed: Promise<null>): Promise<null> {
  if (error instanceof FailureError && error.failure.code === "worker_unavailable") return closed;
  throw error;
}

function hung(record: WorkerRecord, timeoutMs: number): Failure {
  return failure(
    "worker_unavailable",
    `the worker (process ${record.pid}) does not answer since ${timeoutMs / 1_000} s: end that process (${killCommand(record.pid)}) and run the command again; what it had recorded is kept`,
    { details: { pid: record.pid, hung: true } },
  );
}

/** How a person ends a process that does not listen to anything else. */
export function killCommand(pid: number): string {
  return process.platform === "win32" ? `taskkill /F /PID ${pid}` : `kill -9 ${pid}`;
}
