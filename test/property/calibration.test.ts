import assert from "node:assert/strict";
import fc from "fast-check";
import { calibrate } from "../../worker/insight/calibration.ts";
import type { RecordedRun } from "../../worker/store/calibration.ts";

const NOW = new Date("2026-11-21T08:00:00.000Z");

const run = (days: fc.Arbitrary<number>): fc.Arbitrary<RecordedRun> =>
  fc.record({
    startedAt: days.map((day) => new Date(NOW.getTime() - day * 86_400_000).toISOString()),
    duration: fc.option(fc.nat(1_000_000)),
    cost: fc.option(fc.nat(50_000_000)),
  });

const runs = fc.array(run(fc.nat(120)), { maxLength: 60 });

describe("property: calibration (A9)", () => {
  it("stays between the smallest and the largest value, and nine of ten are never below the median", () => {
    fc.assert(
      fc.property(runs, (list) => {
        const calibration = calibrate(list, NOW);
        for (const figure of ["cost", "duration"] as const) {
          const values = list.flatMap((entry) => entry[figure] ?? []);
          const { typical, high, runs: count } = calibration[figure];
          assert.equal(count, values.length);
          if (high !== null)
            assert.ok(typical !== null && high >= typical, "what is enough for nine of ten is for half");
          for (const value of [typical, high]) if (value !== null) assert.ok(values.includes(value), "a run has it");
          if (count < 5) assert.equal(typical, null);
          if (count < 10) assert.equal(high, null);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("follows when every run takes longer, and does not care in which order the runs come", () => {
    fc.assert(
      fc.property(runs, fc.nat(1_000), (list, more) => {
        const longer = list.map((entry) => ({
          ...entry,
          duration: entry.duration === null ? null : entry.duration + more,
        }));
        const [before, after] = [calibrate(list, NOW).duration, calibrate(longer.toReversed(), NOW).duration];
        assert.equal(after.typical, before.typical === null ? null : before.typical + more);
        assert.equal(after.high, before.high === null ? null : before.high + more);
      }),
      { numRuns: 300 },
    );
  });

  it("moves towards what was seen last", () => {
    fc.assert(
      fc.property(
        fc.array(run(fc.integer({ min: 1, max: 120 })), { minLength: 1, maxLength: 40 }),
        fc.nat(1_000_000),
        (list, value) => {
          const recent = Array.from({ length: list.length + 10 }, () => ({
            startedAt: NOW.toISOString(),
            duration: value,
            cost: null,
          }));
          assert.equal(calibrate([...list, ...recent], NOW).duration.typical, value);
        },
      ),
      { numRuns: 300 },
    );
  });
});
