import assert from "node:assert/strict";
import { FailureError, throwFailure } from "../../../schemas/failure.ts";
import { SubscriptionBatch, type Topic } from "../../../schemas/operations/subscription.ts";
import { Subscriptions, type LogSource } from "../../../worker/server/subscriptions.ts";
import { GrowingLog } from "../../support/growing-log.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { settled } from "../../support/settled.ts";

const FROM_START: Topic = { kind: "log", executionId: "run-1", filter: {}, after: "", newest: null };

function following(source: LogSource | GrowingLog, pace: Partial<Pick<LogSource, "interval" | "isPaced">> = {}) {
  const clock = new ManualClock();
  const batches: SubscriptionBatch[] = [];
  const broken: unknown[] = [];
  const wire = { gate: Promise.resolve() };
  const subscriptions = new Subscriptions({
    topics: async () => ({
      execution: async () => throwFailure("not_found", "there is no such execution"),
      log: async ({ after }) => (source instanceof GrowingLog ? source.source(after, pace) : source),
      workspace: async () => throwFailure("not_found", "there is no workspace"),
      agents: async () => throwFailure("not_found", "there are no agents"),
      models: async () => throwFailure("not_found", "there are no models"),
    }),
    clock,
    send: async (batch) => {
      batches.push(SubscriptionBatch.parse(batch));
      await wire.gate;
    },
    onBroken: (error) => broken.push(error),
  });
  const numbers = (): number[] =>
    batches.flatMap((batch) => (batch.kind === "log" ? batch.entries : [])).map(({ message }) => Number(message));
  return { clock, batches, broken, wire, subscriptions, numbers };
}

