import type { Client } from "../../schemas/client.ts";
import type { Failure } from "../../schemas/failure.ts";
import type { OperationName, ParamsIn, ResultOf } from "../../schemas/operations/table.ts";
import type { SubscriptionBatch } from "../../schemas/operations/subscription.ts";
import type { WorkerRecord } from "../../schemas/worker-record.ts";
import type { WorkerConnection } from "../../worker/link/connect.ts";
import type { LanguageSocket } from "../../worker/link/language-socket.ts";
import { retryDelay } from "./backoff.ts";
import { systemClock, type LinkClock } from "./clock.ts";
import { failureIn } from "./failure-in.ts";
import { Following, type TopicIn } from "./following.ts";
import { Heartbeat } from "./heartbeat.ts";
import { isRecordThere } from "./record-there.ts";
import { resumeAfter, type Loss } from "./resume.ts";
import { Unfinished } from "./unfinished.ts";
import type { DoorOptions, WorkerDoor } from "./worker-door.ts";

export type LinkState =
  /** Nobody has asked for the worker yet, or nobody needs it any more. */
  | { readonly kind: "idle" }
  /** `waitsFor`: why it takes longer than usual, in a sentence for the person. */
  | { readonly kind: "connecting"; readonly waitsFor: string | null }
  /** `handsOver`: the worker is of an older version, finishes what runs and takes nothing new; ours follows by itself. */
  | { readonly kind: "connected"; readonly hello: ResultOf<"worker.hello">; readonly handsOver: boolean }
  /** `retryInMs`: when the link tries again by itself; null: when somebody asks. */
  | { readonly kind: "lost"; readonly failure: Failure; readonly retryInMs: number | null };

export interface FolderLinkOptions {
  readonly folder: string;
  /** The worker's program, `worker.mjs`. */
  readonly workerEntry: string;
  readonly version: string;
  /** Who this is, for the worker's status: the window. */
  readonly clientName: string;
  /** The program that runs the worker, asked at each start; undefined: the one that runs this process. */
  readonly program?: () => string | undefined;
  /** For the worker that is started, and for finding the state folder. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** How long a worker may be silent before it is ended and replaced. Default 30 s; null: for ever, as under a debugger. */
  readonly hungAfterMs?: number | null;
  readonly clock?: LinkClock;
  /** From 0 to below 1. */
  readonly chance?: () => number;
  /** Default: the real one, loaded on first use. */
  readonly openDoor?: (options: DoorOptions) => Promise<WorkerDoor>;
  /** One line for the log channel. */
  log(line: string): void;
}

const HUNG_AFTER_MS = 30_000;
/** A worker that is asked to restart stops its agents first. */
const RESTART_GRACE_MS = 25_000;
/** How long a worker that does not answer keeps a hello waiting (worker/link). */
const HELLO_MS = 5_000;
/** A connection that held this long was a good one: the next loss is followed by a try at once. */
const STABLE_MS = 10_000;
/** So often a start is tried by itself. An older worker that finishes what runs is waited for without end. */
const MAX_TRIES = 10;

interface LostWorker extends Loss {
  readonly record: WorkerRecord;
  /** It was of an older version and had been asked to make room. */
  readonly handedOver: boolean;
}

/**
 * The one connection of this window to the worker of a folder, shared by all who use it. The worker is started when somebody asks
 * for it, and never before. A worker that is lost while it is in use is replaced, and what it ran goes on; topics that are followed
 * go on from their cursors.
 */
export class FolderLink {
  readonly folder: string;
  readonly #options: FolderLinkOptions;
  readonly #clock: LinkClock;
  readonly #listeners = new Set<(state: LinkState) => void>();
  readonly #followings = new Set<Following>();
  readonly #unfinished = new Unfinished();
  readonly #gone = new AbortController();
  /** What goes on beside the calls, so that `dispose` can wait for it. */
  readonly #beside = new Set<Promise<void>>();
  #door: Promise<WorkerDoor> | null = null;
  #state: LinkState = { kind: "idle" };
  #worker: WorkerConnection | null = null;
  #heartbeat: Heartbeat | null = null;
  #attempt: Promise<Client | null> | null = null;
  #retry: { cancel(): void } | null = null;
  #tries = 0;
  #connectedAt = 0;
  #loss: LostWorker | null = null;
  /** Whether what the lost worker ran goes on, so that what is followed can be opened without meeting an end that is none. */
  #isReady = false;
  /** The loss was asked for, so nobody else is expected to replace the worker. */
  #restarting = false;

