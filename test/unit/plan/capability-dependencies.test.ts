import assert from "node:assert/strict";
import type { AgentView } from "../../../schemas/agent.ts";
import { agentView, planOf, SHELL, told } from "../../support/planning.ts";

const REVIEWER: AgentView = agentView("reviewer", [], {
  capabilities: [
    {
      name: "code_review",
      description: "",
      parameters: {},
      estimatedCost: 0,
      estimatedDuration: 0,
      dependencies: ["code_generation"],
    },
  ],
});
const CODER = agentView("coder", ["code_generation"]);
const agents = [SHELL, CODER, REVIEWER];

describe("plan: what a capability itself builds on (A2)", () => {
  it("adds the nearest earlier step that provides it, with the reason", () => {
    const plan = planOf("## A\n\n- [ ] Write it\n- [ ] Write more\n\n## B\n\n- [ ] Review it\n", { agents });
    const review = plan.steps.at(-1);
    assert.deepEqual(review?.dependencies, ["write-more"]);
    assert.match(review?.reason.dependencies["write-more"] ?? "", /builds on code_generation/);
    assert.deepEqual(told(plan.diagnostics), []);
  });

  it("says so when no earlier step provides it, and plans on", () => {
    const plan = planOf("- [ ] Review it\n\n## B\n\n- [ ] Write it\n", { agents });
    assert.deepEqual(plan.steps[0]?.dependencies, []);
    assert.deepEqual(told(plan.diagnostics), ["warning missing-capability 1"]);
  });

  it("never makes a cycle: a provider that waits for the step is left alone", () => {
    const plan = planOf("- [ ] Write it\n  - needs: r\n\n## B\n\n- [ ] Review it\n  - id: r\n", { agents });
    assert.deepEqual(plan.steps.find(({ id }) => id === "r")?.dependencies, []);
  });

  it("asks nothing of skipped and simulated steps", () => {
    const skipped = planOf("- [ ] Review it\n", { agents, modifications: [{ stepId: "review-it", skip: true }] });
    assert.deepEqual(told(skipped.diagnostics), []);
  });
});

describe("plan: what agents are told (A4)", () => {
  it("gives the spec's introduction to agents, and leaves the approval of commands alone", () => {
    const withWords = (words: string): ReturnType<typeof planOf> =>
      planOf(`${words}\n\n- [ ] Write it\n- [ ] Run\n  - command: x\n`, { agents });
    const [write, run] = withWords("Tally counts words.").steps;
    assert.match(write?.parameters.instructions ?? "", /Tally counts words\./);
    assert.equal(run?.parameters.instructions, "");
    const commands = (words: string): string => planOf(`${words}\n\n- [ ] Run\n  - command: x\n`, { agents }).hash;
    assert.equal(commands("One."), commands("Two."));
    assert.notEqual(withWords("One.").hash, withWords("Two.").hash);
  });
});

describe("plan: size", () => {
  it("refuses more than 20,000 steps with the figures, and keeps what was read", () => {
    const plan = planOf("- [ ] [P] a\n  - command: x\n".repeat(20_001), { agents });
    assert.equal(plan.steps.length, 0);
    assert.match(plan.diagnostics.find(({ code }) => code === "too-large")?.message ?? "", /20,001 steps.*20,000/);
  }).timeout(20_000);
});
