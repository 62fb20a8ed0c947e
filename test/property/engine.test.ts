import assert from "node:assert/strict";
import fc from "fast-check";
import { ExecutionEvent } from "../../schemas/event.ts";
import { ExecutionView } from "../../schemas/execution.ts";
import { decide } from "../../worker/engine/decide.ts";
import { fold, foldAll } from "../../worker/engine/fold.ts";
import type { ExecutionState } from "../../worker/engine/state.ts";
import { viewOf } from "../../worker/engine/view.ts";
import { checkBlockers, checkJournal } from "../support/invariants.ts";
import { randomWorld, seeded } from "../support/random-runs.ts";
import { VirtualRun } from "../support/virtual-run.ts";

const anyWorld = randomWorld({ kind: "any" });
const confluentWorld = randomWorld({ kind: "confluent" });
const RUNS = { numRuns: 300 };

/** A moment at which a person cancels, or null. */
const cancelAt = fc.option(fc.record({ t: fc.integer({ min: 0, max: 12_000 }), force: fc.boolean() }));

describe("engine, any plan (invariants of design, section 4)", () => {
  it("1, 2, 3, 6, 8, 9: order, single ends, budget, cancel, attempts and named blockers hold in every run, and it ends", () => {
    fc.assert(
      fc.property(anyWorld, cancelAt, fc.integer(), ({ plan, script }, cancel, seed) => {
        const run = new VirtualRun({ plan, script, onIdle: checkBlockers, choose: seeded(seed) });
        if (cancel) {
          run.until(cancel.t);
          run.cancel("ada", cancel.force);
        }
        const wasOver = run.state.finished !== null;
        run.finish();
        checkJournal(plan, run.events);
        if (cancel && !wasOver) assert.equal(run.state.finished?.status, "cancelled");
        const view = viewOf(run.state, run.t, "x.spec.md");
        assert.ok(view.steps.every(({ endTime, blocker }) => endTime !== null && blocker === null));
        assert.equal(view.progress.remaining, 0);
      }),
      RUNS,
    );
  });

  it("2: answers that come twice or too late are fenced off and change nothing", () => {
    const stray = fc.array(
      fc.record({ t: fc.integer({ min: 0, max: 9_000 }), step: fc.nat(11), attempt: fc.integer({ min: 1, max: 3 }) }),
      {
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(anyWorld, stray, ({ plan, script }, strays) => {
        const quiet = new VirtualRun({ plan, script });
        quiet.finish();
        const run = new VirtualRun({ plan, script });
        for (const { t, step, attempt } of strays.toSorted((a, b) => a.t - b.t)) {
          if (run.state.finished) break;
          run.until(t);
          const { phase } = run.stepState(`s${step % plan.steps.length}`);
          const isLive = phase.kind === "running" && phase.live.attempt === attempt;
          if (!isLive) run.deliver(`s${step % plan.steps.length}`, attempt);
        }
        run.finish();
        checkJournal(plan, run.events);
        const lines = run.transcript().filter((line) => !line.endsWith("fenced"));
        assert.deepEqual(lines, quiet.transcript());
      }),
      RUNS,
    );
  });

  it("4: the fold of every prefix is the live state at that moment, also from events that were stored as text", () => {
    fc.assert(
      fc.property(anyWorld, cancelAt, ({ plan, script }, cancel) => {
        const states: unknown[] = [];
        const run = new VirtualRun({ plan, script, onEvent: (state) => states.push(structuredClone(state)) });
        if (cancel) {
          run.until(cancel.t);
          run.cancel("ada", cancel.force);
        }
        run.finish();
        const stored = run.events.map((event) => ExecutionEvent.parse(JSON.parse(JSON.stringify(event))));
        let state: ExecutionState | null = null;
        stored.forEach((event, index) => {
          state = fold(state, event);
          assert.deepEqual(state, states[index], `after event ${index + 1}`);
        });
      }),
      { numRuns: 100 },
    );
  });

  it("4: folding the rest onto a snapshot gives the same as folding all", () => {
    fc.assert(
      fc.property(anyWorld, fc.nat(), ({ plan, script }, cut) => {
        const events = new VirtualRun({ plan, script }).finish();
        const at = 1 + (cut % events.length);
        const snapshot = structuredClone(foldAll(events.slice(0, at)));
        assert.deepEqual(
          events.slice(at).reduce((state, event) => fold(state, event), snapshot),
          foldAll(events),
        );
      }),
      RUNS,
    );
  });

  it("deciding changes nothing by itself, and says the same when it is asked twice", () => {
    fc.assert(
      fc.property(anyWorld, fc.nat(), ({ plan, script }, cut) => {
        const events = new VirtualRun({ plan, script }).finish();
        const state = foldAll(events.slice(0, 1 + (cut % events.length)));
        assert.ok(state);
        const before = structuredClone(state);
        const first = decide(state, state.t);
        assert.deepEqual(decide(state, state.t), first);
        assert.deepEqual(state, before);
      }),
      RUNS,
    );
  });

  it("an execution that was interrupted after any event shows nothing as running and can be cancelled", () => {
    fc.assert(
      fc.property(anyWorld, fc.nat(), ({ plan, script }, cut) => {
        const events = new VirtualRun({ plan, script }).finish();
        let state = foldAll(events.slice(0, 1 + (cut % (events.length - 1))));
        assert.ok(state);
        state = fold(state, { ...stamp(state), type: "execution.interrupted", message: "gone" });
        const view = ExecutionView.parse(viewOf(state, state.t, "x.spec.md"));
        assert.equal(view.status, "interrupted");
        for (const { status, blocker, endTime } of view.steps) {
          assert.notEqual(status, "running");
          assert.equal(blocker === null, endTime !== null, "what has not ended waits for something that is named");
        }
        assert.equal(state.ledger.reserved, 0);
        state = fold(state, { ...stamp(state), type: "cancel.requested", by: "ada", force: false });
        for (let bodies = decide(state, state.t); bodies.length > 0; bodies = decide(state, state.t))
          for (const body of bodies) state = fold(state, { ...stamp(state), ...body });
        assert.equal(state.finished?.status, "cancelled");
        assert.ok(state.steps.every(({ phase }) => phase.kind === "ended"));
      }),
      RUNS,
    );
  });

  it("10: order of completion and concurrency change no final state, no cost and no result (continue, no limit)", () => {
    const orders = fc.array(fc.record({ maxConcurrent: fc.integer({ min: 1, max: 12 }), seed: fc.integer() }), {
      minLength: 2,
      maxLength: 4,
    });
    fc.assert(
      fc.property(confluentWorld, orders, ({ plan, script }, schedules) => {
        const outcomes = schedules.map(({ maxConcurrent, seed }) => {
          const random = seeded(seed);
          // Agents take another time in every schedule; what they do is the same.
          const run = new VirtualRun({
            plan: { ...plan, maxConcurrent },
            script: (id, attempt) => ({ ...script(id, attempt), duration: Math.floor(random() * 9_000) }),
            choose: random,
          });
          run.finish();
          checkJournal({ ...plan, maxConcurrent }, run.events);
          return {
            status: run.state.finished?.status,
            steps: run.state.steps.map(({ phase, attempts, spent, unknownCosts }) => [
              phase.kind === "ended" && phase.status,
              attempts,
              spent,
              unknownCosts,
            ]),
            // When something was booked depends on the order; what and how much does not.
            ledger: { ...run.state.ledger, certainty: null, bookings: null },
          };
        });
        for (const outcome of outcomes) assert.deepEqual(outcome, outcomes[0]);
      }),
      RUNS,
    );
  });
});

function stamp(state: { seq: number; t: number }): { v: 1; executionId: string; seq: number; at: string; t: number } {
  return { v: 1, executionId: "run-1", seq: state.seq + 1, at: "2026-01-01T00:00:00.000Z", t: state.t };
}