  constructor(options: FolderLinkOptions) {
    this.folder = options.folder;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get state(): LinkState {
    return this.#state;
  }

  onState(listener: (state: LinkState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Connects, and starts the worker when none runs. Throws FailureError. */
  async connect(): Promise<Client> {
    for (;;) {
      if (this.#worker !== null) return this.#worker.client;
      // An attempt under way may be one that must not start a worker; then this makes another.
      const client = await this.#try(true);
      if (client !== null) return client;
    }
  }

  /** Connects only when a worker runs already. Throws FailureError when there is one that cannot be used. */
  async attach(): Promise<Client | null> {
    if (this.#worker !== null) return this.#worker.client;
    const { openDoor, environment } = this.#options;
    // Nothing is loaded to find out that there is nobody.
    const mayRun = openDoor !== undefined || (await isRecordThere(this.folder, environment ?? process.env));
    return mayRun ? this.#try(false) : null;
  }

  /** Throws FailureError: what the worker says, or `worker_unavailable`. */
  async call<N extends OperationName>(name: N, params: ParamsIn<N>): Promise<ResultOf<N>> {
    const client = await this.connect();
    return client.call(name, params);
  }

  /**
   * Follows a topic for as long as the worker can be reached, over all reconnections: batches come in order, without gaps or
   * repeats. Does not start a worker by itself. Returns the way to stop; after a batch with `end` there is nothing to stop.
   * `onFailure` hears why it cannot be followed.
   */
  follow(
    topic: TopicIn,
    onBatch: (batch: SubscriptionBatch) => void,
    onFailure: (failure: Failure) => void = () => {},
  ): () => void {
    const following: Following = new Following(topic, {
      clock: this.#clock,
      log: this.#options.log,
      onFailure,
      onBatch: (batch) => {
        this.#heartbeat?.heard();
        this.#unfinished.note(batch);
        onBatch(batch);
      },
      onEnd: stop,
    });
    const { followings, own } = { followings: this.#followings, own: this.#own.bind(this) };
    followings.add(following);
    if (this.#worker !== null && this.#isReady) own(following.open(this.#worker.client));
    function stop(): void {
      if (followings.delete(following)) own(following.stop());
    }
    return stop;
  }

  /** Opens the worker's language server for an editor, as a connection of its own. Starts the worker. Throws FailureError. */
  async openLanguage(): Promise<LanguageSocket> {
    for (;;) {
      await this.connect();
      const record = this.#worker?.record;
      // A worker that is lost in this moment is waited for again.
      if (record) return (await import("../../worker/link/language-socket.ts")).openLanguageSocket(record);
    }
  }

  /** Ends the worker, in order if it listens, and starts another one. What it ran goes on there. Throws FailureError. */
  async restart(): Promise<Client> {
    const pid = this.#worker?.record.pid ?? (await this.attach().then(() => this.#worker?.record.pid));
    if (pid !== undefined) {
      this.#say(`ends the worker (process ${pid}), as asked`);
      this.#restarting = true;
      if (!(await (await this.#opened()).end(pid, RESTART_GRACE_MS, this.#gone.signal))) {
        this.#restarting = false;
        throw await notEnded(pid);
      }
    }
    return this.connect();
  }

  /** Lets go of the worker, which goes on. Resolves when nothing of this link is left. */
  async dispose(): Promise<void> {
    if (this.#gone.signal.aborted) return;
    this.#gone.abort();
    this.#listeners.clear();
    this.#cancelRetry();
    for (const following of this.#followings) following.lose();
    this.#followings.clear();
    const worker = this.#release();
    if (worker !== null) await disconnected(worker.client);
    await Promise.allSettled([this.#attempt, ...this.#beside]);
  }

  /** One attempt at a time, whoever asks. */
  #try(start: boolean): Promise<Client | null> {
    this.#attempt ??= this.#make(start).finally(() => {
      this.#attempt = null;
    });
    return this.#attempt;
  }

  async #make(start: boolean): Promise<Client | null> {
    const door = await this.#opened();
    if (this.#gone.signal.aborted) throw door.closed();
    this.#cancelRetry();
    try {
      const worker = await this.#reach(door, start);
      if (this.#gone.signal.aborted) {
        worker?.client.dispose();
        throw door.closed();
      }
      if (worker === null) {
        if (this.#state.kind === "lost") this.#set({ ...this.#state, retryInMs: null });
        return null;
      }
      this.#adopt(worker);
      return worker.client;
    } catch (error) {
      if (this.#gone.signal.aborted) throw door.closed();
      this.#failed(failureIn(error));
      throw error;
    }
  }

  async #reach(door: WorkerDoor, start: boolean): Promise<WorkerConnection | null> {
    const { signal } = this.#gone;
    const wait = (waitsFor: string | null): void => {
      if (waitsFor !== null) this.#say(waitsFor);
      this.#set({ kind: "connecting", waitsFor });
    };
    if (start) wait(null);
    // Who asked it to leave is the one to replace it.
    const isOurs = this.#restarting || this.#loss?.handedOver === true;
    if (start && this.#loss !== null && !isOurs) await door.awaitSuccessor(this.#loss.record, signal);
    const patience = this.#options.hungAfterMs === undefined ? HUNG_AFTER_MS : this.#options.hungAfterMs;
    for (let silentMs = 0; ;) {
      try {
        return await door.connect({ start, onWait: wait, signal });
      } catch (error) {
        const { details, message } = failureIn(error);
        const pid = details?.["pid"];
        if (details?.["hung"] !== true || typeof pid !== "number" || patience === null) throw error;
        // Each of these is told by a timer of its own, so a sleep of the machine counts as one of several at most.
        silentMs += HELLO_MS;
        wait(message);
        if (silentMs < patience) continue;
        if (!(await this.#end(door, pid, patience))) throw error;
        silentMs = 0;
      }
    }
  }

  #adopt(worker: WorkerConnection): void {
    const { client, hello, handsOver, predecessor, record } = worker;
    this.#worker = worker;
    this.#restarting = false;
    this.#connectedAt = this.#clock.monotonic();
    client.onClose(() => {
      this.#lost(worker, CLOSED);
    });
    this.#heartbeat = new Heartbeat({
      clock: this.#clock,
      hungAfterMs: this.#options.hungAfterMs === undefined ? HUNG_AFTER_MS : this.#options.hungAfterMs,
      ask: () => this.#ask(worker),
      onHung: () => {
        this.#hung(worker);
      },
    });
    this.#say(
      `${worker.started ? "started" : "found"} the worker: process ${hello.pid}, version ${hello.version}${handsOver ? ", which makes room for a newer one" : ""}`,
    );
    const before = predecessor ?? this.#loss;
    // Only the connection was lost when it is the same worker: what it ran has run on.
    const loss = before !== null && !isSame(before.record, record) ? before : null;
    this.#loss = null;
    this.#set({ kind: "connected", hello, handsOver });
    this.#own(this.#goOn(worker, loss));
  }

  /** What the lost worker ran goes on first: else what is followed of it would seem to have ended. */
  async #goOn(worker: WorkerConnection, loss: Loss | null): Promise<void> {
    if (loss !== null) {
      this.#unfinished.add(loss.unfinished);
      const isDone = await resumeAfter(loss, worker.client, (line) => {
        this.#say(line);
      });
      if (this.#worker !== worker) return;
      if (!isDone) this.#say("what the lost worker ran is taken up again with the next connection");
    }
    this.#isReady = true;
    await Promise.all([...this.#followings].map((following) => following.open(worker.client)));
  }

  /** The regular question. It also tells what runs, for the case that nobody follows it. */
  async #ask(worker: WorkerConnection): Promise<void> {
    const { running } = await worker.client.call("worker.status", {});
    if (this.#worker === worker) this.#unfinished.add(running);
  }

  #hung(worker: WorkerConnection): void {
    const { pid } = worker.record;
    const patience = this.#options.hungAfterMs ?? HUNG_AFTER_MS;
    const failure = hungFailure(pid, patience);
    this.#own(
      this.#opened().then(async (door) => {
        await this.#end(door, pid, patience);
        this.#lost(worker, failure);
        worker.client.dispose();
      }),
    );
  }

  /** Ends a worker that does not answer. */
  async #end(door: WorkerDoor, pid: number, patience: number): Promise<boolean> {
    this.#say(`ends the worker (process ${pid}): no answer for ${patience / 1_000} s`);
    const isGone = await door.end(pid, 0, this.#gone.signal);
    if (!isGone) this.#say(`the worker (process ${pid}) could not be ended`);
    return isGone;
  }

  /** The connection is gone, whatever the reason. */
  #lost(worker: WorkerConnection, failure: Failure): void {
    if (this.#worker !== worker) return;
    this.#release();
    for (const following of this.#followings) following.lose();
    const unfinished = this.#unfinished.ids;
    this.#unfinished.clear();
    this.#loss = { record: worker.record, unfinished, handedOver: worker.handsOver };
    if (this.#clock.monotonic() - this.#connectedAt >= STABLE_MS) this.#tries = 0;
    this.#say(`${failure.message} (process ${worker.record.pid})`);
    if (this.#followings.size === 0 && unfinished.length === 0) this.#set({ kind: "idle" });
    else this.#failed(failure);
  }

  #release(): WorkerConnection | null {
    const worker = this.#worker;
    this.#worker = null;
    this.#isReady = false;
    this.#heartbeat?.stop();
    this.#heartbeat = null;
    return worker;
  }

  /** Says so, and tries again by itself when there is something to come back to and it can help. */
  #failed(failure: Failure): void {
    const waits = failure.code === "worker_busy";
    const isOver = isLasting(failure) || (!waits && this.#tries >= MAX_TRIES);
    const retryInMs =
      (this.#loss === null && !waits) || isOver
        ? null
        : retryDelay(this.#tries, this.#options.chance?.() ?? Math.random());
    if (retryInMs !== null) {
      this.#tries += 1;
      this.#retry = this.#clock.after(retryInMs, () => {
        this.#retry = null;
        // Its failure is the state already.
        this.#own(this.#try(true).then(ignore, ignore));
      });
    } else {
      this.#tries = 0;
    }
    if (failure !== CLOSED)
      this.#say(`${failure.message}${retryInMs === null ? "" : `; next try in ${Math.round(retryInMs / 1_000)} s`}`);
    this.#set({ kind: "lost", failure, retryInMs });
  }

  #cancelRetry(): void {
    this.#retry?.cancel();
    this.#retry = null;
  }

  #opened(): Promise<WorkerDoor> {
    const { folder, workerEntry, version, clientName, environment, program, openDoor } = this.#options;
    this.#door ??= (openDoor ?? realDoor)({
      ...{ folder, workerEntry, version, clientName },
      environment: environment ?? process.env,
      program: program ?? (() => undefined),
    });
    return this.#door;
  }

  #own(work: Promise<void>): void {
    const owned = work
      .catch((error: unknown) => {
        if (!this.#gone.signal.aborted) this.#say(`a mistake of ours: ${String(error)}`);
      })
      .finally(() => this.#beside.delete(owned));
    this.#beside.add(owned);
  }

  #set(state: LinkState): void {
    this.#state = state;
    for (const listener of this.#listeners) {
      try {
        listener(state);
      } catch (error) {
        this.#say(`a listener to the worker's state failed: ${String(error)}`);
      }
    }
  }

  #say(line: string): void {
    this.#options.log(line.replaceAll(/\s*\n\s*/g, " "));
  }
}

/** Everything that is heavy comes with it: the protocol, the check of data, the socket. */
async function realDoor(options: DoorOptions): Promise<WorkerDoor> {
  return (await import("./worker-door.ts")).workerDoor(options);
}

const CLOSED: Failure = {
  code: "worker_unavailable",
  message: "the worker was lost: it is started again by itself, and what it ran goes on",
  retryable: true,
};

function hungFailure(pid: number, patience: number): Failure {
  const message = `the worker (process ${pid}) did not answer for ${patience / 1_000} s and was ended: it is started again by itself, and what it ran goes on`;
  return { code: "worker_unavailable", message, retryable: true };
}

/** Said to the person who asked for it. The class comes with the check of data, which nobody loads to activate. */
async function notEnded(pid: number): Promise<Error> {
  const { failure, FailureError } = await import("../../schemas/failure.ts");
  const message = `the worker (process ${pid}) could not be ended: end that process yourself, and another worker is started`;
  return new FailureError(failure("worker_unavailable", message, { details: { pid } }));
}

/** Trying again does not help before somebody has changed something. */
function isLasting({ code, details }: Failure): boolean {
  return LASTING.has(code) || details?.["lasting"] === true;
}

const LASTING: ReadonlySet<Failure["code"]> = new Set([
  ...(["bad_request", "not_found", "unreadable", "version_mismatch", "internal"] as const),
  ...(["database_damaged", "database_newer", "database_foreign", "database_unsupported"] as const),
]);

function isSame(left: WorkerRecord, right: WorkerRecord): boolean {
  return left.pid === right.pid && left.startedAt === right.startedAt;
}

/** Closes the connection and resolves when its socket is gone. */
function disconnected(client: Client): Promise<void> {
  return new Promise((resolve) => {
    client.onClose(resolve);
    client.dispose();
  });
}

function ignore(): void {}
