import assert from "node:assert/strict";
import fc from "fast-check";
import { retryAfter } from "../../../../worker/agents/http/retry-after.ts";

const NOW = new Date("2026-01-01T00:00:00Z");

describe("Retry-After (C2)", () => {
  it("is a number of seconds or a date", () => {
    assert.equal(retryAfter("0", NOW), 0);
    assert.equal(retryAfter(" 90 ", NOW), 90_000);
    assert.equal(retryAfter("Thu, 01 Jan 2026 00:02:00 GMT", NOW), 120_000);
    assert.equal(retryAfter("Thursday, 01-Jan-26 00:00:30 GMT", NOW), 30_000);
    assert.equal(retryAfter("Wed, 31 Dec 2025 23:00:00 GMT", NOW), 0);
  });

  it("is nothing when it says something else", () => {
    for (const text of [undefined, "", "-1", "1.5", "soon", "1e3", "Jan 2026", "2026-01-01", "Thu, 01 Jan 2026"])
      assert.equal(retryAfter(text, NOW), null, text);
  });

  it("is at most a day, whatever is asked for, and never negative", () => {
    assert.equal(retryAfter("999999999999999", NOW), 86_400_000);
    assert.equal(retryAfter("Fri, 01 Jan 2100 00:00:00 GMT", NOW), 86_400_000);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const pause = retryAfter(text, NOW);
        return pause === null || (pause >= 0 && pause <= 86_400_000);
      }),
    );
  });
});
