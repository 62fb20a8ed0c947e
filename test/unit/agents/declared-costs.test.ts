import assert from "node:assert/strict";
import { serviceOf } from "../../../worker/agents/declared-costs.ts";

describe("what costs are booked under", () => {
  const step = { agent: "claude", service: "anthropic" };

  it("is the step's service for its own agent, and that of a fallback when it does the work (D7, E1)", () => {
    assert.equal(serviceOf(step, { id: "claude", service: "anthropic" }), "anthropic");
    assert.equal(serviceOf(step, { id: "codex", service: "openai" }), "openai");
    assert.equal(serviceOf(step, { id: "local", service: null }), "local", "an agent without one is its own service");
    assert.equal(serviceOf({ agent: "local", service: null }, { id: "local", service: null }), "local");
  });
});
