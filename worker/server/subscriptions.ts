import { randomUUID } from "node:crypto";
import { throwFailure } from "../../schemas/failure.ts";
import type { SubscriptionBatch, Topic } from "../../schemas/operations/subscription.ts";
import type { Clock } from "../run/ports.ts";

type BatchOf<K extends Topic["kind"]> = Omit<Extract<SubscriptionBatch, { kind: K }>, "subscriptionId">;
export type ExecutionBatch = BatchOf<"execution">;
export type LogBatch = BatchOf<"log">;
export type WorkspaceBatch = BatchOf<"workspace">;
export type ModelsBatch = BatchOf<"models">;
type Batch = ExecutionBatch | LogBatch | WorkspaceBatch | ModelsBatch | BatchOf<"agents">;
export type ExecutionTopic = Extract<Topic, { kind: "execution" }>;
export type LogTopic = Extract<Topic, { kind: "log" }>;

/** What was found behind a cursor. */
export interface Found<Cursor> {
  /** `batch.end`: nothing will ever come after this batch. */
  readonly batch: Batch;
  /** The cursor behind what was read; it may move without items, when a filter took none. */
  readonly after: Cursor;
  /** Another read would find something at once. */
  readonly more: boolean;
  /** False: the batch tells nothing, so that it is not worth sending. */
  readonly isNews: boolean;
}

/**
 * Something that can be followed, read from the record itself, so that a follower costs little memory between its batches. Each
 * follower has its own.
 */
export interface TopicSource<Cursor> {
  /** Where this follower begins. */
  readonly from: Cursor;
  /** Between two batches, in milliseconds; changes that come faster are sent together. */
  readonly interval: number;
  /** Whether there is the same time before a batch that is there at once; else what is behind catches up without a pause. */
  readonly isPaced: boolean;
  /**
   * The next items after the cursor, at most `limit` and better no more than about a mebibyte. A rejection ends the connection, and
   * the client comes back.
   */
  read(after: Cursor, limit: number): Promise<Found<Cursor>>;
  /** Calls back whenever a read may find something new. Returns the way to stop. */
  onChange(listener: () => void): () => void;
}

export type ExecutionSource = TopicSource<number>;
export type LogSource = TopicSource<string>;
export type WorkspaceSource = TopicSource<null>;
export type AgentsSource = TopicSource<number>;
export type ModelsSource = TopicSource<null>;

/** What can be followed here. They reject with FailureError (`not_found`) for what does not exist. */
export interface Topics {
  execution(topic: ExecutionTopic): Promise<ExecutionSource>;
  log(topic: LogTopic): Promise<LogSource>;
  workspace(): Promise<WorkspaceSource>;
  agents(topic: Extract<Topic, { kind: "agents" }>): Promise<AgentsSource>;
  models(): Promise<ModelsSource>;
}

/** At most 20 batches a second, the first at once. */
export const USUAL_INTERVAL_MS = 50;

/** Items a batch; a log entry has at most 64 KiB, so that a batch stays below a client's frame limit. */
const BATCH_ITEMS = 250;
const MAX_SUBSCRIPTIONS = 64;

export interface SubscriptionPorts {
  readonly topics: () => Promise<Topics>;
  readonly clock: Pick<Clock, "monotonic" | "after">;
  /** Resolves when the client's socket has taken the batch. Until then nothing more is read for this subscription. */
  send(batch: SubscriptionBatch): Promise<void>;
  /** A source broke. The connection has to end, because the client would wait for ever otherwise. */
  onBroken(error: unknown): void;
}

