import assert from "node:assert/strict";
import { agentPrompt } from "../../../worker/plan/prompt.ts";
import { mergeModifications } from "../../../worker/plan/modifications.ts";
import { planOf, SHELL, step } from "../../support/planning.ts";

const SPEC = "- [ ] a\n  Do it.\n- [ ] b\n  - command: x\n";

function commented(...comments: string[]): ReturnType<typeof planOf> {
  return planOf(SPEC, { modifications: comments.map((comment) => ({ stepId: "a", comment })) });
}

describe("plan: comments of a person (B3)", () => {
  it("join the instructions of their step in order, each once, and reach its agent", () => {
    const plan = commented("Use tabs.", "No, spaces.", "Use tabs.");
    const expected = "Do it.\n\nComments by a person:\n\nUse tabs.\n\nNo, spaces.";
    assert.equal(step(plan, "a").parameters.instructions, expected);
    assert.ok(agentPrompt(plan, step(plan, "a")).includes(expected));
    assert.equal(step(plan, "b").parameters.instructions, "");
  });

  it("stay with a step that has a command, for people", () => {
    const { parameters } = step(planOf(SPEC, { modifications: [{ stepId: "b", comment: "Slow." }] }), "b");
    assert.equal(parameters.instructions, "Comments by a person:\n\nSlow.");
    assert.deepEqual(parameters.command, { kind: "shell", script: "x" });
  });

  it("follow replaced instructions", () => {
    const modifications = [
      { stepId: "a", comment: "Now." },
      { stepId: "a", parameters: { instructions: "Other." } },
    ];
    assert.equal(
      step(planOf(SPEC, { modifications }), "a").parameters.instructions,
      "Other.\n\nComments by a person:\n\nNow.",
    );
  });

  it("need a new approval, and leave the box of their task as it is", () => {
    assert.notEqual(commented("x").hash, commented().hash);
    assert.notEqual(commented("x").hash, commented("y").hash);
    assert.equal(step(commented("x"), "a").fingerprint, step(commented(), "a").fingerprint);
  });
});

describe("plan: earlier and later changes together (B2)", () => {
  it("are one change a step in which the later holds, and all comments", () => {
    const earlier = [
      { stepId: "a", agent: "bob", parameters: { x: 1, y: 1 } },
      { stepId: "a", comment: "one" },
    ];
    const later = [
      { stepId: "b", locks: ["db"] },
      { stepId: "a", retries: 2, parameters: { y: 2 } },
      { stepId: "a", comment: "two" },
      { stepId: "a", comment: "one" },
    ];
    assert.deepEqual(mergeModifications(earlier, later), [
      { stepId: "a", agent: "bob", retries: 2, parameters: { x: 1, y: 2 } },
      { stepId: "b", locks: ["db"] },
      { stepId: "a", comment: "one" },
      { stepId: "a", comment: "two" },
    ]);
  });

  it("give the same plan as one list of them", () => {
    const earlier = [{ stepId: "b", simulate: true }];
    const later = [
      { stepId: "b", agent: "shell", comment: "z" },
      { stepId: "a", skip: true },
    ];
    const together = planOf(SPEC, { agents: [SHELL], modifications: mergeModifications(earlier, later) });
    assert.equal(together.hash, planOf(SPEC, { agents: [SHELL], modifications: [...earlier, ...later] }).hash);
  });
});
