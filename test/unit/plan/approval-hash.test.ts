import assert from "node:assert/strict";
import { approvedContent, covers } from "../../../worker/plan/approval-hash.ts";
import { sha256 } from "../../../worker/plan/hash.ts";
import { planOf } from "../../support/planning.ts";

const BEFORE =
  "- [ ] [P] A\n  - command: npm ci\n  - files: src/**\n- [ ] [P] B\n  - command: npm run build\n  - files: src/b.ts\n" +
  "- [ ] [P] C\n  - command: npm run build\n  - locks: db\n- [ ] [P] D\n  - command: d\n  - locks: db\n";

function isCovered(after: string): boolean {
  return covers(approvedContent(planOf(BEFORE), sha256), planOf(after), sha256);
}

describe("plan: what an approval covers of locks (semantics, Approval; C12)", () => {
  it("is what is left of a half-done spec, also where locks were shared with what is done", () => {
    assert.ok(isCovered(BEFORE));
    assert.ok(isCovered(BEFORE.replace("[ ] [P] A", "[x] [P] A")));
    assert.ok(isCovered(BEFORE.replace("[ ] [P] C", "[x] [P] C")));
  });

  for (const [from, to] of [
    ["  - locks: db\n- [ ] [P] D", "- [ ] [P] D"],
    ["locks: db\n- [ ] [P] D", "locks: none\n- [ ] [P] D"],
    ["locks: db", "locks: db, gpu"],
    ["- [ ] [P] A", "---\ninferLocks: false\n---\n- [ ] [P] A"],
    ["files: src/b.ts", "files: src/c.ts"],
    ["command: d", "command: npm ci"],
  ] as const) {
    it(`is not ${JSON.stringify(to)} instead of ${JSON.stringify(from)}`, () => {
      const after = to.startsWith("---") ? to.replace("- [ ] [P] A", "") + BEFORE : BEFORE.replace(from, to);
      assert.ok(!isCovered(after));
    });
  }

  it("is not locks that were not inferred before, and the hash tells both apart", () => {
    const [without, inferred] = [planOf(`---\ninferLocks: false\n---\n${BEFORE}`), planOf(BEFORE)];
    assert.ok(!covers(approvedContent(without, sha256), inferred, sha256));
    assert.notEqual(without.hash, inferred.hash);
  });
});
