import assert from "node:assert/strict";
import fc from "fast-check";
import type { Plan } from "../../../schemas/plan.ts";
import { exchanged } from "../../../schemas/money.ts";
import { engineLimitsOf } from "../../../worker/run/engine-limits.ts";
import { enginePlanOf, isEnginePlanOf } from "../../../worker/run/engine-plan.ts";
import { planDifference } from "../../../worker/plan/difference.ts";
import { agentView, planOf, SHELL, told } from "../../support/planning.ts";

const policy = (more: object = {}, limits: object = {}, enforcement: object = {}): object => ({
  id: "dev",
  limits: { total: 10, ...limits },
  enforcement: { mode: "enforce", ...enforcement },
  ...more,
});

const SPEC = "- [ ] a\n  - cost: 3\n  - agent: cloud\n- [ ] b\n  - command: x\n  - cost: 2\n";

function plan(budget: unknown, front = ""): Plan {
  return planOf(`${front === "" ? "" : `---\n${front}\n---\n`}${SPEC}`, { agents: [SHELL, CLOUD], budget });
}

const CLOUD = agentView("cloud", ["code_generation"], { service: "ec2" });
const PRICELESS = agentView("coder", ["code_generation"]);
const TERMS = { agentLimits: {}, onFailure: "pause", scope: null } as const;

const ids = ({ policies }: Plan): string[] => policies.map(({ id }) => id);

describe("plan: policies (E1, E2)", () => {
  it("takes along what holds for its environment, and everything when it names none", () => {
    const budget = {
      policies: [policy(), policy({ id: "ci", environment: "ci" }), policy({ id: "prod", environment: "prod" })],
    };
    assert.deepEqual(ids(plan(budget)), ["dev", "ci", "prod"]);
    assert.deepEqual(ids(plan(budget, "context: {environment: prod}")), ["dev", "prod"]);
    assert.deepEqual(ids(plan(budget, "context: {environment: test}")), ["dev"]);
    assert.deepEqual(ids(plan(undefined)), []);
  });

  it("is another plan, which needs another approval, when a policy or a rate is another", () => {
    const before = plan(policy());
    for (const [what, changed] of [
      ["the limit", policy({}, { total: 11 })],
      ["the mode", policy({}, {}, { mode: "warn" })],
      ["the window", policy({}, { duration: "day" })],
      ["a service", policy({}, { perService: { ec2: 5 } })],
      ["the threshold", policy({}, {}, { warningThreshold: 0.5 })],
      ["a rate", policy({ rates: { EUR: 1.1 } })],
    ] as const) {
      const after = plan(changed);
      assert.notEqual(after.hash, before.hash, what);
      assert.equal(isEnginePlanOf(after, enginePlanOf(before, TERMS)), false, what);
      assert.match(planDifference(before, after).join("\n"), /policies was|rates was/, what);
    }
    assert.equal(plan(policy()).hash, before.hash);
  });

  it("counts in the policy's currency when nothing else is said, and in the spec's with a rate", () => {
    const pounds = policy({}, { currency: "GBP" });
    assert.equal(plan(pounds).currency, "GBP");
    const without = plan(pounds, "budget: 5 USD");
    assert.deepEqual(told(without.diagnostics), ["error currency -"]);
    assert.match(without.diagnostics[0]?.message ?? "", /policy dev counts in GBP and the plan in USD.*has no rate/);
    const { diagnostics, rates } = plan({ ...pounds, rates: { USD: "0.8" } }, "budget: 5 USD");
    assert.deepEqual(told(diagnostics), []);
    assert.deepEqual(rates, { GBP: 1_250_000 });
  });

  it("converts a cost that is declared in another currency", () => {
    const text = "---\nbudget: 5 USD\n---\n- [ ] a\n  - command: x\n  - cost: 1 EUR\n";
    const made = planOf(text, { budget: { ...policy(), rates: { EUR: 1.1 } } });
    assert.deepEqual([made.estimatedCost, told(made.diagnostics)], [1.1, []]);
  });

  it("says that its estimates do not fit, in all, by service, for other services and by agent", () => {
    const messages = (budget: unknown): string[] => plan(budget).diagnostics.map(({ message }) => message);
    assert.deepEqual(messages(policy()), []);
    assert.match(
      messages(policy({}, { total: 4 }))[0] ?? "",
      /estimated at 5\.00 USD, above the 4\.00 USD of policy dev, which will stop it on the way/,
    );
    assert.match(
      messages(policy({}, { perService: { ec2: 2 } }, { mode: "warn" }))[0] ?? "",
      /3\.00 USD for ec2, above the 2\.00 USD of policy dev for ec2, which will only be told/,
    );
    assert.match(
      messages(policy({}, { perService: { ec2: 5, other: 1 } }, { mode: "approve" }))[0] ?? "",
      /2\.00 USD for other services, above .* which will make it wait for you/,
    );
    assert.match(messages(policy({}, { perAgent: { shell: 1 } }))[0] ?? "", /2\.00 USD for agent shell, above/);
  });

  it("needs an estimate of every step under a policy that stops", () => {
    const unpriced = (mode: string): string[] =>
      told(planOf("- [ ] Code a\n", { agents: [PRICELESS], budget: policy({}, {}, { mode }) }).diagnostics);
    assert.deepEqual(unpriced("enforce"), ["error unknown-cost 1"]);
    assert.deepEqual(unpriced("approve"), ["warning unknown-cost 1"]);
  });
});

describe("limits of the engine (E1)", () => {
  const limits = (made: Plan): unknown[] =>
    engineLimitsOf(made).map(({ key, label, limit, warnAt, approvalRequired }) => [
      key,
      label,
      limit,
      warnAt,
      approvalRequired,
    ]);

  it("have a key and a label of their own, and amounts in the plan's currency that are never above the policy's", () => {
    const budget = {
      rates: { USD: 0.79 },
      ...policy(
        {},
        { currency: "GBP", perService: { ec2: 3, other: 0 }, perAgent: { shell: 1 } },
        { approvalRequired: true, warningThreshold: 0.5 },
      ),
    };
    assert.deepEqual(limits(plan(budget, "budget: 5 USD")), [
      ["dev/total", "policy dev", 12_658_230, 6_329_115, true],
      ["dev/service/ec2", "policy dev for ec2", 3_797_469, 1_898_734, false],
      ["dev/other", "policy dev for other services", 0, 0, false],
      ["dev/agent/shell", "policy dev for agent shell", 1_265_823, 632_911, false],
    ]);
  });

  it("are exact whatever the amount and the rate: rounded down as limits, up as costs", () => {
    const micros = fc.integer({ min: 0, max: 1_000_000_000_000_000 });
    const rate = fc.integer({ min: 1, max: 8_000_000 });
    fc.assert(
      fc.property(micros, rate, (amount, one) => {
        const [down, up] = (["down", "up"] as const).map((way) => exchanged(amount, "EUR", "USD", { EUR: one }, way));
        const product = BigInt(amount) * BigInt(one);
        assert.equal(BigInt(down ?? -1), product / 1_000_000n);
        assert.equal(BigInt(up ?? -1), (product + 999_999n) / 1_000_000n);
      }),
    );
    assert.equal(exchanged(1, "EUR", "USD", {}, "up"), null);
  });
});
