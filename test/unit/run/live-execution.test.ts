import assert from "node:assert/strict";
import fc from "fast-check";
import { FailureError } from "../../../schemas/failure.ts";
import { foldAll } from "../../../worker/engine/fold.ts";
import { viewOf } from "../../../worker/engine/view.ts";
import { STOP_GRACE_MS } from "../../../worker/run/live-execution.ts";
import { createdBody, enginePlan, engineStep } from "../../support/engine-plans.ts";
import { quiet } from "../../support/fake-clock.ts";
import { checkJournal } from "../../support/invariants.ts";
import { LiveRun } from "../../support/live-run.ts";
import { randomWorld, seeded } from "../../support/random-runs.ts";
import { attemptEnd } from "../../support/virtual-run.ts";

const chain = enginePlan([engineStep("a"), engineStep("b", { dependencies: ["a"] })]);
const pair = enginePlan([engineStep("a"), engineStep("b")]);

function codeOf(error: unknown): string {
  return error instanceof FailureError ? error.failure.code : String(error);
}

/** The code that `done` was rejected with, or null. */
function rejectionOf({ outcome }: LiveRun): string | null {
  return outcome === null || outcome === "resolved" ? null : codeOf(outcome.rejected);
}

/** Starts to wait and tells later how it went. */
function watch<T>(promise: Promise<T>): { state: "pending" | "rejected" | { value: T }; code: string | null } {
  const seen: ReturnType<typeof watch<T>> = { state: "pending", code: null };
  promise.then(
    (value) => (seen.state = { value }),
    (error: unknown) => Object.assign(seen, { state: "rejected", code: codeOf(error) }),
  );
  return seen;
}

describe("live execution", () => {
  it("runs a plan to its end, and `done` resolves when the end is stored", async () => {
    const run = new LiveRun(chain, () => ({ duration: 1_000 }));
    await run.begin();
    assert.equal(run.execution.view(), null, "there is no final view before the end");
    await run.clock.advance(2_000);
    assert.equal(run.outcome, "resolved");
    assert.ok(run.execution.hasFinished);
    assert.equal(run.execution.view()?.status, "completed");
    assert.equal(run.execution.view()?.seq, run.journal.events.length);
    assert.equal(run.clock.pending, 0, "no timer is left behind");
    checkJournal(chain, run.journal.events);
  });

  it("wakes up by itself for retries and timeouts", async () => {
    const plan = enginePlan([engineStep("a", { timeout: 500 })]);
    const run = new LiveRun(plan, (_, attempt) => (attempt === 1 ? { stopsIn: 200 } : { duration: 100 }));
    await run.begin();
    await run.clock.advance(499);
    assert.deepEqual(run.starter.stops, []);
    await run.clock.advance(1);
    assert.deepEqual(run.starter.stops, [`a/1 ${STOP_GRACE_MS}`]);
    await run.clock.advance(200 + 1_999);
    assert.deepEqual(run.starter.started, ["a/1"]);
    await run.clock.advance(1 + 100);
    assert.deepEqual(run.starter.started, ["a/1", "a/2"]);
    assert.equal(run.outcome, "resolved");
  });

  it("sets no timer for a step that is due and waits for a place", async () => {
    const plan = enginePlan([engineStep("a", { priority: 1 }), engineStep("long")], { maxConcurrent: 1 });
    const run = new LiveRun(plan, (id) => (id === "a" ? { duration: 10, fails: "crash" } : {}));
    await run.begin();
    await run.clock.advance(60_000);
    assert.equal(run.clock.pending, 0);
    assert.deepEqual(run.starter.started, ["a/1", "long/1"]);
  });

  it("runs agents that end at once, one after the other", async () => {
    const run = new LiveRun(chain);
    run.starter.start = () => ({ result: Promise.resolve(attemptEnd()), stop: () => undefined });
    await run.begin();
    assert.equal(run.outcome, "resolved");
    assert.equal(run.execution.view()?.status, "completed");
  });

  it("records answers that arrive together in one batch", async () => {
    const run = new LiveRun(pair, () => ({ duration: 1_000 }));
    await run.begin();
    const before = run.journal.calls;
    run.starter.end("a/1");
    run.starter.end("b/1");
    await quiet();
    assert.equal(run.outcome, "resolved");
    assert.ok(run.journal.calls - before === 1, "events of one turn share a commit");
  });
});

