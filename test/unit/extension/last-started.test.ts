import assert from "node:assert/strict";
import { lastStarted } from "../../../extension/panels/last-started.ts";
import type { WorkspaceView } from "../../../schemas/operations/subscription.ts";
import { viewOf, type ExecutionLike } from "../../support/workspace-views.ts";

function folder(name: string, ...executions: (ExecutionLike & { readonly at: string })[]) {
  const view = viewOf(executions);
  const times = new Map(executions.map(({ id, at }) => [id, `2026-01-02T${at}:00.000Z`]));
  const dated: WorkspaceView = {
    ...view,
    executions: view.executions.map((one) => ({ ...one, startedAt: times.get(one.executionId) ?? one.startedAt })),
  };
  return { name, model: { view: dated } };
}

describe("the folder whose log is followed (O3, O5)", () => {
  it("is the one in which something began last, not the first with something that waits", () => {
    const kitchen = folder("kitchen", { id: "x1", status: "waiting", at: "09:00" });
    const garden = folder("garden", { id: "x2", status: "running", at: "10:00" });
    assert.equal(lastStarted([kitchen, garden])?.name, "garden");
    assert.equal(lastStarted([garden, kitchen])?.name, "garden");
  });

  it("counts only what has not ended", () => {
    const kitchen = folder("kitchen", { id: "x1", status: "running", at: "09:00" });
    const garden = folder(
      "garden",
      { id: "x2", status: "completed", at: "10:00" },
      { id: "x3", status: "paused", at: "08:00" },
    );
    assert.equal(lastStarted([kitchen, garden])?.name, "kitchen");
    assert.equal(lastStarted([folder("shed", { id: "x4", status: "failed", at: "11:00" })]), undefined);
    assert.equal(lastStarted([{ model: { view: null } }]), undefined);
  });
});
