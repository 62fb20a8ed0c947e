import assert from "node:assert/strict";
import { engineStep, enginePlan } from "../../support/engine-plans.ts";
import { LiveRun } from "../../support/live-run.ts";

const chain = enginePlan([engineStep("a"), engineStep("b", { dependencies: ["a"] })]);

describe("an execution whose worker makes room for a newer one (semantics, Worker)", () => {
  it("lets running attempts finish, starts none, and then holds the worker no longer", async () => {
    const run = new LiveRun(chain);
    await run.begin();
    run.execution.drain();
    assert.equal(run.execution.isBusy, true);
    run.starter.end("a/1");
    await run.clock.advance(0);
    assert.deepEqual(run.starter.started, ["a/1"]);
    assert.ok(run.journal.types.includes("step.finished"), "what has finished is settled");
    assert.equal(run.execution.isBusy, false);
    await run.execution.abandon();
    assert.equal(run.clock.pending, 0);
  });

  it("is not held by a backoff, which goes on under the next worker", async () => {
    const run = new LiveRun(chain, () => ({ duration: 10, fails: "crash" }));
    await run.begin();
    run.execution.drain();
    await run.clock.advance(10);
    assert.equal(run.execution.isBusy, false);
    await run.clock.advance(60_000);
    assert.deepEqual(run.starter.started, ["a/1"]);
  });

  it("comes to its end when nothing is left to start", async () => {
    const run = new LiveRun(enginePlan([engineStep("a")]));
    await run.begin();
    run.execution.drain();
    run.starter.end("a/1");
    await run.clock.advance(0);
    assert.equal(run.outcome, "resolved");
    assert.equal(run.journal.types.at(-1), "execution.finished");
  });

  it("is cancelled as ever", async () => {
    const run = new LiveRun(chain, () => ({ stopsIn: 0 }));
    await run.begin();
    run.execution.drain();
    run.execution.command({ kind: "cancel", force: false }, "somebody");
    await run.clock.advance(10);
    assert.equal(run.outcome, "resolved");
    assert.equal(run.execution.view()?.status, "cancelled");
  });
});
