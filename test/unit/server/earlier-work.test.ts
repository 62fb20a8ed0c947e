import assert from "node:assert/strict";
import type { ExecutionEvent, NamedOutput, StepChange } from "../../../schemas/event.ts";
import { EarlierWork, namedOutputs } from "../../../worker/server/earlier-work.ts";
import { agentView, planOf, SHELL, step } from "../../support/planning.ts";

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
  const seenBy = (outputs: EarlierWork, id: string) =>
    namedOutputs(outputs.before(step(plan, id), plan)).map(({ stepId }) => stepId);

  it("reach all that depend on a step, over any number of others, and nobody else", () => {
    const outputs = new EarlierWork();
    for (const id of ["b", "a", "c"]) outputs.take(finished(id, "succeeded", url(`https://${id}.example`)));
    assert.deepEqual(seenBy(outputs, "c"), ["a", "b"]);
    assert.deepEqual(seenBy(outputs, "d"), ["a"]);
    assert.deepEqual(seenBy(outputs, "a"), []);
  });

  it("are those of the last run that succeeded", () => {
    const outputs = new EarlierWork();
    outputs.take(finished("a", "failed", url("https://broken.example")));
    assert.deepEqual(seenBy(outputs, "b"), []);
    outputs.take(finished("a", "succeeded", url("https://one.example")));
    outputs.take({ ...stamp(), type: "steps.reopened", steps: ["a"], by: "me" });
    assert.deepEqual(seenBy(outputs, "b"), []);
    outputs.take(finished("a", "succeeded", url("https://two.example")));
    assert.deepEqual(namedOutputs(outputs.before(step(plan, "b"), plan))[0]?.outputs, url("https://two.example"));
  });
});

describe("what steps have left, for the agents behind them (D2)", () => {
  const agents = [SHELL, agentView("codex", ["code_generation", "code_review"], { adapter: "acp" })];
  const plan = planOf("- [ ] a\n  Make it.\n- [ ] b\n  - command: x\n- [ ] r\n  - reviews: a\n- [ ] z\n", { agents });
  const [a, b, r, z] = plan.steps;
  assert.ok(a && b && r && z);
  const change = (base: string, commit: string): StepChange => ({
    ...{ branch: "x", base, commit, files: [], changedFiles: 1, insertions: 1, deletions: 0, merged: commit },
  });
  const done = (stepId: string, tail: string, made: StepChange | null = null): ExecutionEvent => ({
    ...stamp(),
    ...{ type: "attempt.finished", stepId, attemptId: stepId, attempt: 1, outcome: "succeeded", failure: null },
    result: { end: null, check: null, tail, ...(made ? { change: made } : {}) },
    costs: [],
    artifacts: [{ type: "file", path: `${stepId}.txt`, url: null, sha256: "00", size: 1 }],
    duration: 1,
  });
  const returned = (findings: string): ExecutionEvent => ({
    ...stamp(),
    ...{ type: "review.returned", stepId: r.id, target: a.id, round: 1, findings, steps: [a.id, r.id] },
  });

  it("is what they made, changed and, if they are agents, said", () => {
    const work = new EarlierWork();
    work.take(done(a.id, "I made it", change("b0", "c1")));
    work.take(done(b.id, "printed"));
    const left = work.before(z, plan).map(({ stepId, made, said, change: one }) => [stepId, made, said, one?.commit]);
    assert.deepEqual(left, [
      [a.id, ["a.txt"], "I made it", "c1"],
      [b.id, ["b.txt"], null, undefined],
    ]);
    assert.deepEqual(work.before(a, plan), []);
  });

  it("is told a review with what was asked for, what it has asked for before, and all that changed since", () => {
    const work = new EarlierWork();
    assert.equal(work.reviewed(r, plan), null);
    work.take(done(a.id, "One", change("b0", "c1")));
    const first = work.reviewed(r, plan);
    assert.deepEqual([first?.agent, first?.instructions, first?.asked, first?.since], ["codex", "Make it.", [], null]);
    work.take(returned("not so"));
    assert.equal(work.reviewed(r, plan), null);
    work.take(done(a.id, "Two", change("c1", "c2")));
    const second = work.reviewed(r, plan);
    assert.deepEqual([second?.said, second?.asked, second?.since], ["Two", ["not so"], "b0"]);
    assert.equal(work.reviewed(z, plan), null);
    work.take(returned("still not"));
    work.take(done(a.id, "Three", change("c2", "c3")));
    const third = work.reviewed(r, plan);
    assert.deepEqual([third?.asked, third?.since], [["not so", "still not"], "b0"]);
    work.take({ ...stamp(), type: "steps.reopened", steps: [a.id, r.id], by: "me" });
    work.take(done(a.id, "Anew", change("d0", "d1")));
    assert.deepEqual([work.reviewed(r, plan)?.asked, work.reviewed(r, plan)?.since], [[], null]);
  });
});