/** The subscriptions of one connection. */
export class Subscriptions {
  readonly #ports: SubscriptionPorts;
  readonly #open = new Map<string, AbortController>();
  #closed = false;

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports;
  }

  async open(topic: Topic): Promise<{ subscriptionId: string }> {
    if (this.#open.size >= MAX_SUBSCRIPTIONS) {
      // Not for good: the place of one that is closed is free.
      throwFailure("worker_busy", `this connection follows ${MAX_SUBSCRIPTIONS} topics already: close one first`, {
        retryable: true,
      });
    }
    const subscriptionId = randomUUID();
    const stop = new AbortController();
    // Counted before the source is there, so that many calls at once cannot pass the limit.
    this.#open.set(subscriptionId, stop);
    try {
      const pump = await this.#pump(topic, subscriptionId, stop.signal);
      if (this.#closed) stop.abort();
      this.#own(subscriptionId, pump);
    } catch (error) {
      this.#open.delete(subscriptionId);
      throw error;
    }
    return { subscriptionId };
  }

  /** Closing what is not open, or no longer, is no mistake: the end may have crossed the call. */
  close(subscriptionId: string): void {
    this.#open.get(subscriptionId)?.abort();
    this.#open.delete(subscriptionId);
  }

  closeAll(): void {
    this.#closed = true;
    for (const id of [...this.#open.keys()]) this.close(id);
  }

  async #pump(topic: Topic, subscriptionId: string, signal: AbortSignal): Promise<() => Promise<void>> {
    const { clock, send } = this.#ports;
    const topics = await this.#ports.topics();
    const deliver = (batch: Batch): Promise<void> => send({ ...batch, subscriptionId });
    const following = { deliver, clock, signal };
    switch (topic.kind) {
      case "execution": {
        const source = await topics.execution(topic);
        return () => follow(source, following);
      }
      case "log": {
        const source = await topics.log(topic);
        return () => follow(source, following);
      }
      case "agents": {
        const source = await topics.agents(topic);
        return () => follow(source, following);
      }
      case "models": {
        const source = await topics.models();
        return () => follow(source, following);
      }
      case "workspace": {
        const source = await topics.workspace();
        return () => follow(source, following);
      }
    }
  }

  /** The pump runs beside everything else; its end, good or bad, is taken care of here. */
  #own(subscriptionId: string, pump: () => Promise<void>): void {
    pump()
      .catch((error: unknown) => {
        this.#ports.onBroken(error);
      })
      .finally(() => this.#open.delete(subscriptionId));
  }
}

interface Following {
  readonly deliver: (batch: Batch) => Promise<void>;
  readonly clock: Pick<Clock, "monotonic" | "after">;
  readonly signal: AbortSignal;
}

/**
 * Reads from the cursor and delivers batch after batch until the end or the signal. The first batch comes at once, also when it
 * is empty: it is the snapshot. Each batch waits until the one before has left, so a slow client holds one batch of memory;
 * what it has not got stays in the record.
 */
async function follow<Cursor>(source: TopicSource<Cursor>, { deliver, clock, signal }: Following): Promise<void> {
  const bell = new Bell(signal);
  const stopListening = source.onChange(() => {
    bell.ring();
  });
  let after = source.from;
  let first = true;
  try {
    while (!signal.aborted) {
      // Before the read: what changes while it reads may be missing in it.
      bell.reset();
      const found = await source.read(after, BATCH_ITEMS);
      if (signal.aborted) return;
      after = found.after;
      const sentAt = clock.monotonic();
      if (first || found.batch.end || found.isNews) await deliver(found.batch);
      if (found.batch.end) return;
      first = false;
      if (!found.more) await bell.rung();
      if (!found.more || source.isPaced) await pause(sentAt + source.interval - clock.monotonic(), clock, signal);
    }
  } finally {
    stopListening();
  }
}

/** Remembers that something changed until somebody looks. Also rings when the signal is aborted. */
class Bell {
  #rang = false;
  #wake: (() => void) | null = null;

  constructor(signal: AbortSignal) {
    signal.addEventListener("abort", () => {
      this.ring();
    });
  }

  ring(): void {
    this.#rang = true;
    this.#wake?.();
  }

  reset(): void {
    this.#rang = false;
  }

  async rung(): Promise<void> {
    if (this.#rang) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }
}

function pause(ms: number, clock: Pick<Clock, "after">, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(ms, done);
    signal.addEventListener("abort", done);
  });
}
