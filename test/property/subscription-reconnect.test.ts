import assert from "node:assert/strict";
import fc from "fast-check";
import type { SubscriptionBatch } from "../../schemas/operations/subscription.ts";
import { Subscriptions } from "../../worker/server/subscriptions.ts";
import { GrowingLog } from "../support/growing-log.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { settled } from "../support/settled.ts";

/** What can happen between a worker and a client. */
const Happening = fc.oneof(
  fc.record({ kind: fc.constant("append" as const), count: fc.integer({ min: 1, max: 700 }) }),
  fc.record({
    kind: fc.constant("wait" as const),
    ms: fc.integer({ min: 1, max: 120 }),
    turns: fc.integer({ min: 0, max: 8 }),
  }),
  /** The connection is lost; `unread` batches were on their way and never arrive. */
  fc.record({ kind: fc.constant("drop" as const), unread: fc.integer({ min: 0, max: 3 }) }),
);

describe("a client that reconnects with its cursor (design, section 3)", () => {
  it("fault 25: misses nothing and gets nothing twice, however often the connection is lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(Happening, { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        async (happenings, nth) => {
          const log = new GrowingLog((number) => number % nth === 0);
          const clock = new ManualClock();
          const client = new ReconnectingClient(log, clock);
          await client.connect();
          for (const happening of happenings) {
            if (happening.kind === "append") log.append(happening.count);
            else if (happening.kind === "drop") await client.drop(happening.unread);
            else {
              await settled(happening.turns);
              clock.advance(happening.ms);
            }
          }
          log.end();
          // Everything that is left fits into these rounds: 21,000 entries are 84 batches.
          for (let round = 0; round < 10 && !client.ended; round += 1) {
            clock.advance(50);
            await settled(100);
            client.arrive();
          }
          assert.ok(client.ended);
          assert.deepEqual(client.got, log.expected());
          assert.equal(log.listeners.size, 0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Keeps what arrived and its cursor, as the command line does. */
class ReconnectingClient {
  readonly got: number[] = [];
  ended = false;
  readonly #log: GrowingLog;
  readonly #clock: ManualClock;
  #cursor = "";
  #onTheWay: SubscriptionBatch[] = [];
  #connection: Subscriptions | null = null;

  constructor(log: GrowingLog, clock: ManualClock) {
    this.#log = log;
    this.#clock = clock;
  }

  async connect(): Promise<void> {
    const onTheWay: SubscriptionBatch[] = [];
    this.#onTheWay = onTheWay;
    this.#connection = new Subscriptions({
      topics: async () => ({
        execution: () => Promise.reject(new Error("not followed here")),
        log: async ({ after }) => this.#log.source(after),
        workspace: () => Promise.reject(new Error("not followed here")),
        agents: () => Promise.reject(new Error("not followed here")),
        models: () => Promise.reject(new Error("not followed here")),
      }),
      clock: this.#clock,
      send: async (batch) => {
        onTheWay.push(batch);
      },
      onBroken: (error) => {
        throw error;
      },
    });
    await this.#connection.open({ kind: "log", executionId: "run-1", filter: {}, after: this.#cursor, newest: null });
  }

  async drop(unread: number): Promise<void> {
    this.#onTheWay.splice(this.#onTheWay.length - Math.min(unread, this.#onTheWay.length));
    this.arrive();
    this.#connection?.closeAll();
    if (!this.ended) await this.connect();
  }

  arrive(): void {
    for (const batch of this.#onTheWay.splice(0)) {
      assert.ok(batch.kind === "log" && !this.ended);
      this.got.push(...batch.entries.map(({ message }) => Number(message)));
      this.#cursor = batch.after;
      this.ended = batch.end;
    }
  }
}
