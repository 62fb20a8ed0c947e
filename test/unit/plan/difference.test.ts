import assert from "node:assert/strict";
import { planDifference } from "../../../worker/plan/difference.ts";
import { planOf } from "../../support/planning.ts";

const BEFORE = "---\nbudget: 1 USD\n---\n- [ ] A\n  - command: echo a\n- [ ] B\n  - command: echo b\n";

function difference(after: string): string[] {
  return planDifference(planOf(BEFORE), planOf(after));
}

describe("plan: what differs from the approved one (semantics, Approval)", () => {
  it("is nothing for the same content in other places", () => {
    assert.deepEqual(difference(BEFORE.replace("- [ ] A", "\n\n- [ ] A")), []);
  });

  it("shows a changed command with both values", () => {
    assert.deepEqual(difference(BEFORE.replace("echo a", "echo EVIL")), ['"A": command was echo a, is echo EVIL']);
  });

  it("names new steps, steps that are gone, and steps whose box was ticked", () => {
    const after = BEFORE.replace("[ ] A", "[x] A").replace("B\n", "C\n");
    assert.deepEqual(difference(after), [
      'new step "C"',
      '"A" is no longer run: its box says done',
      '"B" is no longer run',
    ]);
  });

  it("shows locks, what must not simply run again, and what is new of the whole (C3, C9, C12)", () => {
    assert.deepEqual(difference(BEFORE.replace("echo a", "echo a\n  - locks: db, gpu\n  - idempotent: no")), [
      '"A": locks was none, is db, gpu',
      '"A": idempotent was true, is false',
    ]);
    const whole = difference(BEFORE.replace("1 USD", "1 USD\ntimeout: 1m\npools: {gpu: 2}\nonFailure: pause"));
    assert.deepEqual(whole.slice(0, 3), [
      'onFailure was null, is "pause"',
      "timeout was null, is 60000",
      'pools was {}, is {"gpu":2}',
    ]);
  });

  it("shows settings", () => {
    assert.match(difference(BEFORE.replace("1 USD", "9 USD")).join(), /budget was .*1.* is .*9/);
  });
});