describe("live execution: stored before acted upon (J1)", () => {
  it("starts nothing and acknowledges nothing while the journal does not answer", async () => {
    const run = new LiveRun(pair);
    run.journal.mode = "held";
    const begun = watch(run.execution.begin(createdBody(pair)));
    await run.clock.advance(60_000);
    assert.equal(begun.state, "pending");
    assert.deepEqual([run.starter.started, run.published], [[], []]);
    await run.journal.release();
    assert.notEqual(begun.state, "pending");
    assert.deepEqual(
      run.published.map(({ type }) => type),
      ["execution.created"],
    );
    assert.deepEqual(run.starter.started, [], "the starts are decided, and not yet stored");
    await run.journal.release();
    assert.deepEqual(run.starter.started, ["a/1", "b/1"]);
  });

  it("publishes in order, each event once, and only what is stored", async () => {
    const run = new LiveRun(chain, () => ({ duration: 10 }));
    run.journal.mode = "held";
    const begun = run.execution.begin(createdBody(chain));
    for (let turn = 0; turn < 30; turn += 1) {
      await run.clock.advance(10);
      assert.deepEqual(run.published, run.journal.events);
      await run.journal.release();
    }
    await begun;
    assert.equal(run.outcome, "resolved");
    assert.deepEqual(
      run.published.map(({ seq }) => seq),
      run.published.map((_, index) => index + 1),
    );
  });

  it("stops no agent before the stop is stored", async () => {
    const run = new LiveRun(enginePlan([engineStep("a", { timeout: 100 })]));
    await run.begin();
    run.journal.mode = "held";
    await run.clock.advance(1_000);
    assert.deepEqual(run.starter.stops, []);
    await run.journal.release();
    assert.deepEqual(run.starter.stops, [`a/1 ${STOP_GRACE_MS}`]);
  });

  it("is not done before its end is stored", async () => {
    const run = new LiveRun(enginePlan([engineStep("a")]));
    await run.begin();
    run.journal.mode = "held";
    run.starter.end("a/1");
    await quiet();
    assert.equal(run.outcome, null);
    assert.ok(!run.execution.hasFinished);
    await run.journal.release();
    assert.equal(run.outcome, "resolved");
  });

  it("shows only what is stored: a view waits for its last event", async () => {
    const run = new LiveRun(chain);
    assert.equal(await run.execution.durableView(), null, "nothing exists before it begins");
    await run.begin();
    run.journal.mode = "held";
    run.starter.end("a/1");
    await quiet();
    const view = watch(run.execution.durableView());
    const progress = watch(run.execution.durableProgress());
    await quiet();
    assert.deepEqual([view.state, progress.state], ["pending", "pending"]);
    await run.journal.release();
    assert.ok(typeof view.state === "object" && typeof progress.state === "object");
    assert.equal(view.state.value?.steps[0]?.status, "completed");
    assert.ok((view.state.value?.seq ?? Infinity) <= run.journal.events.length);
    assert.equal(progress.state.value?.completed, 1);
    await run.journal.release();
    assert.equal((await run.execution.durableView())?.steps[1]?.status, "running", "what is stored is shown at once");
  });

  it("shows what the fold of the stored events shows", async () => {
    const run = new LiveRun(chain, () => ({ duration: 1_000 }));
    await run.begin();
    await run.clock.advance(1_500);
    const state = foldAll(run.journal.events);
    assert.ok(state);
    assert.deepEqual(await run.execution.durableView(), viewOf(state, 1_500, "x.spec.md"));
  });
});

