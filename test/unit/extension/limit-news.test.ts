import assert from "node:assert/strict";
import fc from "fast-check";
import { LimitNews } from "../../../extension/limit-news.ts";
import type { LimitStanding } from "../../../schemas/budget.ts";
import { aDecision, aLimit, aView } from "../../support/tree-data.ts";

describe("news of limits (E2, E14)", () => {
  const near = aLimit({ spent: 85, level: "threshold" });
  const used = aLimit({ spent: 100, level: "limit" });

  const told = (news: LimitNews, ...limits: LimitStanding[]): string[] =>
    news.risen(aView({ limits })).map(({ level }) => level);

  it("tell each level once, however often it is seen", () => {
    const news = new LimitNews();
    const heard = [aLimit(), near, near, used, used].map((limit) => told(news, limit));
    assert.deepEqual(heard, [[], ["threshold"], [], ["limit"], []]);
  });

  it("tell nothing of what was so when the window opened, and of a limit that comes later what is so then", () => {
    const news = new LimitNews();
    assert.deepEqual(told(news, near), []);
    assert.deepEqual(told(news, near, { ...used, key: "other" }), ["limit"]);
  });

  it("are silent when only what is reserved comes and goes, and speak again when the window has moved on or the limit was raised", () => {
    const news = new LimitNews();
    told(news, aLimit({ spent: 70 }));
    const reserved = aLimit({ spent: 70, reserved: 15, level: "threshold" });
    assert.deepEqual(told(news, reserved), ["threshold"]);
    assert.deepEqual(told(news, aLimit({ spent: 70 })), []);
    assert.deepEqual(told(news, reserved), []);
    assert.deepEqual(told(news, aLimit({ spent: 5 })), []);
    assert.deepEqual(told(news, near), ["threshold"]);
    assert.deepEqual(told(news, aLimit({ spent: 85, allowed: 50 })), []);
    assert.deepEqual(told(news, aLimit({ spent: 125, allowed: 50, level: "threshold" })), ["threshold"]);
  });

  it("leave to the question what a person is asked about", () => {
    const news = new LimitNews();
    told(news, aLimit());
    const asked = aView({ limits: [used], decisions: [aDecision({ kind: "budget", limit: used.key })] });
    assert.deepEqual(news.risen(asked), []);
    assert.deepEqual(told(news, used), []);
  });

  it("never tell a level twice while money is only spent, in whatever order views come", () => {
    const level = (used: number): LimitStanding["level"] =>
      used >= 100 ? "limit" : used >= 80 ? "threshold" : "below";
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(8), fc.nat(30)), { maxLength: 60 }), (steps) => {
        const news = new LimitNews();
        news.risen(aView({ limits: [aLimit({ spent: 0 })] }));
        let spent = 0;
        const heard = steps.flatMap(([more, reserved]) => {
          spent += more;
          return told(news, aLimit({ spent, reserved, level: level(spent + reserved) }));
        });
        assert.equal(new Set(heard).size, heard.length, heard.join());
      }),
    );
  });
});
