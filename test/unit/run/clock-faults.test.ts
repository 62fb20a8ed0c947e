import assert from "node:assert/strict";
import { quiet } from "../../support/fake-clock.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { LiveRun } from "../../support/live-run.ts";

const DAY_MS = 24 * 60 * 60_000;

/** One step whose attempt has two seconds, and which is tried again when it takes longer. */
const TIMED = enginePlan([engineStep("a", { timeout: 2_000 })]);

describe("a clock that is set while steps run (C9)", () => {
  for (const [what, jump] of [
    ["a day back", -DAY_MS],
    ["a year on", 365 * DAY_MS],
  ] as const) {
    it(`fault 11: ${what}: no timeout comes early or late, and durations are what they are`, async () => {
      const run = new LiveRun(TIMED);
      await run.begin();
      await run.clock.advance(1_000);
      run.clock.setWallBy(jump);
      await run.clock.advance(999);
      assert.deepEqual(run.starter.stops, [], "not early");
      await run.clock.advance(1);
      assert.deepEqual(run.starter.stops, ["a/1 5000"], "not late");
      run.starter.end("a/1", { outcome: "cancelled" });
      await run.clock.advance(2_000);
      assert.deepEqual(run.starter.started, ["a/1", "a/2"], "the backoff is not touched either");
      run.starter.end("a/2");
      await run.clock.advance(0);
      assert.equal(run.outcome, "resolved");
      assert.deepEqual(
        run.journal.events.map(({ t }) => t).filter((t, index, all) => all[index - 1] !== t),
        [0, 2_000, 4_000],
      );
      const wall = run.journal.events.map(({ at }) => Date.parse(at));
      assert.equal((wall.at(-1) ?? 0) - (wall[0] ?? 0), 4_000 + jump, "people see the clock on the wall");
    });
  }
});

describe("a process that stands still while steps run (C7)", () => {
  it("fault 12: what has ended meanwhile has ended in time", async () => {
    const run = new LiveRun(TIMED);
    await run.begin();
    run.clock.freeze(60_000);
    // First the timers are late, then what other processes said is read.
    await run.clock.advance(0);
    run.starter.end("a/1");
    await quiet();
    await run.clock.advance(0);
    assert.deepEqual(run.starter.stops, []);
    assert.equal(run.outcome, "resolved");
    assert.ok((run.journal.events.at(-1)?.t ?? 0) < 2_000, "the time in which it stood still does not count");
  });

  it("fault 12: of two that have ended, the second one is not overtaken by its timeout when the first is heard", async () => {
    const run = new LiveRun(enginePlan([engineStep("a", { timeout: 2_000 }), engineStep("b", { timeout: 2_000 })]));
    await run.begin();
    run.clock.freeze(60_000);
    run.starter.end("a/1");
    await quiet();
    run.starter.end("b/1");
    await quiet();
    assert.deepEqual(run.starter.stops, []);
    assert.equal(run.outcome, "resolved");
  });

  it("fault 12: what still runs has its timeout a moment later", async () => {
    const run = new LiveRun(TIMED);
    await run.begin();
    run.clock.freeze(60_000);
    await run.clock.advance(0);
    assert.deepEqual(run.starter.stops, []);
    await run.clock.advance(2_000);
    assert.deepEqual(run.starter.stops, ["a/1 5000"]);
  });
});