describe("live execution: a full disk", () => {
  it("stalls, says so once, tries again, says that it goes on, and loses nothing", async () => {
    const run = new LiveRun(chain, () => ({ duration: 1_000 }));
    await run.begin();
    run.journal.mode = "full";
    await run.clock.advance(5_000);
    assert.deepEqual(run.stalls, ["database_full"]);
    assert.deepEqual(run.starter.started, ["a/1"], "nothing is acted upon");
    assert.ok(run.journal.calls >= 5);
    run.journal.mode = "instant";
    await run.clock.advance(1_000);
    assert.deepEqual(run.stalls, ["database_full", null]);
    assert.deepEqual(run.starter.started, ["a/1", "b/1"]);
    await run.clock.advance(1_000);
    assert.equal(run.outcome, "resolved");
    checkJournal(chain, run.journal.events);
  });

  it("lets its clock stand still meanwhile: no timeout and no backoff passes", async () => {
    const plan = enginePlan([engineStep("a"), engineStep("b", { dependencies: ["a"], timeout: 2_000 })]);
    const run = new LiveRun(plan, (id) => ({ duration: id === "a" ? 100 : 1_900 }));
    await run.begin();
    run.journal.mode = "full";
    await run.clock.advance(60_000);
    run.journal.mode = "instant";
    await run.clock.advance(1_000 + 1_900);
    assert.equal(run.outcome, "resolved");
    assert.deepEqual(run.starter.stops, []);
    assert.equal(run.execution.view()?.status, "completed");
  });

  it("lets no timeout of a running attempt pass either, also when something else happens", async () => {
    const plan = enginePlan([engineStep("a", { timeout: 2_000 }), engineStep("b"), engineStep("c")]);
    const run = new LiveRun(plan);
    await run.begin();
    run.journal.mode = "full";
    run.starter.end("b/1");
    await run.clock.advance(60_000);
    run.starter.end("c/1");
    await run.clock.advance(1_000);
    run.journal.mode = "instant";
    await run.clock.advance(1_000 + 1_999);
    assert.deepEqual(run.starter.stops, []);
    assert.equal((await run.execution.durableView())?.steps[2]?.status, "completed");
    await run.clock.advance(1);
    assert.deepEqual(run.starter.stops, [`a/1 ${STOP_GRACE_MS}`], "the rest of its time has passed");
  });

  it("refuses views that it cannot stand for, with the reason, and shows them again later", async () => {
    const run = new LiveRun(chain);
    await run.begin();
    run.journal.mode = "full";
    run.starter.end("a/1");
    const early = watch(run.execution.durableView());
    await quiet();
    assert.equal(early.code, null, "what was stored when it was asked for is shown");
    const waiting = watch(run.execution.durableProgress());
    await quiet();
    assert.equal(waiting.code, "database_full");
    run.journal.mode = "instant";
    await run.clock.advance(1_000);
    assert.equal((await run.execution.durableView())?.steps[0]?.status, "completed");
  });

  it("refuses whoever waits already when the disk turns out to be full", async () => {
    const run = new LiveRun(chain);
    await run.begin();
    run.journal.mode = "full";
    run.execution.command({ kind: "cancel", force: false }, "ada");
    const view = watch(run.execution.durableView());
    await quiet();
    assert.equal(view.code, "database_full", "a cancel that is not stored is not acknowledged");
    assert.deepEqual(run.starter.stops, []);
  });

  it("does not begin at all", async () => {
    const run = new LiveRun(chain);
    run.journal.mode = "full";
    await assert.rejects(run.execution.begin(createdBody(chain)), (error) => codeOf(error) === "database_full");
    run.journal.mode = "instant";
    await run.clock.advance(10_000);
    assert.deepEqual([run.starter.started, run.published, run.journal.events, run.clock.pending], [[], [], [], 0]);
  });
});

