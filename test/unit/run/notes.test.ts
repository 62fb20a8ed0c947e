import assert from "node:assert/strict";
import type { Note } from "../../../worker/run/live-execution.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { quiet } from "../../support/fake-clock.ts";
import { LiveRun } from "../../support/live-run.ts";

const NOTE: Note = { type: "boxes.written", specPath: "x.spec.md", into: "file", boxes: [], left: [] };

describe("what is noted of an execution (A8)", () => {
  const plan = enginePlan([engineStep("a")]);

  it("is recorded in order and changes nothing of what is decided", async () => {
    const run = new LiveRun(plan, () => ({ duration: 1_000 }));
    await run.begin();
    await run.execution.note(NOTE);
    assert.deepEqual(run.journal.types, ["execution.created", "attempt.started", "boxes.written"]);
    await run.clock.advance(1_000);
    assert.equal(run.execution.view()?.status, "completed");
  });

  it("may follow the end, which stays the end meanwhile, until the execution is left", async () => {
    const run = new LiveRun(plan, () => ({ duration: 1_000 }));
    await run.begin();
    await run.clock.advance(1_000);
    assert.equal(run.outcome, "resolved");
    run.journal.mode = "held";
    const noted = run.execution.note(NOTE);
    assert.ok(run.execution.hasFinished, "whoever waits for the end is not sent back");
    assert.equal(run.execution.view()?.status, "completed");
    await run.journal.release();
    await noted;
    assert.deepEqual(run.journal.types.slice(-2), ["execution.finished", "boxes.written"]);
    await run.execution.leave();
  });

  it("is given up when the record cannot be written and the execution is left, so that the next one can go on", async () => {
    const run = new LiveRun(plan, () => ({ duration: 1_000 }));
    await run.begin();
    await run.clock.advance(1_000);
    run.journal.mode = "full";
    await assert.rejects(run.execution.note(NOTE), /the disk is full/);
    await run.execution.leave();
    const { calls } = run.journal;
    run.journal.mode = "instant";
    await run.clock.advance(60_000);
    await quiet();
    assert.equal(run.journal.calls, calls, "nothing is stored behind the back of who takes it up");
    assert.ok(run.execution.hasFinished);
  });
});
