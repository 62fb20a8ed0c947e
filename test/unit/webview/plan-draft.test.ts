import assert from "node:assert/strict";
import type { StepModification } from "../../../schemas/plan.ts";
import {
  changedFields,
  changeOf,
  countChanges,
  fitDraft,
  withChange,
  withoutField,
} from "../../../webview/plan/draft.ts";
import { mergeModifications } from "../../../worker/plan/modifications.ts";

describe("changes of a plan before it is approved (B2)", () => {
  it("gathers the changes of a step; the later one of a field holds", () => {
    let draft: StepModification[] = withChange([], { stepId: "a", timeout: 1_000 });
    draft = withChange(draft, { stepId: "b", skip: true });
    draft = withChange(draft, { stepId: "a", retries: 2 });
    draft = withChange(draft, { stepId: "a", timeout: 2_000 });
    assert.deepEqual(changeOf(draft, "a"), { stepId: "a", timeout: 2_000, retries: 2 });
    assert.equal(countChanges(draft), 3);
  });

  it("an agent, simulating and skipping exclude one another", () => {
    let draft = withChange([], { stepId: "a", agent: "codex" });
    draft = withChange(draft, { stepId: "a", skip: true });
    assert.deepEqual(draft, [{ stepId: "a", skip: true }]);
    draft = withChange(draft, { stepId: "a", simulate: true });
    assert.deepEqual(draft, [{ stepId: "a", simulate: true }]);
    assert.deepEqual(changedFields(changeOf(draft, "a")), ["choice"]);
  });

  it("parameters join, and each can be taken back alone", () => {
    let draft = withChange([], { stepId: "a", parameters: { model: "small", seed: 1 } });
    draft = withChange(draft, { stepId: "a", parameters: { model: "large" }, comment: "x" });
    assert.deepEqual(changedFields(changeOf(draft, "a")), ["parameters.model", "parameters.seed", "comment"]);
    draft = withoutField(draft, "a", "parameters.model");
    assert.deepEqual(draft, [{ stepId: "a", parameters: { seed: 1 }, comment: "x" }]);
    draft = withoutField(withoutField(draft, "a", "parameters.seed"), "a", "comment");
    assert.deepEqual(draft, [], "a step without changes is not in the draft");
  });

  it("means to the worker what it shows: merged onto what was approved, the draft holds", () => {
    const draft = withChange(withChange([], { stepId: "a", skip: true }), { stepId: "a", agent: "codex" });
    assert.deepEqual(mergeModifications([{ stepId: "a", simulate: true }], draft), [
      { stepId: "a", agent: "codex", skip: false, simulate: false },
    ]);
  });

  it("tells which changes a new plan cannot take", () => {
    const draft: StepModification[] = [
      { stepId: "a", skip: true },
      { stepId: "gone", retries: 1 },
      { stepId: "gone", comment: "x" },
    ];
    assert.deepEqual(fitDraft(draft, [{ id: "a" }]), { fitting: [{ stepId: "a", skip: true }], leftOut: ["gone"] });
  });
});
