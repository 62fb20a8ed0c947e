import assert from "node:assert/strict";
import { FailureError } from "../../../schemas/failure.ts";
import type { Drawing } from "../../../worker/plan/layout.ts";
import { PlanLayouts, type Draw } from "../../../worker/server/plan-layouts.ts";
import { planOf } from "../../support/planning.ts";

const NOBODY_LEAVES = new AbortController().signal;
const EMPTY: Drawing = { width: 0, height: 0, nodes: [], edges: [] };

/** Draws when the test says so. */
class Easel {
  readonly begun: { finish: (drawing: Drawing | null) => void; fail: (error: Error) => void; signal: AbortSignal }[] =
    [];

  readonly draw: Draw = (_request, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => {
        reject(new Error("the thread was ended"));
      });
      this.begun.push({ finish: resolve, fail: reject, signal });
    });
}

async function begun(easel: Easel, count: number): Promise<Easel["begun"][number]> {
  while (easel.begun.length < count) await new Promise(setImmediate);
  const last = easel.begun[count - 1];
  assert.ok(last);
  return last;
}

describe("drawings of plans (O3)", () => {
  const plan = planOf("# T\n- [ ] A\n  - command: x\n- [ ] B\n  - command: x\n");

  it("are made in a thread of their own", async () => {
    const layout = await new PlanLayouts().of(plan, "down", NOBODY_LEAVES);
    assert.equal(layout.planId, plan.planId);
    assert.deepEqual(
      layout.nodes.map(({ stepId }) => stepId),
      plan.steps.map(({ id }) => id),
    );
  });

  it("are made once for all who ask, and kept", async () => {
    const easel = new Easel();
    const layouts = new PlanLayouts(easel.draw);
    const answers = [layouts.of(plan, "right", NOBODY_LEAVES), layouts.of(plan, "right", NOBODY_LEAVES)];
    (await begun(easel, 1)).finish(EMPTY);
    await Promise.all(answers);
    await layouts.of(plan, "right", NOBODY_LEAVES);
    assert.equal(easel.begun.length, 1);
  });

  it("are made anew for another direction, another content, and after a failure; one after the other", async () => {
    const easel = new Easel();
    const layouts = new PlanLayouts(easel.draw);
    const first = layouts.of(plan, "right", NOBODY_LEAVES);
    const second = layouts.of(plan, "down", NOBODY_LEAVES);
    const third = layouts.of({ ...plan, hash: "other" }, "right", NOBODY_LEAVES);
    (await begun(easel, 1)).fail(new Error("no memory"));
    await assert.rejects(first, /no memory/);
    (await begun(easel, 2)).finish(EMPTY);
    (await begun(easel, 3)).finish(EMPTY);
    await Promise.all([second, third]);
    const again = layouts.of(plan, "right", NOBODY_LEAVES);
    (await begun(easel, 4)).finish(EMPTY);
    await again;
  });

  it("are given up when the last one who waits is gone, and not before", async () => {
    const easel = new Easel();
    const layouts = new PlanLayouts(easel.draw);
    const [one, other] = [new AbortController(), new AbortController()];
    const answers = [layouts.of(plan, "right", one.signal), layouts.of(plan, "right", other.signal)];
    const { signal } = await begun(easel, 1);
    one.abort();
    assert.ok(!signal.aborted);
    other.abort();
    assert.ok(signal.aborted);
    for (const answer of answers)
      await assert.rejects(answer, (error) => error instanceof FailureError && error.failure.code === "cancelled");
    const next = layouts.of(plan, "right", NOBODY_LEAVES);
    (await begun(easel, 2)).finish(EMPTY);
    await next;
  });

  it("are refused where there is too much to see, with what to do instead", async () => {
    const easel = new Easel();
    const layouts = new PlanLayouts(easel.draw);
    const steps = Array.from({ length: 1_501 }, () => plan.steps).flat();
    const isRefusal = (error: unknown): boolean =>
      error instanceof FailureError && error.failure.code === "bad_request" && error.message.includes("use the list");
    await assert.rejects(layouts.of({ ...plan, steps }, "right", NOBODY_LEAVES), isRefusal);
    const dense = layouts.of(plan, "right", NOBODY_LEAVES);
    (await begun(easel, 1)).finish(null);
    await assert.rejects(dense, isRefusal);
  });
});
