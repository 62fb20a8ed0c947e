import assert from "node:assert/strict";
import fc from "fast-check";
import { Supervision } from "../../../../schemas/agent-health.ts";
import { BeatWatch } from "../../../../worker/agents/process/beat-watch.ts";
import { MessageAllowance } from "../../../../worker/agents/process/message-allowance.ts";
import { RestartLimit } from "../../../../worker/agents/process/restart-limit.ts";
import { StartQueue } from "../../../../worker/agents/process/start-queue.ts";
import { FakeClock } from "../../../support/fake-clock.ts";

const USUAL = Supervision.parse({});

/** When a process is given up that says something at these moments; looks happen on time, except during pauses of the worker. */
function givenUpAt(
  signs: readonly number[],
  until: number,
  pauses: readonly { from: number; to: number }[] = [],
): number | null {
  const watch = new BeatWatch(USUAL, 0);
  const left = [...signs];
  for (let now = watch.interval; now <= until; now += watch.interval) {
    const pause = pauses.find(({ from, to }) => now > from && now < to);
    if (pause !== undefined) now = pause.to;
    const isDead = watch.look(now);
    while (left[0] !== undefined && left[0] <= now) {
      watch.sign(now);
      left.shift();
    }
    if (isDead) return now;
  }
  return null;
}

const beats = (from: number, to: number, every = 10_000): number[] =>
  Array.from({ length: Math.floor((to - from) / every) + 1 }, (_one, index) => from + index * every);

describe("heartbeats of process agents (C8)", () => {
  it("one that never says anything is given up after its grace and timeout", () => {
    const at = givenUpAt([], 200_000) ?? 0;
    assert.ok(at > 30_000 && at <= 33_000, String(at));
  });

  it("fault 15: one that falls silent is given up after 30 s, within two looks", () => {
    const at = givenUpAt(beats(0, 60_000), 200_000) ?? 0;
    assert.ok(at > 90_000 && at <= 93_000, String(at));
  });

  it("one that beats on time never is", () => {
    assert.equal(givenUpAt(beats(0, 3_600_000), 3_600_000), null);
  });

  it("fault 11 and fault 12: time in which the worker did not run is nobody's silence", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 35_000, max: 300_000 }),
        fc.integer({ min: 2_000, max: 86_400_000 }),
        (from, length) => {
          const to = from + length;
          const signs = [...beats(0, from), ...beats(to + 12_000, to + 300_000)];
          assert.equal(givenUpAt(signs, to + 300_000, [{ from, to }]), null);
        },
      ),
    );
  });

  it("but one that is mute after such a pause is still found", () => {
    const at = givenUpAt(beats(0, 60_000), 1_000_000, [{ from: 61_000, to: 500_000 }]) ?? 0;
    assert.ok(at > 514_000 && at <= 533_000, String(at));
  });

  it("a worker that is late now and then still finds one that is mute", () => {
    const pauses = Array.from({ length: 20 }, (_one, index) => ({
      from: 40_000 + index * 20_000,
      to: 43_000 + index * 20_000,
    }));
    assert.notEqual(givenUpAt([], 400_000, pauses), null);
  });
});

describe("restarts of process agents (C8)", () => {
  it("fault 16: are at most three within the window; then the agent is given up for that long", () => {
    const limit = new RestartLimit({ maxRestarts: 3, window: 10_000 });
    limit.start(0);
    assert.equal(limit.total, 0);
    for (const at of [1_000, 2_000, 3_000]) {
      assert.equal(limit.fault(at), false);
      limit.start(at);
    }
    assert.equal(limit.total, 3);
    assert.equal(limit.fault(4_000), true);
    assert.equal(limit.fault(4_001), false, "it is told once");
    assert.ok(limit.hasFailed(13_999));
    assert.ok(!limit.hasFailed(14_000));
    assert.equal(limit.fault(14_001), false);
  });

  it("fault 16: are never more than that, whatever happens and when", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20_000)), fc.nat(5), (gaps, maxRestarts) => {
        const limit = new RestartLimit({ maxRestarts, window: 10_000 });
        const restarts: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          if (limit.hasFailed(now)) continue;
          const before = limit.total;
          limit.start(now);
          if (limit.total > before) restarts.push(now);
          limit.fault(now);
        }
        for (const at of restarts)
          assert.ok(restarts.filter((other) => other <= at && at - other < 10_000).length <= maxRestarts);
      }),
    );
  });
});

describe("staggered starts (C7)", () => {
  it("are two seconds apart and in their order; one that leaves costs no time", async () => {
    const clock = new FakeClock();
    const queue = new StartQueue(clock);
    const begun: [string, number][] = [];
    const enter = (name: string, stagger = 2_000) => queue.enter(stagger, () => begun.push([name, clock.monotonic()]));
    enter("a");
    const leave = enter("b");
    enter("c");
    enter("d", 0);
    leave();
    await clock.advance(10_000);
    assert.deepEqual(begun, [
      ["a", 0],
      ["c", 2_000],
      ["d", 2_000],
    ]);
    enter("e");
    assert.deepEqual(begun.at(-1), ["e", 10_000]);
  });
});

describe("what is kept of an agent's words (K4)", () => {
  it("is bounded by the second, and what is cut is counted", () => {
    const allowance = new MessageAllowance(0);
    let kept = 0;
    for (let now = 0; now < 10_000; now += 1) for (let one = 0; one < 10; one += 1) if (allowance.take(now)) kept += 1;
    assert.ok(kept > 2_500 && kept <= 2_600, String(kept));
    assert.equal(allowance.takeCut(), 100_000 - kept);
    assert.equal(allowance.takeCut(), 0);
  });

  it("what may not be lost makes its sender wait instead", () => {
    const allowance = new MessageAllowance(0);
    for (let one = 0; one < 600; one += 1) assert.equal(allowance.owe(0), 0);
    assert.equal(allowance.owe(0), 5);
    assert.equal(allowance.owe(1_000), 0);
  });
});
