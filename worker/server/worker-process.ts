import { randomBytes } from "node:crypto";
import { flushCompileCache } from "node:module";
import path from "node:path";
import { parseArgs } from "node:util";
import { failure, FailureError, type Failure } from "../../schemas/failure.ts";
import type { WorkerRecord } from "../../schemas/worker-record.ts";
import { PROTOCOL_VERSION } from "../../schemas/operations/worker.ts";
import { processStart } from "../link/process-identity.ts";
import { openFolderState } from "../link/state-folder.ts";
import type { FolderState } from "../link/state-places.ts";
import { removeWorkerRecord, writeWorkerRecord } from "../link/worker-record.ts";
import type { Clock } from "../run/ports.ts";
import { Announcer } from "./announcer.ts";
import type { Domain, OwnerLock } from "./handlers.ts";
import { CommandDesk } from "./idempotent.ts";
import { serveEditor } from "./editor-socket.ts";
import { Lifetime, type LeaveReason } from "./lifetime.ts";
import { listen, type Listener } from "./listen.ts";
import { serveConnection, type Service } from "./rpc.ts";
import { openWorkerLog, type WorkerLog } from "./worker-log.ts";

/** What the domain may use of the worker that it lives in. */
export interface WorkerContext<Owner extends OwnerLock> {
  readonly state: FolderState;
  readonly owner: Owner;
  readonly clock: Clock;
  readonly log: WorkerLog;
  /** Leave now, in order: the record was lost to another owner. */
  leave(reason: LeaveReason): void;
}

export interface WorkerParts<Owner extends OwnerLock> {
  readonly version: string;
  readonly clock: Clock;
  /** Decides who is the worker of the folder. Rejects with FailureError `worker_busy`, whose `details.pid` is the owner's. */
  acquireOwner(folder: string, stateDir: string): Promise<Owner>;
  /** Called when the first operation needs it; again with the next one when it failed. Import what is heavy in here. */
  openDomain(context: WorkerContext<Owner>): Promise<Domain>;
}

/** Exit codes that tell a person who started a worker by hand what happened; clients read the announcement. */
const EXIT = { left: 0, usage: 2, bug: 70, owned: 75, failed: 1 } as const;

/** Longer than the grace period of agents that are stopped. */
const CLOSE_MS = 20_000;

/**
 * The life of the worker process, from its arguments (`--folder DIR [--ready-fd N]`) to its exit code. The caller exits the
 * process with it. Never rejects.
 */
export async function runWorker<Owner extends OwnerLock>(
  parts: WorkerParts<Owner>,
  argv: readonly string[] = process.argv.slice(2),
): Promise<number> {
  let announcer = new Announcer(null);
  try {
    const { folder, readyFd } = parseArguments(argv);
    announcer = new Announcer(readyFd);
    const state = await openFolderState(folder);
    const owner = await parts.acquireOwner(state.folder, state.workerDir);
    return await serveUntilLeft(parts, state, owner, announcer);
  } catch (error) {
    const reason = failureOf(error);
    const pid = reason.details?.["pid"];
    if (reason.code === "worker_busy") announcer.announce({ kind: "owned", pid: typeof pid === "number" ? pid : null });
    else announcer.announce({ kind: "failed", failure: reason });
    process.stderr.write(`${error instanceof FailureError ? reason.message : String(stackOf(error))}\n`);
    return reason.code === "worker_busy" ? EXIT.owned : reason.code === "bad_request" ? EXIT.usage : EXIT.failed;
  }
}

async function serveUntilLeft<Owner extends OwnerLock>(
  parts: WorkerParts<Owner>,
  state: FolderState,
  owner: Owner,
  announcer: Announcer,
): Promise<number> {
  let listener: Listener | null = null;
  const log = openWorkerLog(path.join(state.workerDir, "worker.log"), () => parts.clock.wall());
  const left = Promise.withResolvers<LeaveReason>();
  const leave = (reason: LeaveReason): void => {
    lifetime.leave(reason);
  };
  const domain = new LazyDomain(async () => {
    const opened = await parts.openDomain({ state, owner, clock: parts.clock, log, leave });
    if (lifetime.draining) opened.drain();
    return opened;
  });
  const lifetime: Lifetime = new Lifetime({
    clock: parts.clock,
    clients: () => listener?.clients() ?? 0,
    busy: () => domain.opened?.busy() ?? domain.opening,
    leave: left.resolve,
  });
  domain.onChange = () => {
    lifetime.changed();
  };
  const token = randomBytes(32).toString("base64url");
  const service = serviceOf(parts, state, owner, { domain, lifetime, log, clients: () => listener?.clients() ?? 0 });
  const stopWatching = watchProcess(leave, log, owner.lost);
  let record: WorkerRecord | null = null;
  try {
    listener = await listen({
      token,
      clock: parts.clock,
      onConnection: (socket, audience, door) => {
        if (door === "lsp") serveEditor(socket, service);
        else serveConnection(socket, service, audience);
      },
      onClientsChange: () => {
        lifetime.changed();
      },
    });
    record = await recordOf(parts, state, owner, listener.port, token);
    await writeWorkerRecord(state, record);
    announcer.announce({ kind: "ready", port: listener.port, epoch: owner.epoch });
    lifetime.changed();
    log.note(`serves ${state.folder} on port ${listener.port}, epoch ${owner.epoch}`);
    const reason = await left.promise;
    log.note(`leaves: ${reason}`);
    return reason === "bug" ? EXIT.bug : EXIT.left;
  } finally {
    // In this order: nobody finds this worker any more, nobody is served any more, what runs is stopped, and only then may
    // another worker own the folder.
    if (record !== null) await attempt(log, "removing the record", removeWorkerRecord(state, record));
    if (listener !== null) await attempt(log, "closing the listener", listener.close());
    await attempt(log, "closing the domain", withDeadline(domain.close(), parts.clock));
    await attempt(log, "releasing the folder", owner.release());
    stopWatching();
  }
}

