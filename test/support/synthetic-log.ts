import { Client, type Connection } from "../../schemas/client.ts";
import type { ExecutionStatus, ExecutionSummary } from "../../schemas/execution.ts";
import { failure, FailureError } from "../../schemas/failure.ts";
import type { LogEntry } from "../../schemas/log.ts";
import { logQuery } from "../../schemas/operations/log.ts";
import { subscriptionOpen, type SubscriptionBatch } from "../../schemas/operations/subscription.ts";
import { logEntry } from "./log-entries.ts";

type LogTopic = Extract<ReturnType<typeof subscriptionOpen.params.parse>["topic"], { kind: "log" }>;

interface Follower {
  readonly id: string;
  readonly topic: LogTopic;
  place: number;
}

/**
 * A worker with one execution whose log grows as the test wants, also faster than any disk. Cursors are numbers of lines, such as
 * `1:12`. Filters are not looked at.
 */
export class SyntheticLog {
  batches = 0;
  queries = 0;
  length = 0;
  status: ExecutionStatus = "running";
  readonly #entryOf: (line: number) => LogEntry;
  readonly #listeners = new Set<(params: unknown) => void>();
  readonly #closers = new Set<() => void>();
  #followers: Follower[] = [];
  #ids = 0;

  constructor(entryOf: (line: number) => LogEntry = (line) => logEntry(`line ${line}`)) {
    this.#entryOf = entryOf;
  }

  /** As a client gets to a worker. */
  client(): Client {
    const connection: Connection = {
      request: (name, params) => this.#answer(name, params),
      onNotification: (_name, listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      onClose: (listener) => {
        this.#closers.add(listener);
        return () => this.#closers.delete(listener);
      },
      dispose: () => {},
    };
    return new Client(connection);
  }

  /** More lines, told at once in one batch to everyone who follows. */
  append(count: number, end = false): void {
    this.length += count;
    for (const follower of this.#followers) this.#tell(follower, end);
  }

  /** The worker is gone. */
  lose(): void {
    this.#followers = [];
    for (const closed of [...this.#closers]) closed();
    this.#closers.clear();
  }

  async #answer(name: string, params: unknown): Promise<unknown> {
    await Promise.resolve();
    if (name === "log.query") {
      this.queries += 1;
      const { cursor, limit, tail } = logQuery.params.parse(params);
      if (tail !== undefined) {
        const first = Math.max(0, this.length - tail);
        return { entries: this.#entries(first, this.length), cursor: cursorOf(this.length), more: first > 0 };
      }
      const from = placeOf(cursor);
      const to = Math.min(this.length, from + limit);
      return { entries: this.#entries(from, to), cursor: cursorOf(to), more: to < this.length };
    }
    if (name === "subscription.open") return this.#open(params);
    if (name === "subscription.close") {
      this.#followers = [];
      return {};
    }
    throw new FailureError(failure("not_found", `there is no ${name} here`));
  }

  #open(params: unknown): { subscriptionId: string } {
    const { topic } = subscriptionOpen.params.parse(params);
    const subscriptionId = `s${(this.#ids += 1)}`;
    if (topic.kind === "workspace") setImmediate(() => this.#send(this.#workspace(subscriptionId)));
    if (topic.kind === "log") {
      const follower = { id: subscriptionId, topic, place: placeOf(topic.after) };
      this.#followers = [follower];
      setImmediate(() => this.#tell(follower, this.status === "completed"));
    }
    return { subscriptionId };
  }

  #tell(follower: Follower, end: boolean): void {
    const from = Math.max(follower.place, this.length - (follower.topic.newest ?? this.length));
    const skipped = from - follower.place;
    follower.place = this.length;
    this.batches += 1;
    const place = { skipped, after: cursorOf(this.length), end };
    this.#send({ kind: "log", subscriptionId: follower.id, entries: this.#entries(from, this.length), ...place });
  }

  #send(batch: SubscriptionBatch): void {
    for (const listener of [...this.#listeners]) listener(batch);
  }

  #entries(from: number, to: number): LogEntry[] {
    return Array.from({ length: to - from }, (_, index) => this.#entryOf(from + index));
  }

  #workspace(subscriptionId: string): SubscriptionBatch {
    const execution: ExecutionSummary = {
      ...{ executionId: "run-1", planId: "plan-1", title: "Flood", specPath: "flood.spec.md", status: this.status },
      ...{ startedAt: "2026-01-01T00:00:00.000Z", completedAt: null, simulated: false, cost: null, currency: "USD" },
      result: null,
    };
    const nothing = { progress: [], decisions: [], plans: [], agents: [], limits: [], notices: [] };
    return {
      kind: "workspace",
      subscriptionId,
      workspace: { executions: this.length === 0 && this.status === "completed" ? [] : [execution], ...nothing },
      end: false,
    };
  }
}

function placeOf(cursor: string): number {
  return Number(cursor.split(":")[1] ?? 0);
}

function cursorOf(place: number): string {
  return place === 0 ? "" : `1:${place}`;
}
