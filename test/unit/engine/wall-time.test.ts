import assert from "node:assert/strict";
import fc from "fast-check";
import { wallTime } from "../../../worker/engine/wall-time.ts";

describe("engine: wall time of events", () => {
  it("is what Date makes of it, from the first year to the last", () => {
    const years = { min: new Date("0001-01-01T00:00:00.000Z"), max: new Date("9999-12-31T23:59:59.999Z") };
    fc.assert(
      fc.property(fc.date({ ...years, noInvalidDate: true }), (date) => {
        assert.equal(wallTime(date.toISOString()), date.getTime());
      }),
      { numRuns: 2_000 },
    );
  });

  it("reads what events may also say: no fraction, a short one, no seconds", () => {
    for (const text of ["2024-02-29T12:30:15Z", "2024-02-29T12:30:15.5Z", "2024-02-29T12:30Z"])
      assert.equal(wallTime(text), Date.parse(text), text);
    assert.throws(() => wallTime("today"), /no time of an event/);
  });
});
