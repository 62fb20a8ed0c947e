import type { ExecutionEvent } from "../../schemas/event.ts";
import { FailureError } from "../../schemas/failure.ts";
import type { Clock, Journal } from "./ports.ts";

const FULL_DISK_RETRY_MS = 1_000;

export interface DurableQueueOptions {
  readonly executionId: string;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Called with events once they are durable, in order: now they may be acted upon. Must not throw. */
  readonly onDurable: (events: readonly ExecutionEvent[]) => void;
  /** Called when everything that was pushed is stored. */
  readonly onDrained: () => void;
  /** The record cannot be written for the moment, or (null) can again after so many milliseconds. Must not throw. */
  readonly onStalled: (reason: FailureError | null, lasted: number) => void;
  /** The record is lost for good. Must not reject. */
  readonly onLost: (reason: unknown) => Promise<void>;
}

/** Someone who may be told only what is stored. */
interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Has the events of one execution stored, in order and one batch at a time, so that what comes together shares a commit. While the
 * disk is full it tries again and again, and nothing that is not stored is told to anyone.
 */
export class DurableQueue {
  readonly #options: DurableQueueOptions;
  readonly #waiters: Waiter[] = [];
  #queue: ExecutionEvent[] = [];
  #storedSeq = 0;
  #writing: Promise<void> | null = null;
  #stall: { readonly since: number; readonly reason: FailureError; readonly tryNow: () => void } | null = null;
  #closed: { readonly reason: unknown } | null = null;

  constructor(options: DurableQueueOptions) {
    this.#options = options;
  }

  /** Sequence number of the last event that is stored. */
  get storedSeq(): number {
    return this.#storedSeq;
  }

  /** The monotonic clock's reading when the record could no longer be written; null while it can. */
  get stalledSince(): number | null {
    return this.#stall?.since ?? null;
  }

  get isWriting(): boolean {
    return this.#writing !== null;
  }

  /** What is recorded already; before the first `push`. */
  startAfter(seq: number): void {
    this.#storedSeq = seq;
  }

  /** Stores the first event of all. Rejects when that cannot be done now: then there is no execution. */
  async begin(first: ExecutionEvent): Promise<void> {
    const write = this.#options.journal.append(this.#options.executionId, [first]);
    // What is pushed meanwhile, such as an early cancel, waits for its turn.
    this.#writing = write.catch(() => undefined);
    try {
      await write;
    } finally {
      this.#writing = null;
    }
    this.#acknowledge([first]);
    this.flush();
  }

  push(events: readonly ExecutionEvent[]): void {
    this.#queue.push(...events);
  }

  /** Resolves when the event with this number is stored. Rejects with FailureError while the record cannot be written, and for good when it is lost. */
  async stored(seq: number): Promise<void> {
    if (seq <= this.#storedSeq) return;
    if (this.#closed) throw this.#closed.reason;
    if (this.#stall) throw this.#stall.reason;
    await new Promise<void>((resolve, reject) => this.#waiters.push({ seq, resolve, reject }));
  }

  /** Stores nothing more; what is under way comes to its end. */
  close(reason: unknown): void {
    this.#closed ??= { reason };
    this.#refuseWaiters(reason);
    this.#stall?.tryNow();
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  /** Begins to store what was pushed, unless that is under way already. */
  flush(): void {
    if (this.#writing || this.#closed || this.#queue.length === 0) return;
    this.#writing = this.#write()
      .catch((error: unknown) => this.#options.onLost(error))
      .then(() => {
        this.#writing = null;
        this.flush();
        if (!this.#writing) this.#options.onDrained();
      });
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0 && !this.#closed) {
      const batch = this.#queue;
      this.#queue = [];
      if (!(await this.#store(batch))) return;
      this.#acknowledge(batch);
    }
  }

  /** False: the queue was closed before the events could be stored. Rejects when they never can be. */
  async #store(batch: readonly ExecutionEvent[]): Promise<boolean> {
    while (!this.#closed) {
      try {
        await this.#options.journal.append(this.#options.executionId, batch);
        this.#resume();
        return true;
      } catch (error) {
        if (!(error instanceof FailureError) || error.failure.code !== "database_full") throw error;
        await this.#stallOn(error);
      }
    }
    return false;
  }

  /** Resolves when it is time to try again. */
  async #stallOn(reason: FailureError): Promise<void> {
    const isNew = this.#stall === null;
    const since = this.#stall?.since ?? this.#options.clock.monotonic();
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.after(FULL_DISK_RETRY_MS, resolve);
      const tryNow = (): void => {
        timer.cancel();
        resolve();
      };
      this.#stall = { since, reason, tryNow };
      if (!isNew) return;
      this.#refuseWaiters(reason);
      this.#options.onStalled(reason, 0);
    });
  }

  #resume(): void {
    if (!this.#stall) return;
    const lasted = this.#options.clock.monotonic() - this.#stall.since;
    this.#stall = null;
    this.#options.onStalled(null, lasted);
  }

  #acknowledge(batch: readonly ExecutionEvent[]): void {
    this.#storedSeq = batch.at(-1)?.seq ?? this.#storedSeq;
    this.#options.onDurable(batch);
    while (this.#waiters[0] && this.#waiters[0].seq <= this.#storedSeq) this.#waiters.shift()?.resolve();
  }

  #refuseWaiters(reason: unknown): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(reason);
  }
}
