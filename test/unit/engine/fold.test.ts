import assert from "node:assert/strict";
import type { ExecutionEvent } from "../../../schemas/event.ts";
import { fold, foldAll } from "../../../worker/engine/fold.ts";
import { enginePlan, engineStep } from "../../support/engine-plans.ts";
import { VirtualRun } from "../../support/virtual-run.ts";

describe("engine: fold", () => {
  const run = new VirtualRun({ plan: enginePlan([engineStep("a"), engineStep("b", { dependencies: ["a"] })]) });
  const events = run.finish();

  /** The journal with one event taken out and the rest numbered anew. */
  function without(type: ExecutionEvent["type"]): ExecutionEvent[] {
    const at = events.findIndex((event) => event.type === type);
    return events.filter((_, index) => index !== at).map((event, index) => ({ ...event, seq: index + 1 }));
  }

  it("builds the state from the events alone", () => {
    assert.deepEqual(foldAll(events), run.state);
    assert.equal(foldAll([]), null);
  });

  it("throws for a journal that cannot be: gaps, repetitions, what was never created, what never started", () => {
    assert.throws(() => foldAll(events.slice(1)), /before it is created/);
    assert.throws(() => foldAll([...events.slice(0, 3), ...events.slice(4)]), /event 5 follows 3/);
    assert.throws(() => foldAll([...events.slice(0, 3), ...events.slice(2)]), /event 3 follows 3/);
    assert.throws(() => foldAll([...events.slice(0, 1), ...events]), /created twice/);
    assert.throws(() => foldAll(without("attempt.started")), /finished and does not run/);
    const end = events.find(({ type }) => type === "step.finished");
    const state = foldAll(events);
    assert.ok(end && state);
    assert.throws(() => fold(state, { ...end, seq: events.length + 1 }), /ends twice/);
    const ghost = { ...events[0], type: "step.finished", stepId: "ghost", status: "failed", failure: null } as const;
    const stamp = { v: 1, executionId: "run-1", seq: events.length + 1, at: "2026-01-01T00:00:00.000Z", t: 9 } as const;
    assert.throws(() => fold(foldAll(events), { ...ghost, ...stamp }), /no step ghost/);
  });
});
