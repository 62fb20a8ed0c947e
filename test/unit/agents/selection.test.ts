import assert from "node:assert/strict";
import type { AgentView } from "../../../schemas/agent.ts";
import { selectAgent, type SelectionRequest } from "../../../worker/agents/selection.ts";
import { agentView } from "../../support/planning.ts";

const REQUEST: SelectionRequest = { capability: "testing", type: null, allowed: [], writes: true, isStated: false };

function agent(id: string, more: Partial<AgentView> = {}): AgentView {
  return agentView(id, ["testing"], more);
}

function choose(agents: AgentView[], more: Partial<SelectionRequest> = {}): [string | null, string] {
  const { agent: chosen, reason } = selectAgent(agents, { ...REQUEST, ...more });
  return [chosen?.id ?? null, reason];
}

describe("agents: selection (D3)", () => {
  it("takes the higher priority, then the lower load, then the name", () => {
    const b = agent("b", { priority: 5 });
    assert.deepEqual(choose([agent("a"), b]), ["b", "priority 5 before 0 (a)"]);
    assert.deepEqual(choose([agent("a", { load: 2 }), agent("b", { load: 1 })]), ["b", "load 1 below 2 (a)"]);
    assert.equal(choose([agent("b"), agent("a")])[0], "a");
    assert.deepEqual(choose([agent("a")]), ["a", "only agent with capability testing"]);
  });

  it("gives the order of those that could have done it", () => {
    const agents = [agent("a"), agent("b", { priority: 1 }), agent("c", { status: "inactive" })];
    assert.deepEqual(selectAgent(agents, REQUEST).considered, ["b", "a"]);
  });

  const refused: [string, Partial<AgentView>, Partial<SelectionRequest>, RegExp][] = [
    ["inactive", { status: "inactive" }, {}, /a is inactive/],
    ["unavailable", { available: false, unavailableReason: "not found" }, {}, /not available \(not found\)/],
    ["busy", { load: 4, maxLoad: 4 }, {}, /maximum load of 4/],
    ["not allowed", {}, { allowed: ["z"] }, /not among the agents that the spec allows/],
    ["of another type", { type: "coder" }, { type: "reviewer" }, /is a coder, not a reviewer/],
    ["read-only", { permissions: "readonly" }, {}, /may only read/],
    ["a guest", { restrictions: ["guest"] }, {}, /guest/],
    ["specialized", { restrictions: ["specialized"] }, {}, /stated/],
    ["a compiler", { restrictions: ["compiler"] }, {}, /only commands/],
  ];
  for (const [name, more, request, why] of refused) {
    it(`never takes an agent that is ${name}`, () => {
      const [chosen, reason] = choose([agent("a", more)], request);
      assert.equal(chosen, null);
      assert.match(reason, why);
    });
  }

  it("takes a reader for reading, and a specialist for what is stated", () => {
    assert.equal(choose([agent("a", { permissions: "readonly" })], { writes: false })[0], "a");
    assert.equal(choose([agent("a", { restrictions: ["specialized"] })], { isStated: true })[0], "a");
  });

  it("never takes a simulated agent", () => {
    assert.deepEqual(choose([agent("a", { simulated: true })]), [null, "no agent has the capability testing"]);
  });
});
