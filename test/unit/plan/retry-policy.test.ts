import assert from "node:assert/strict";
import fc from "fast-check";
import type { AgentRetry } from "../../../schemas/agent.ts";
import { AttemptFailureCode } from "../../../schemas/failure.ts";
import { RetryPolicy } from "../../../schemas/plan.ts";
import { retryPolicy } from "../../../worker/plan/retry-policy.ts";
import { agentView, planOf, step } from "../../support/planning.ts";

function retryOf(attributes: readonly string[], retry: AgentRetry | null = null): RetryPolicy {
  const agents = [agentView("shell", ["command"], { retry })];
  const lines = attributes.map((attribute) => `  - ${attribute}\n`).join("");
  return step(planOf(`- [ ] a\n  - command: x\n${lines}`, { agents }), "a").retry;
}

const ALWAYS = ["timeout", "transport", "crash", "rate_limit", "unhealthy"];

describe("plan: retries (C2)", () => {
  it("are three attempts after 2 s and 4 s where nobody says more", () => {
    assert.deepEqual(retryOf([]), {
      maxAttempts: 3,
      base: 2_000,
      factor: 2,
      cap: 8_000,
      jitter: 0,
      retryOn: ALWAYS,
    });
  });

  it("follow the task, then its agent, then the default, each part by itself", () => {
    const agent = { maxAttempts: 7, base: 100, jitter: 0.5, retryOn: ["agent_error" as const] };
    assert.deepEqual(retryOf([], agent), { ...agent, factor: 2, cap: 8_000 });
    const both = retryOf(["backoff: factor 3, cap 1m", "retries: 1", "retryOn: timeout"], agent);
    assert.deepEqual(both, {
      maxAttempts: 2,
      base: 100,
      factor: 3,
      cap: 60_000,
      jitter: 0.5,
      retryOn: ["timeout"],
    });
  });

  it("with stated `retries` try failed commands and checks again, unless `retryOn` is stated", () => {
    const asked = ["exit_nonzero", "check_failed", "output_missing"];
    assert.deepEqual(retryOf(["retries: 2"]).retryOn, [...ALWAYS, ...asked]);
    assert.deepEqual(retryOf(["retries: 2"], { retryOn: ["agent_error"] }).retryOn, ["agent_error", ...asked]);
    assert.deepEqual(retryOf(["retries: 2", "retryOn: crash"]).retryOn, ["crash"]);
  });

  it("with `retryOn` alone keep the number of attempts", () => {
    const { maxAttempts, retryOn } = retryOf(["retryOn: exit_nonzero"]);
    assert.deepEqual([maxAttempts, retryOn], [3, ["exit_nonzero"]]);
  });

  it("lift the default cap to a longer base, and keep a stated cap by shortening the default base", () => {
    assert.deepEqual([retryOf(["backoff: 1m"]).base, retryOf(["backoff: 1m"]).cap], [60_000, 60_000]);
    assert.deepEqual([retryOf(["backoff: cap 1s"]).base, retryOf(["backoff: cap 1s"]).cap], [1_000, 1_000]);
    assert.equal(retryOf(["backoff: 1m"], { cap: 5_000 }).cap, 60_000);
    assert.equal(retryOf(["backoff: cap 1s"], { base: 5_000 }).base, 1_000);
  });

  it("change with a person's own number of retries, and then include failed commands", () => {
    const plan = planOf("- [ ] a\n  - command: x\n", { modifications: [{ stepId: "a", retries: 4 }] });
    assert.equal(step(plan, "a").retry.maxAttempts, 5);
    assert.ok(step(plan, "a").retry.retryOn.includes("exit_nonzero"));
  });

  it("property: are always within the vocabulary, with a cap that is not below the base", () => {
    const time = fc.nat(100_000);
    const codes = fc.uniqueArray(fc.constantFrom(...AttemptFailureCode.options));
    const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
    const task = fc.record({
      retries: orNull(fc.nat(100)),
      backoff: orNull(
        fc.record({
          base: orNull(time),
          factor: orNull(fc.integer({ min: 1, max: 100 })),
          cap: orNull(time),
          jitter: orNull(fc.double({ min: 0, max: 1, noNaN: true })),
        }),
      ),
      retryOn: orNull(codes),
    });
    const agent = fc.record(
      { maxAttempts: fc.integer({ min: 1, max: 101 }), base: time, cap: time, retryOn: codes },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(task, orNull(agent), (attributes, retry) => {
        const policy = retryPolicy(attributes, retry);
        assert.deepEqual(RetryPolicy.parse(policy), policy);
        assert.ok(policy.cap >= policy.base);
        assert.equal(new Set(policy.retryOn).size, policy.retryOn.length);
      }),
    );
  });
});