function serviceOf<Owner extends OwnerLock>(
  parts: WorkerParts<Owner>,
  state: FolderState,
  owner: Owner,
  rooms: { domain: LazyDomain; lifetime: Lifetime; log: WorkerLog; clients: () => number },
): Service {
  const { domain, lifetime, log, clients } = rooms;
  const startedAt = parts.clock.monotonic();
  const running = (): string[] => [...(domain.opened?.running() ?? [])];
  const who = { version: parts.version, pid: process.pid, folder: state.folder };
  return {
    domain: () => domain.get(),
    desk: new CommandDesk(async () => (await domain.get()).commands),
    clock: parts.clock,
    // The fencing number can rise when the workspace is first written to.
    get identity() {
      return { ...who, epoch: owner.epoch };
    },
    status: () => ({
      ...who,
      uptime: Math.round(parts.clock.monotonic() - startedAt),
      clients: clients(),
      running: running(),
      draining: lifetime.draining,
    }),
    greeted: new Map(),
    draining: () => lifetime.draining,
    drain: () => {
      domain.opened?.drain();
      lifetime.drain();
      return { running: running().length };
    },
    onBug: (what, error) => {
      log.bug(what, error);
    },
  };
}

async function recordOf<Owner extends OwnerLock>(
  parts: WorkerParts<Owner>,
  state: FolderState,
  owner: Owner,
  port: number,
  token: string,
): Promise<WorkerRecord> {
  return {
    pid: process.pid,
    processStart: await processStart(process.pid),
    port,
    token,
    protocol: PROTOCOL_VERSION,
    version: parts.version,
    folder: state.folder,
    epoch: owner.epoch,
    startedAt: parts.clock.wall().toISOString(),
  };
}

/** Opens the domain once, on demand. */
class LazyDomain {
  onChange: () => void = () => {};
  readonly #open: () => Promise<Domain>;
  #promise: Promise<Domain> | null = null;
  #opened: Domain | null = null;
  #stopListening: () => void = () => {};

  constructor(open: () => Promise<Domain>) {
    this.#open = open;
  }

  get opened(): Domain | null {
    return this.#opened;
  }

  get opening(): boolean {
    return this.#promise !== null && this.#opened === null;
  }

  get(): Promise<Domain> {
    this.#promise ??= this.#start();
    return this.#promise;
  }

  async #start(): Promise<Domain> {
    try {
      const domain = await this.#open();
      this.#opened = domain;
      this.#stopListening = domain.onBusyChange(() => {
        this.onChange();
      });
      // A worker that is killed later has kept what it compiled.
      setImmediate(flushCompileCache);
      return domain;
    } catch (error) {
      this.#promise = null;
      throw error;
    } finally {
      this.onChange();
    }
  }

  async close(): Promise<void> {
    const domain = await this.#promise?.catch(() => null);
    this.#stopListening();
    await domain?.close();
  }
}

/** SIGHUP is the end of a terminal, which is no reason to stop what a person started (semantics, exit codes). */
function watchProcess(leave: (reason: LeaveReason) => void, log: WorkerLog, lost: AbortSignal | undefined): () => void {
  const onSignal = (): void => {
    leave("signal");
  };
  const onHangup = (): void => {};
  const onLost = (): void => {
    leave("lost");
  };
  const onBug = (error: unknown): void => {
    log.bug("not caught anywhere", error);
    leave("bug");
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  process.on("SIGHUP", onHangup);
  process.on("uncaughtException", onBug);
  process.on("unhandledRejection", onBug);
  lost?.addEventListener("abort", onLost);
  return () => {
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
    process.off("SIGHUP", onHangup);
    process.off("uncaughtException", onBug);
    process.off("unhandledRejection", onBug);
    lost?.removeEventListener("abort", onLost);
  };
}

/** What hangs at the end must not keep the folder from the next worker for ever. */
async function withDeadline(done: Promise<void>, clock: Clock): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = clock.after(CLOSE_MS, () => {
    late.reject(new Error(`not done after ${CLOSE_MS / 1_000} s`));
  });
  try {
    await Promise.race([done, late.promise]);
  } finally {
    timer.cancel();
  }
}

async function attempt(log: WorkerLog, what: string, done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    log.bug(what, error);
  }
}

function parseArguments(argv: readonly string[]): { folder: string; readyFd: number | null } {
  const options = { folder: { type: "string" }, "ready-fd": { type: "string" } } as const;
  const { values } = parseArgs({ args: [...argv], options, strict: false });
  const { folder, "ready-fd": descriptor } = values;
  if (typeof folder !== "string") {
    throw new FailureError(failure("bad_request", "usage: worker --folder DIR; clients start it by themselves"));
  }
  const readyFd = typeof descriptor === "string" && /^\d{1,4}$/.test(descriptor) ? Number(descriptor) : null;
  return { folder, readyFd };
}

function failureOf(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  const text = error instanceof Error ? error.message : String(error);
  return failure("internal", `the worker could not start: ${text}`);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
