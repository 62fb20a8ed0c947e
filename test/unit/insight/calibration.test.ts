import assert from "node:assert/strict";
import { calibrate } from "../../../worker/insight/calibration.ts";
import type { RecordedRun } from "../../../worker/store/calibration.ts";

const NOW = new Date("2026-11-21T08:00:00.000Z");

/** Runs so many days ago, with these durations in seconds; costs in micros. */
function runs(daysAgo: number, seconds: readonly number[], cost: number | null = null): RecordedRun[] {
  const startedAt = new Date(NOW.getTime() - daysAgo * 86_400_000).toISOString();
  return seconds.map((duration) => ({ startedAt, duration: duration * 1_000, cost }));
}

function durations(list: readonly RecordedRun[]): (number | null)[] {
  const { typical, high, runs: count } = calibrate(list, NOW).duration;
  return [typical === null ? null : typical / 1_000, high === null ? null : high / 1_000, count];
}

describe("calibration: what recorded runs say (A9)", () => {
  it("is the median and what nine of ten stay below", () => {
    assert.deepEqual(durations(runs(0, [9, 1, 8, 2, 10, 3, 7, 4, 6, 5])), [5, 9, 10]);
    assert.deepEqual(durations(runs(0, [5, 5, 5, 5, 5, 5, 5, 5, 5, 90])), [5, 5, 10]);
  });

  it("is silent below 5 runs, and below 10 of what nine of ten stay below", () => {
    assert.deepEqual(durations([]), [null, null, 0]);
    assert.deepEqual(durations(runs(0, [1, 2, 3, 4])), [null, null, 4]);
    assert.deepEqual(durations(runs(0, [1, 2, 3, 4, 5])), [3, null, 5]);
    assert.deepEqual(durations(runs(0, [1, 2, 3, 4, 5, 6, 7, 8, 9])), [5, null, 9]);
    assert.equal(calibrate([], NOW).duration.needed, 5);
  });

  it("lets a run of 30 days ago count half, so that recent ones lead", () => {
    const old = runs(60, [1, 1, 1, 1, 1, 1, 1, 1]);
    assert.deepEqual(durations([...old, ...runs(0, [9])]), [1, null, 9], "8 quarters outweigh one whole");
    assert.deepEqual(durations([...old, ...runs(0, [9, 9, 9])])[0], 9, "8 quarters do not outweigh three whole");
  });

  it("is silent when all runs are too long ago, however many there are", () => {
    assert.deepEqual(
      durations(
        runs(
          365,
          Array.from({ length: 200 }, () => 4),
        ),
      ),
      [null, null, 200],
    );
    assert.deepEqual(
      durations(
        runs(
          60,
          Array.from({ length: 10 }, () => 4),
        ),
      ),
      [4, null, 10],
    );
  });

  it("leaves unknown costs out, instead of taking them for zero", () => {
    const { cost, duration } = calibrate([...runs(0, [1, 1, 1, 1, 1], 700), ...runs(0, [1, 1, 1, 1, 1, 1])], NOW);
    assert.deepEqual(cost, { typical: 700, high: null, runs: 5, needed: 5 });
    assert.equal(duration.runs, 11);
  });

  it("takes a run that seems to be in the future for one of now", () => {
    assert.deepEqual(durations([...runs(-400, [1]), ...runs(0, [2, 2, 2, 2])]), [2, null, 5]);
  });
});
