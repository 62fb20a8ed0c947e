import assert from "node:assert/strict";
import type { EnginePlan } from "../../../schemas/event.ts";
import { engineLimit, enginePlan, engineStep } from "../../support/engine-plans.ts";
import { quiet } from "../../support/fake-clock.ts";
import { LiveRun } from "../../support/live-run.ts";

const USD = 1_000_000;
const REQUEST = { requestId: "1", agent: "shell", tool: "execute", title: "a command", subject: "make all" } as const;
const plan = enginePlan([engineStep("a", { timeout: 5_000 })]);

/** What an attempt heard, as soon as it heard it. */
async function asked(run: LiveRun, requestId = "1"): Promise<{ answer: string | null }> {
  const heard: { answer: string | null } = { answer: null };
  run.starter
    .support("a/1")
    .ask({ ...REQUEST, requestId })
    .then(
      (answer) => (heard.answer = answer),
      (error: unknown) => assert.fail(String(error)),
    );
  await quiet();
  return heard;
}

function reply(run: LiveRun, choice: "allow_once" | "allow_session" | "reject", number = 1): void {
  const said = run.execution.command(
    { kind: "answer", decisionId: `run-1/ask-${number}`, choice, amount: null, revision: null },
    "ada",
  );
  assert.ok(said.ok);
}

async function begun(of: EnginePlan = plan): Promise<LiveRun> {
  const run = new LiveRun(of);
  await run.begin();
  return run;
}

describe("live execution: what running agents ask (F1)", () => {
  it("an agent hears the answer when that is stored, not before", async () => {
    const run = await begun();
    const heard = await asked(run);
    assert.equal(run.journal.types.at(-1), "decision.asked");
    run.journal.mode = "held";
    reply(run, "allow_once");
    await quiet();
    assert.equal(heard.answer, null);
    await run.journal.release();
    assert.equal(heard.answer, "allow_once");
  });

  it("no timer is left while it waits, and its timeout goes on afterwards", async () => {
    const run = await begun();
    await run.clock.advance(1_000);
    await asked(run);
    assert.equal(run.clock.pending, 0);
    await run.clock.advance(3_600_000);
    assert.deepEqual(run.starter.stops, []);
    reply(run, "reject");
    await run.clock.advance(3_999);
    assert.deepEqual(run.starter.stops, []);
    await run.clock.advance(1);
    assert.deepEqual(run.starter.stops, ["a/1 5000"]);
  });

  it("what is allowed until the end of the execution is answered without a word to anybody", async () => {
    const run = await begun();
    await asked(run);
    reply(run, "allow_session");
    await quiet();
    const events = run.journal.events.length;
    assert.equal((await asked(run, "2")).answer, "allow_session");
    assert.equal(run.journal.events.length, events);
  });

  for (const [name, stop] of [
    ["is stopped", (run: LiveRun) => run.execution.command({ kind: "kill", stepId: "a" }, "ada")],
    ["is cancelled", (run: LiveRun) => run.execution.command({ kind: "cancel", force: false }, "ada")],
    ["has ended", (run: LiveRun) => run.starter.end("a/1")],
    ["is left by its worker", (run: LiveRun) => run.execution.abandon()],
  ] as const)
    it(`an agent that ${name} hears of that, and nothing of it waits any more`, async () => {
      const run = await begun();
      const heard = await asked(run);
      const stopped = stop(run);
      await quiet();
      assert.equal(heard.answer, "cancelled");
      run.starter.end("a/1", { outcome: "cancelled" });
      await stopped;
      await quiet();
      assert.equal((await asked(run)).answer, "cancelled");
    });

  it("a kill at once is heard although the record cannot be written", async () => {
    const run = await begun();
    const heard = await asked(run);
    run.journal.mode = "full";
    run.starter.report("a/1", { refused: [{ said: "x", reason: "y" }] });
    await quiet();
    run.execution.command({ kind: "cancel", force: true }, "ada");
    await quiet();
    assert.equal(heard.answer, "cancelled");
    assert.deepEqual(run.starter.stops, ["a/1 0"]);
  });

  it("questions and answers of one turn share a commit", async () => {
    const run = await begun();
    const before = run.journal.calls;
    const titles = Array.from({ length: 50 }, (_, index) => `command ${index}`);
    const heard = Promise.all(titles.map((title) => run.starter.support("a/1").ask({ ...REQUEST, title })));
    await quiet();
    assert.equal(run.journal.calls - before, 1);
    assert.equal(run.journal.types.filter((type) => type === "decision.asked").length, 50);
    reply(run, "allow_session");
    await quiet();
    run.starter.end("a/1");
    // All of them were for the same command.
    assert.deepEqual(new Set(await heard), new Set(["allow_session"]));
  });
});

describe("live execution: what an attempt is told besides its event", () => {
  it("what it may cost at most, where a limit is enforced", async () => {
    const limits = [engineLimit("p", { limit: 9 * USD })];
    const allowance = async (more: Partial<EnginePlan>, step = {}): Promise<number | null> => {
      const run = await begun(enginePlan([engineStep("a", { cost: 2 * USD, ...step })], more));
      return run.starter.support("a/1").allowance;
    };
    assert.equal(await allowance({ limits }), 2);
    assert.equal(await allowance({ limits }, { reserve: 3 * USD }), 3);
    assert.equal(await allowance({ limits }, { reserve: 3 * USD, cap: 2_500_000 }), 2.5);
    assert.equal(await allowance({ limits }, { cost: null, cap: USD }), 1);
    assert.equal(await allowance({ limits }, { simulated: true }), null);
    assert.equal(await allowance({ limits: limits.map((one) => ({ ...one, mode: "warn" as const })) }), null);
    assert.equal(await allowance({}), null, "nothing is enforced");
  });

  it("what a review has found in what it made before", async () => {
    const review = engineStep("r", { dependencies: ["a"], reviews: "a" });
    const run = await begun(enginePlan([engineStep("a"), review]));
    assert.equal(run.starter.support("a/1").findings, null);
    run.starter.end("a/1");
    await quiet();
    const found = { verdict: "changes_requested", findings: "no tests" } as const;
    run.starter.end("r/1", { result: { end: null, check: null, tail: "", review: found } });
    await quiet();
    assert.equal(run.starter.support("a/2").findings, "no tests");
  });
});
