import type { Client } from "../../schemas/client.ts";
import type { Failure } from "../../schemas/failure.ts";
import type { SubscriptionBatch } from "../../schemas/operations/subscription.ts";
import type { LinkClock } from "./clock.ts";
import { retryDelay } from "./backoff.ts";
import { failureIn } from "./failure-in.ts";

export type TopicIn = Parameters<Client["subscribe"]>[0];

export interface FollowingPorts {
  readonly clock: LinkClock;
  /** Gets batches in order, without gaps or repeats, over all connections. */
  onBatch(batch: SubscriptionBatch): void;
  /** What is followed does not exist, or cannot be read for the moment. */
  onFailure(failure: Failure): void;
  /** Nothing will ever come any more. Called once. */
  onEnd(): void;
  log(line: string): void;
}

/** With these nothing is won by asking again. */
const LASTING: ReadonlySet<Failure["code"]> = new Set(["not_found", "bad_request"]);

/** Somebody's interest in a topic, over all connections: each goes on from where the one before stopped. */
export class Following {
  #topic: TopicIn;
  readonly #ports: FollowingPorts;
  /** Counts the openings, so that what an earlier one still brings is known as such. */
  #opening = 0;
  #stopListening: (() => Promise<void>) | null = null;
  #retry: { cancel(): void } | null = null;
  #failures = 0;

  constructor(topic: TopicIn, ports: FollowingPorts) {
    this.#topic = topic;
    this.#ports = ports;
  }

  /** Follows over a new connection. Never rejects. */
  async open(client: Client): Promise<void> {
    this.lose();
    const opening = this.#opening;
    try {
      const stop = await client.subscribe(this.#topic, (batch) => {
        if (opening === this.#opening) this.#take(batch);
      });
      if (opening === this.#opening) {
        this.#stopListening = stop;
        this.#failures = 0;
      } else {
        await close(stop);
      }
    } catch (error) {
      if (opening === this.#opening) this.#failed(failureIn(error), client);
    }
  }

  /** The connection is gone, or about to be. */
  lose(): void {
    this.#opening += 1;
    this.#stopListening = null;
    this.#retry?.cancel();
    this.#retry = null;
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    const stop = this.#stopListening;
    this.lose();
    if (stop) await close(stop);
  }

  #take(batch: SubscriptionBatch): void {
    // Before anyone is told: what made somebody stumble does not come twice.
    if (batch.kind !== "workspace" && this.#topic.kind === batch.kind) this.#topic = goOn(this.#topic, batch);
    try {
      this.#ports.onBatch(batch);
    } catch (error) {
      this.#ports.log(`a listener to ${nameOf(this.#topic)} failed: ${String(error)}`);
    }
    if (batch.end) this.#ports.onEnd();
  }

  #failed(failure: Failure, client: Client): void {
    // A lost connection is told by its close.
    if (failure.code === "worker_unavailable") return;
    this.#ports.log(`${nameOf(this.#topic)} cannot be followed: ${failure.message}`);
    this.#ports.onFailure(failure);
    if (LASTING.has(failure.code)) {
      this.#ports.onEnd();
      return;
    }
    this.#failures += 1;
    this.#retry = this.#ports.clock.after(retryDelay(this.#failures + 2, 0.5), () => {
      this.open(client).catch(() => {});
    });
  }
}

function goOn(topic: TopicIn, batch: Exclude<SubscriptionBatch, { kind: "workspace" }>): TopicIn {
  if (topic.kind === "agents" && batch.kind === "agents") return { ...topic, after: batch.after };
  if (topic.kind === "execution" && batch.kind === "execution") return { ...topic, after: batch.after };
  if (topic.kind === "log" && batch.kind === "log") return { ...topic, after: batch.after };
  return topic;
}

function nameOf(topic: TopicIn): string {
  if (topic.kind === "workspace") return "the workspace";
  if (topic.kind === "models") return "questions to models";
  return topic.kind === "agents" ? "the agents" : `the ${topic.kind} of ${topic.executionId}`;
}

/** The connection may be gone, and with it what was followed. */
async function close(stop: () => Promise<void>): Promise<void> {
  try {
    await stop();
  } catch {
    // Nothing is left to close.
  }
}
