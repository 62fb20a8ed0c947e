import assert from "node:assert/strict";
import { CoveredPlans } from "../../../worker/server/covered-plans.ts";

describe("whether approvals cover half-done plans, for lists that ask often (O1)", () => {
  it("finds out once, and again after another approval, also while it was being found out", async () => {
    const covered = new CoveredPlans();
    let asked = 0;
    const early = Promise.withResolvers<boolean>();
    const find = (): Promise<boolean> => {
      asked += 1;
      return asked === 1 ? early.promise : Promise.resolve(true);
    };
    const first = covered.of("plan hash", find);
    covered.forget();
    const second = covered.of("plan hash", find);
    early.resolve(false);
    assert.deepEqual(await Promise.all([first, second, covered.of("plan hash", find)]), [false, true, true]);
    assert.equal(asked, 2);
  });

  it("asks again after a failure", async () => {
    const covered = new CoveredPlans();
    await assert.rejects(covered.of("plan hash", () => Promise.reject(new Error("the disk"))));
    assert.equal(await covered.of("plan hash", () => Promise.resolve(true)), true);
  });
});
