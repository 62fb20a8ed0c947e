import assert from "node:assert/strict";
import type { AgentDefinition } from "../../../schemas/agent.ts";
import { builtIn, inWorkspace, TestAttempt } from "../../support/attempts.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { settled } from "../../support/settled.ts";

function simulated(more: Partial<Extract<AgentDefinition["adapter"], { kind: "simulated" }>> = {}): AgentDefinition {
  return {
    ...builtIn("simulated"),
    adapter: { kind: "simulated", seed: 7, minDelay: 1_000, maxDelay: 5_000, failureRate: 0, ...more },
  };
}

/** Runs attempts on a clock of their own, as fast as the machine can. */
async function run(agent: AgentDefinition, attemptId: string) {
  return inWorkspace(async (folder) => {
    const clock = new ManualClock();
    const attempt = new TestAttempt(folder, "exit 1", {
      agent,
      attemptId,
      clock,
      outputs: ["none"],
      check: "exit 1",
      cost: 1,
    });
    await settled();
    clock.advance(10_000_000);
    const { outcome, failure, costs, artifacts, result } = await attempt.result;
    return { outcome, failure, costs, artifacts, result, logs: attempt.logs };
  });
}

describe("simulated attempts (D4)", () => {
  it("run nothing, check nothing, cost nothing, leave nothing, and say what they are", async () => {
    const end = await run(simulated(), "attempt-1");
    assert.deepEqual(end.result, { end: null, check: null, tail: "" });
    assert.deepEqual([end.outcome, end.failure, end.costs, end.artifacts], ["succeeded", null, [], []]);
    assert.match(end.logs.join(), /^info: simulated: nothing is run; waits [\d.]+s$/);
  });

  it("go the same way for the same seed and attempt, and another for others", async () => {
    const agent = simulated({ minDelay: 0, maxDelay: 1_000_000, failureRate: 0.5 });
    assert.deepEqual(await run(agent, "attempt-1"), await run(agent, "attempt-1"));
    assert.notDeepEqual((await run(agent, "attempt-2")).logs, (await run(agent, "attempt-1")).logs);
    const other = simulated({ minDelay: 0, maxDelay: 1_000_000, failureRate: 0.5, seed: 8 });
    assert.notDeepEqual((await run(other, "attempt-1")).logs, (await run(agent, "attempt-1")).logs);
  });

  it("fail at their rate, with a code that says that an agent failed", async () => {
    const failed = await run(simulated({ failureRate: 1 }), "attempt-1");
    assert.deepEqual([failed.outcome, failed.failure?.code], ["failed", "agent_error"]);
    const ends = await Promise.all(
      Array.from({ length: 100 }, (_, index) => run(simulated({ failureRate: 0.3 }), `attempt-${index}`)),
    );
    const failures = ends.filter(({ outcome }) => outcome === "failed").length;
    assert.ok(failures > 15 && failures < 45, String(failures));
  });

  it("take the place of any agent when a person decided to simulate the step", () =>
    inWorkspace(async (folder) => {
      const clock = new ManualClock();
      const attempt = new TestAttempt(folder, "echo really", { simulated: true, clock });
      await settled();
      clock.advance(5_000);
      assert.deepEqual([(await attempt.result).outcome, attempt.output], ["succeeded", ""]);
    }));

  it("last between the least and the greatest delay", () =>
    inWorkspace(async (folder) => {
      const clock = new ManualClock();
      const attempt = new TestAttempt(folder, null, { agent: simulated({ minDelay: 4_000, maxDelay: 4_000 }), clock });
      await settled();
      let isOver = false;
      const over = attempt.result.then((end) => {
        isOver = true;
        return end;
      });
      clock.advance(3_999);
      await settled();
      assert.equal(isOver, false);
      clock.advance(1);
      assert.equal((await over).duration, 4_000);
    }));

  it("end at once when they are stopped", () =>
    inWorkspace(async (folder) => {
      const attempt = new TestAttempt(folder, null, { agent: simulated(), clock: new ManualClock() });
      await settled();
      attempt.stop(5_000);
      assert.equal((await attempt.result).outcome, "cancelled");
    }));
});
