import assert from "node:assert/strict";
import type { LinkClock } from "../../../../extension/link/clock.ts";
import { retryDelay } from "../../../../extension/link/backoff.ts";
import { Heartbeat } from "../../../../extension/link/heartbeat.ts";
import { isOlder } from "../../../../worker/link/versions.ts";
import { quiet } from "../../../support/fake-clock.ts";

/** A clock whose only timer goes off when a test says so, on time or late. */
class LateClock implements LinkClock {
  #now = 0;
  #due: { delay: number; callback: () => void } | null = null;

  monotonic(): number {
    return this.#now;
  }

  after(delay: number, callback: () => void): { cancel(): void } {
    this.#due = { delay, callback };
    return { cancel: () => (this.#due = null) };
  }

  get isSet(): boolean {
    return this.#due !== null;
  }

  async turn(lateBy = 0): Promise<void> {
    const due = this.#due;
    assert.ok(due);
    this.#due = null;
    this.#now += due.delay + lateBy;
    due.callback();
    await quiet();
  }
}

describe("whether a worker hangs (O2)", () => {
  let clock: LateClock;
  let asked: PromiseWithResolvers<void>[];
  let hung: number;
  let heartbeat: Heartbeat;

  function start(hungAfterMs: number | null = 30_000): void {
    clock = new LateClock();
    asked = [];
    hung = 0;
    const ask = (): Promise<void> => {
      const answer = Promise.withResolvers<void>();
      asked.push(answer);
      return answer.promise;
    };
    heartbeat = new Heartbeat({ clock, ask, hungAfterMs, onHung: () => (hung += 1) });
  }

  it("is asked every 10 s, and only when the question before was answered", async () => {
    start(null);
    await clock.turn();
    await clock.turn();
    assert.equal(asked.length, 1);
    asked[0]?.resolve();
    await quiet();
    await clock.turn();
    assert.equal(asked.length, 2);
  });

  it("is told once, after 30 s without an answer, and then nothing is asked any more", async () => {
    start();
    await clock.turn();
    await clock.turn();
    assert.equal(hung, 0);
    await clock.turn();
    assert.deepEqual([hung, clock.isSet], [1, false]);
  });

  it("is not told when the machine slept or this process was stopped, however often", async () => {
    start();
    for (let round = 0; round < 10; round += 1) {
      await clock.turn();
      await clock.turn();
      await clock.turn(3_600_000);
    }
    assert.equal(hung, 0);
  });

  it("is not told of a worker that refuses: a refusal is an answer", async () => {
    start();
    for (let round = 0; round < 10; round += 1) {
      asked.at(-1)?.reject(new Error("refused"));
      await quiet();
      await clock.turn();
    }
    assert.deepEqual([hung, asked.length], [0, 11]);
  });

  it("is not told after it was stopped", async () => {
    start();
    heartbeat.stop();
    assert.equal(clock.isSet, false);
  });
});

describe("the next try to reach a worker", () => {
  it("is made at once, then ever later up to 30 s, spread by a quarter", () => {
    const spans = [0, 1, 2, 5, 6, 1_000].map((tries) => [retryDelay(tries, 0), retryDelay(tries, 0.999_999)]);
    assert.deepEqual(spans, [
      [0, 0],
      [750, 1_000],
      [1_500, 2_000],
      [12_000, 16_000],
      [22_500, 30_000],
      [22_500, 30_000],
    ]);
  });
});

describe("which of two versions is older (design, section 5)", () => {
  for (const [version, than, older] of [
    ["0.1.9", "0.2.0", true],
    ["0.2.0", "0.10.0", true],
    ["1.0.0", "1.0.0", false],
    ["1.0.1", "1.0.0", false],
    ["2.0.0", "1.9.9", false],
    ["1.0.0-next", "1.0.1", true],
    ["unknown", "1.0.0", false],
    ["1.0", "1.0.1", false],
    ["1.0.0", "latest", false],
  ] as const) {
    it(`${version} is ${older ? "" : "not "}older than ${than}`, () => {
      assert.equal(isOlder(version, than), older);
    });
  }
});