describe("live execution: a lost record", () => {
  it("kills the agents, rejects `done` when they are gone, and does nothing more", async () => {
    const run = new LiveRun(pair, () => ({}));
    await run.begin();
    run.journal.mode = "broken";
    run.starter.end("a/1");
    await quiet();
    assert.deepEqual(run.starter.stops, ["b/1 0"]);
    assert.equal(run.outcome, null, "an agent still lives");
    await run.clock.advance(0);
    assert.deepEqual(run.starter.alive, []);
    assert.equal(rejectionOf(run), "database_damaged");
    const calls = run.journal.calls;
    run.journal.mode = "instant";
    run.execution.command({ kind: "cancel", force: true }, "ada");
    await run.clock.advance(60_000);
    assert.deepEqual([run.journal.calls, run.clock.pending], [calls, 0]);
    await assert.rejects(run.execution.durableView(), (error) => codeOf(error) === "database_damaged");
  });

  it("is what a bug in an adapter comes to: the execution does not hang", async () => {
    const run = new LiveRun(pair);
    const broken = new Error("adapter bug");
    run.starter.start = () => {
      throw broken;
    };
    await run.begin();
    await run.clock.advance(0);
    assert.equal(rejectionOf(run), "Error: adapter bug");
  });
});

describe("live execution: cancel (C5)", () => {
  it("stops what runs with its grace, then ends as cancelled", async () => {
    const run = new LiveRun(chain, () => ({ stopsIn: 300 }));
    await run.begin();
    run.execution.command({ kind: "cancel", force: false }, "ada");
    assert.equal((await run.execution.durableView())?.status, "cancelling");
    await run.clock.advance(299);
    assert.deepEqual(run.starter.stops, [`a/1 ${STOP_GRACE_MS}`]);
    assert.equal(run.outcome, null, "the process lives");
    await run.clock.advance(1);
    assert.equal(run.outcome, "resolved");
    assert.equal(run.execution.view()?.status, "cancelled");
    assert.deepEqual(run.starter.started, ["a/1"]);
    checkJournal(chain, run.journal.events);
  });

  it("kills at once with force, also after a first, patient cancel", async () => {
    const run = new LiveRun(pair);
    await run.begin();
    run.execution.command({ kind: "cancel", force: false }, "ada");
    await run.clock.advance(1_000);
    run.execution.command({ kind: "cancel", force: false }, "ada");
    run.execution.command({ kind: "cancel", force: true }, "ada");
    run.execution.command({ kind: "cancel", force: true }, "ada");
    await run.clock.advance(1);
    assert.deepEqual(run.starter.stops, [`a/1 ${STOP_GRACE_MS}`, `b/1 ${STOP_GRACE_MS}`, "a/1 0", "b/1 0"]);
    assert.equal(run.outcome, "resolved");
    assert.equal(run.journal.types.filter((type) => type === "cancel.requested").length, 2);
  });

  it("kills at once with force when that comes first", async () => {
    const run = new LiveRun(enginePlan([engineStep("a")]));
    await run.begin();
    run.execution.command({ kind: "cancel", force: true }, "ada");
    await run.clock.advance(1);
    assert.ok(run.starter.stops.every((stop) => stop === "a/1 0"));
    assert.equal(run.outcome, "resolved");
  });

  it("starts no agent when it comes before the start is stored", async () => {
    const run = new LiveRun(pair);
    run.journal.mode = "held";
    const begun = run.execution.begin(createdBody(pair));
    await quiet();
    await run.journal.release();
    await begun;
    await quiet();
    run.execution.command({ kind: "cancel", force: false }, "ada");
    for (let turn = 0; turn < 5; turn += 1) await run.journal.release();
    assert.deepEqual(run.starter.started, []);
    assert.equal(run.outcome, "resolved");
    assert.deepEqual(
      run.execution.view()?.steps.map(({ status }) => status),
      ["cancelled", "cancelled"],
    );
    checkJournal(pair, run.journal.events);
  });

  it("keeps its turn when it comes while the creation is being stored", async () => {
    const run = new LiveRun(pair);
    run.journal.mode = "held";
    const begun = run.execution.begin(createdBody(pair));
    run.execution.command({ kind: "cancel", force: false }, "ada");
    await quiet();
    assert.equal(run.journal.calls, 1, "one batch at a time");
    await run.journal.release();
    await begun;
    for (let turn = 0; turn < 5; turn += 1) await run.journal.release();
    assert.equal(run.journal.types[1], "cancel.requested");
    assert.equal(run.outcome, "resolved");
    assert.deepEqual(run.starter.started, []);
  });

  it("is harmless before the beginning and after the end", async () => {
    const run = new LiveRun(enginePlan([engineStep("a")]));
    run.execution.command({ kind: "cancel", force: true }, "ada");
    await run.begin();
    run.starter.end("a/1");
    await quiet();
    const count = run.journal.events.length;
    run.execution.command({ kind: "cancel", force: true }, "ada");
    await quiet();
    assert.equal(run.journal.events.length, count);
    assert.equal(run.execution.view()?.status, "completed");
  });
});

