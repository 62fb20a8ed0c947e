import assert from "node:assert/strict";
import type { EnginePlan, EngineStep } from "../../../schemas/event.ts";
import { enginePlanOf, isEnginePlanOf } from "../../../worker/run/engine-plan.ts";
import { engineLimit } from "../../support/engine-plans.ts";
import { planOf } from "../../support/planning.ts";

const TERMS = { agentLimits: {}, onFailure: "pause", scope: null } as const;

describe("a recorded engine plan beside the plan that was approved (semantics, Approval)", () => {
  const plan = planOf(
    "---\nbudget: 5.00 USD\ntimeout: 1h\n---\n- [ ] Build\n  - id: build\n  - command: make\n  - locks: db\n- [ ] Ship\n  - id: ship\n  - command: ./ship\n",
  );
  const recorded = enginePlanOf(plan, TERMS);
  const withStep = (id: string, more: Partial<EngineStep>): EnginePlan => ({
    ...recorded,
    steps: recorded.steps.map((step) => (step.id === id ? { ...step, ...more } : step)),
  });

  it("is made from it, as a whole, in part, and beside steps of an earlier plan", () => {
    assert.ok(isEnginePlanOf(plan, recorded));
    assert.ok(isEnginePlanOf(plan, enginePlanOf(plan, { ...TERMS, scope: { kind: "only", stepId: "ship" } })));
    const [first] = recorded.steps;
    assert.ok(first);
    assert.ok(isEnginePlanOf(plan, { ...recorded, steps: [...recorded.steps, { ...first, id: "earlier" }] }));
    assert.ok(isEnginePlanOf(plan, withStep("build", { duration: 5, cost: 1 })), "estimates bind nothing");
    assert.ok(isEnginePlanOf(plan, structuredClone(recorded)));
  });

  const tampered: [what: string, changed: EnginePlan][] = [
    ["the limit", { ...recorded, budget: { limit: 500_000_000, currency: "USD", mode: "approve" } }],
    ["no limit", { ...recorded, budget: null }],
    ["the timeout", { ...recorded, timeout: null }],
    ["the places", { ...recorded, maxConcurrent: 99 }],
    ["a dependency", withStep("ship", { dependencies: [] })],
    ["an agent", withStep("ship", { agent: "other" })],
    ["a lock", withStep("build", { locks: [] })],
    ["the failure policy", withStep("build", { onFailure: "tolerate" })],
    ["a step that must not simply run again", withStep("ship", { idempotent: false })],
    ["a fallback", withStep("ship", { fallbacks: ["other"] })],
    ["a limit of a policy", { ...recorded, limits: [engineLimit("dev/total")] }],
    ["a missing step", { ...recorded, steps: recorded.steps.slice(1) }],
  ];
  for (const [what, changed] of tampered) {
    it(`is not made from it when it differs in ${what}`, () => assert.equal(isEnginePlanOf(plan, changed), false));
  }

  it("under a policy, is not made from it when a step counts under another service or has another cap", () => {
    const text = "- [ ] Ship\n  - id: ship\n  - command: ./ship\n  - cost: 2 USD\n";
    const limited = planOf(text, { budget: { id: "dev", limits: { total: 5 } } });
    const engine = enginePlanOf(limited, TERMS);
    assert.equal(engine.limits[0]?.key, "dev/total");
    assert.equal(engine.steps[0]?.cap, 2_000_000);
    assert.ok(isEnginePlanOf(limited, engine));
    for (const more of [{ service: "free" }, { cap: null }]) {
      const steps = engine.steps.map((step) => ({ ...step, ...more }));
      assert.equal(isEnginePlanOf(limited, { ...engine, steps }), false);
    }
  });

  it("is not made from it when it runs what is skipped", () => {
    const skipping = planOf("- [ ] Build\n  - id: build\n  - command: make\n", {
      modifications: [{ stepId: "build", skip: true }],
    });
    const runs = enginePlanOf(skipping, TERMS);
    assert.ok(isEnginePlanOf(skipping, runs));
    const steps = runs.steps.map((step) => ({ ...step, skip: false }));
    assert.equal(isEnginePlanOf(skipping, { ...runs, steps }), false);
  });
});
