import assert from "node:assert/strict";
import { budgetStatusOf } from "../../../extension/budget-status-text.ts";
import { aLimit, aProgress, aView, english } from "../../support/tree-data.ts";

describe("the budget in the status bar (E1, O4)", () => {
  const going = { progress: [aProgress()] };

  it("is not there while nothing goes on and every limit is far away", () => {
    assert.equal(budgetStatusOf([null, aView({ limits: [aLimit()] })], english), null);
    assert.equal(budgetStatusOf([aView(going)], english), null);
  });

  it("shows the limit that is used up most while something goes on, and all of them in the tooltip", () => {
    const limits = [aLimit(), aLimit({ key: "b", policy: "other", spent: 60, reserved: 3 })];
    const status = budgetStatusOf([aView({ ...going, limits })], english);
    assert.equal(status?.text, "$(credit-card) Budget 63 %");
    assert.deepEqual(status.tooltip, [
      "other: 63 % used · 63.00 of 100.00 USD · this month",
      "team: 12 % used · 12.40 of 100.00 USD · this month",
    ]);
    assert.equal(status.spoken, "Budget 63 %, other");
    assert.equal(status.level, "below");
  });

  it("leaves the budget of a specification alone to the progress beside it", () => {
    const limits = [aLimit({ policy: null, key: "spec" })];
    assert.equal(budgetStatusOf([aView({ ...going, limits })], english), null);
  });

  it("warns in words and by its icon as long as a limit is nearly or wholly used up, in whatever folder", () => {
    const near = aView({ limits: [aLimit({ spent: 85, level: "threshold" })] });
    assert.deepEqual(
      [budgetStatusOf([aView(), near], english)?.text, budgetStatusOf([aView(), near], english)?.spoken],
      ["$(warning) Budget 85 %", "Budget 85 %, warned, team"],
    );
    const used = aView({ limits: [aLimit({ key: "c", spent: 0.5, limit: 0.5, level: "limit" })] });
    assert.equal(budgetStatusOf([near, used], english)?.text, "$(error) Budget 100 %");
  });

  it("puts nothing of a file into the text, where $(…) would become an icon", () => {
    const status = budgetStatusOf([aView({ ...going, limits: [aLimit({ policy: "$(bug)\u202egnp" })] })], english);
    assert.equal(status?.text, "$(credit-card) Budget 12 %");
    assert.ok(!/[\u202e\n]/.test(status.tooltip.join("")));
  });
});
