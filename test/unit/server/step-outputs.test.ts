import assert from "node:assert/strict";
import type { ExecutionEvent, NamedOutput } from "../../../schemas/event.ts";
import { StepOutputs } from "../../../worker/server/step-outputs.ts";
import { planOf, step } from "../../support/planning.ts";

const url = (value: string): NamedOutput[] => [{ name: "url", type: "url", value }];

let seq = 0;
const stamp = () => ({ v: 1 as const, executionId: "run-1", seq: (seq += 1), at: "2026-01-01T00:00:00.000Z", t: 0 });

function finished(stepId: string, outcome: "succeeded" | "failed", outputs?: NamedOutput[]): ExecutionEvent {
  return {
    ...stamp(),
    type: "attempt.finished",
    stepId,
    attemptId: `${stepId}-1`,
    attempt: 1,
    outcome,
    failure: null,
    result: { end: null, check: null, tail: "", ...(outputs ? { outputs } : {}) },
    costs: [],
    artifacts: [],
    duration: 1,
  };
}

describe("named outputs for the steps behind (D8)", () => {
  const plan = planOf(
    "- [ ] a\n  - command: x\n- [ ] b\n  - command: x\n- [ ] c\n  - command: x\n- [ ] d\n  - needs: a\n  - command: x\n",
  );
  const seenBy = (outputs: StepOutputs, id: string) => outputs.before(step(plan, id), plan).map(({ stepId }) => stepId);

  it("reach all that depend on a step, over any number of others, and nobody else", () => {
    const outputs = new StepOutputs();
    for (const id of ["b", "a", "c"]) outputs.take(finished(id, "succeeded", url(`https://${id}.example`)));
    assert.deepEqual(seenBy(outputs, "c"), ["a", "b"]);
    assert.deepEqual(seenBy(outputs, "d"), ["a"]);
    assert.deepEqual(seenBy(outputs, "a"), []);
  });

  it("are those of the last run that succeeded", () => {
    const outputs = new StepOutputs();
    outputs.take(finished("a", "failed", url("https://broken.example")));
    assert.deepEqual(seenBy(outputs, "b"), []);
    outputs.take(finished("a", "succeeded", url("https://one.example")));
    outputs.take({ ...stamp(), type: "steps.reopened", steps: ["a"], by: "me" });
    assert.deepEqual(seenBy(outputs, "b"), []);
    outputs.take(finished("a", "succeeded", url("https://two.example")));
    assert.deepEqual(outputs.before(step(plan, "b"), plan)[0]?.outputs, url("https://two.example"));
  });
});
