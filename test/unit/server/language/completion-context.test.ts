import assert from "node:assert/strict";
import { completionContext } from "../../../../worker/server/language/completion-context.ts";

describe("what is completed at a place (O2)", () => {
  it("is the word that a value ends with, also of a very long value, in no time", () => {
    const start = process.cpuUsage();
    const long = "x".repeat(60_000);
    for (const [before, behind] of [
      [`- [ ] a\n  - needs: ${long}, bu`, ""],
      [`---\nagents: ${long} bu`, "\n---\n"],
    ] as const) {
      const context = completionContext(before + behind, before.length);
      assert.ok("word" in context);
      assert.equal(before.slice(context.word.from, context.word.to), "bu");
    }
    assert.ok(process.cpuUsage(start).user < 1_000_000);
  });
});