describe("live execution: the worker leaves (C14)", () => {
  it("stops the agents with their grace and records no end", async () => {
    const run = new LiveRun(pair, () => ({ stopsIn: 400 }));
    await run.begin();
    const left = watch(run.execution.abandon());
    await run.clock.advance(399);
    assert.equal(left.state, "pending");
    await run.clock.advance(1);
    assert.notEqual(left.state, "pending");
    assert.deepEqual(run.starter.alive, []);
    assert.ok(!run.journal.types.some((type) => type === "attempt.finished" || type === "execution.finished"));
    assert.equal(rejectionOf(run), "interrupted");
    assert.equal(run.clock.pending, 0);
  });

  it("starts nothing that was decided and not yet stored", async () => {
    const run = new LiveRun(chain);
    await run.begin();
    run.journal.mode = "held";
    run.starter.end("a/1");
    await quiet();
    const left = watch(run.execution.abandon());
    await quiet();
    assert.equal(left.state, "pending", "something is being written");
    for (let turn = 0; turn < 3; turn += 1) await run.journal.release();
    assert.notEqual(left.state, "pending");
    assert.deepEqual(run.starter.started, ["a/1"]);
  });

  it("does not wait for a full disk", async () => {
    const run = new LiveRun(chain);
    await run.begin();
    run.journal.mode = "full";
    run.starter.end("a/1");
    await quiet();
    const left = watch(run.execution.abandon());
    await quiet();
    assert.notEqual(left.state, "pending");
    assert.equal(run.clock.pending, 0);
  });

  it("lets an end that is being stored become the end", async () => {
    const run = new LiveRun(enginePlan([engineStep("a")]));
    await run.begin();
    run.starter.end("a/1");
    run.journal.mode = "held";
    await quiet();
    const left = run.execution.abandon();
    for (let turn = 0; turn < 3; turn += 1) await run.journal.release();
    await left;
    const isWhole = run.journal.types.at(-1) === "execution.finished";
    assert.equal(run.outcome === "resolved", isWhole, "done tells what the record tells");
    await run.execution.abandon();
  });
});

describe("live execution, any plan", () => {
  it("keeps the invariants with a slow journal that is full now and then, and stores what the live state shows", async () => {
    const world = randomWorld({ kind: "any" });
    await fc.assert(
      fc.asyncProperty(world, fc.integer(), fc.option(fc.nat(40)), async ({ plan, script }, seed, cancelAfter) => {
        const random = seeded(seed);
        const run = new LiveRun(plan, (id, attempt) => ({ stopsIn: 50, ...script(id, attempt) }));
        await run.begin();
        for (let turn = 0; run.outcome === null; turn += 1) {
          assert.ok(turn < 3_000, "the execution does not end");
          const choice = random();
          run.journal.mode = choice < 0.6 ? "instant" : choice < 0.9 ? "held" : "full";
          if (turn === cancelAfter) run.execution.command({ kind: "cancel", force: random() < 0.5 }, "ada");
          await run.clock.advance(Math.floor(random() * 900));
          await run.journal.release();
          assert.deepEqual(run.published.length, run.journal.events.length);
        }
        assert.equal(run.outcome, "resolved");
        assert.deepEqual(run.published, run.journal.events);
        assert.deepEqual(run.starter.alive, []);
        checkJournal(plan, run.journal.events);
        const state = foldAll(run.journal.events);
        assert.ok(state);
        assert.deepEqual(run.execution.view(), viewOf(state, state.t, "x.spec.md"));
      }),
      { numRuns: 60 },
    );
  });
});
