import assert from "node:assert/strict";
import { modificationsOf, type StepOptions } from "../../../worker/cli/modifications.ts";

function changes(options: Partial<StepOptions>): ReturnType<typeof modificationsOf> {
  return modificationsOf({ set: [], skip: [], simulate: [], comment: [], ...options });
}

describe("command line: changes of steps (B2, B3)", () => {
  it("joins the settings of a step, and keeps every comment in order", () => {
    assert.deepEqual(
      changes({
        set: ["a.agent=bob", "a.timeout=5m", "a.retries=2", "b.locks=db, gpu", "a.locks=none", "a.parameters.x=1"],
        simulate: ["b"],
        comment: ["a=use tabs", "a=x = y"],
      }),
      [
        { stepId: "a", agent: "bob", timeout: 300_000, retries: 2, locks: [], parameters: { x: "1" } },
        { stepId: "b", locks: ["db", "gpu"], simulate: true },
        { stepId: "a", comment: "use tabs" },
        { stepId: "a", comment: "x = y" },
      ],
    );
  });

  for (const [options, message] of [
    [{ set: ["a.lock=db"] }, /expected STEP\.agent=NAME.*STEP\.locks=a,b/],
    [{ set: ["a.locks="] }, /names separated by commas, or none/],
    [{ set: ["a.locks=none,db"] }, /names separated by commas, or none/],
    [{ comment: ["a"] }, /--comment a: expected STEP=TEXT/],
    [{ comment: ["a= "] }, /expected STEP=TEXT/],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => changes(options), message);
    });
  }
});