describe("following a topic (design, section 3)", () => {
  it("begins with a snapshot at once, even an empty one", async () => {
    const { batches, subscriptions } = following(new GrowingLog());
    const { subscriptionId } = await subscriptions.open(FROM_START);
    await settled();
    assert.deepEqual(batches, [{ kind: "log", subscriptionId, entries: [], skipped: 0, after: "0:0", end: false }]);
  });

  it("catches up in batches without waiting for time, then follows", async () => {
    const log = new GrowingLog();
    log.append(1_000);
    const { batches, clock, numbers, subscriptions } = following(log);
    await subscriptions.open(FROM_START);
    await settled();
    assert.deepEqual(numbers(), log.expected());
    assert.ok(batches.length >= 4);
    log.append(1);
    await settled();
    clock.advance(50);
    await settled();
    assert.deepEqual(numbers(), log.expected());
  });

  it("begins behind the cursor that it was given", async () => {
    const log = new GrowingLog();
    log.append(10);
    const { numbers, subscriptions } = following(log);
    await subscriptions.open({ kind: "log", executionId: "run-1", filter: {}, after: "7:0", newest: null });
    await settled();
    assert.deepEqual(numbers(), [7, 8, 9]);
  });

  it("sends at most about 20 batches a second however often something changes", async () => {
    const log = new GrowingLog();
    const { batches, clock, numbers, subscriptions } = following(log);
    await subscriptions.open(FROM_START);
    for (let step = 0; step < 1_000; step += 1) {
      log.append(1);
      await settled();
      clock.advance(1);
    }
    clock.advance(50);
    await settled();
    assert.deepEqual(numbers(), log.expected());
    assert.ok(batches.length <= 22, `${batches.length} batches`);
  });

  it("waits before each batch where it is asked to, also when more is there at once", async () => {
    const log = new GrowingLog();
    log.append(2_000);
    const { batches, clock, numbers, subscriptions } = following(log, { interval: 100, isPaced: true });
    await subscriptions.open(FROM_START);
    for (let step = 0; step < 500; step += 1) {
      log.append(1);
      await settled();
      clock.advance(1);
    }
    assert.ok(batches.length >= 5 && batches.length <= 6, `${batches.length} batches in half a second`);
    for (let step = 0; step < 20; step += 1) {
      clock.advance(100);
      await settled();
    }
    assert.deepEqual(numbers(), log.expected());
  });

  it("sends a change after a quiet time at once", async () => {
    const log = new GrowingLog();
    const { clock, numbers, subscriptions } = following(log);
    await subscriptions.open(FROM_START);
    await settled();
    clock.advance(1_000);
    log.append(1);
    await settled();
    assert.deepEqual(numbers(), [0]);
  });

  it("reads nothing more for a client that has not taken the last batch, and misses nothing", async () => {
    const log = new GrowingLog();
    const { batches, clock, numbers, subscriptions, wire } = following(log);
    const stuck = Promise.withResolvers<void>();
    wire.gate = stuck.promise;
    await subscriptions.open(FROM_START);
    for (let step = 0; step < 100; step += 1) {
      log.append(1_000);
      clock.advance(1_000);
      await settled();
    }
    assert.deepEqual([batches.length, log.reads], [1, 1]);
    wire.gate = Promise.resolve();
    stuck.resolve();
    await settled(2_000);
    clock.advance(50);
    await settled(2_000);
    assert.deepEqual(numbers(), log.expected());
  });

  it("says the end once and then lets go", async () => {
    const log = new GrowingLog();
    log.append(300);
    const { batches, subscriptions } = following(log);
    await subscriptions.open(FROM_START);
    log.end();
    await settled();
    assert.deepEqual(
      batches.map(({ end }) => end),
      [...Array.from({ length: batches.length - 1 }, () => false), true],
    );
    assert.equal(log.listeners.size, 0);
  });

  it("moves past entries that a filter does not take, without empty batches", async () => {
    const log = new GrowingLog((number) => number === 900);
    log.append(1_000);
    const { batches, numbers, subscriptions } = following(log);
    await subscriptions.open(FROM_START);
    await settled();
    assert.deepEqual(numbers(), [900]);
    assert.equal(batches.length, 2);
  });

  it("stops on close, on the end of the connection, and when that comes before the source is there", async () => {
    const log = new GrowingLog();
    const { batches, subscriptions } = following(log);
    const { subscriptionId } = await subscriptions.open(FROM_START);
    await subscriptions.open(FROM_START);
    await settled();
    subscriptions.close(subscriptionId);
    subscriptions.close("never opened");
    await settled();
    assert.equal(log.listeners.size, 1);
    const late = subscriptions.open(FROM_START);
    subscriptions.closeAll();
    await late;
    // A call that was under way when the connection closed may get here only now.
    await subscriptions.open(FROM_START);
    log.append(5);
    await settled();
    assert.equal(log.listeners.size, 0);
    assert.equal(batches.length, 2);
  });

  it("tells a topic that does not exist from one that breaks", async () => {
    const breaking: LogSource = {
      from: "",
      interval: 50,
      isPaced: false,
      read: () => Promise.reject(new Error("the disk is gone")),
      onChange: () => () => {},
    };
    const { broken, subscriptions } = following(breaking);
    await assert.rejects(
      subscriptions.open({ kind: "execution", executionId: "no", after: 0, glance: false }),
      (error) => error instanceof FailureError && error.failure.code === "not_found",
    );
    assert.deepEqual(broken, []);
    await subscriptions.open(FROM_START);
    await settled();
    assert.equal(broken.length, 1);
  });

  it("is limited to 64 topics a connection", async () => {
    const { subscriptions } = following(new GrowingLog());
    const ids = await Promise.all(Array.from({ length: 64 }, () => subscriptions.open(FROM_START)));
    await assert.rejects(subscriptions.open(FROM_START), (error) => {
      assert.ok(error instanceof FailureError);
      assert.deepEqual([error.failure.code, error.failure.retryable], ["worker_busy", true]);
      return true;
    });
    subscriptions.close(ids[0]?.subscriptionId ?? "");
    await subscriptions.open(FROM_START);
    subscriptions.closeAll();
  });
});
