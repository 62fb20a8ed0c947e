import assert from "node:assert/strict";
import { CliWorld } from "../support/cli.ts";

/** 2 USD; four steps of 0.8 USD one after another: the third does not fit, and neither does the fourth. */
const SPEC = `---
budget: 2 USD
---
${["one", "two", "three", "four"].map((id) => `- [ ] Step ${id}\n  - id: ${id}\n  - cost: 0.8\n  - command: echo ${id} >> ran\n`).join("")}`;

describe("a budget that asks (E2, E3, F1)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(async () => {
    world = new CliWorld();
    world.write("b.spec.md", SPEC);
    const { code, stdout } = await world.run("run", "b.spec.md", "--yes");
    assert.equal(code, 3, stdout);
    assert.deepEqual(world.lines("ran"), ["one", "two"]);
  });
  afterEach(() => world.remove());

  it("says what is missing and asks once", async () => {
    const open = await world.inbox();
    assert.deepEqual(
      open.map(({ stepId, kind, choices, amount }) => ({ stepId, kind, choices, amount })),
      [{ stepId: "three", kind: "budget", choices: ["allow", "skip", "abort"], amount: 0.4 }],
    );
    assert.equal((await world.run("resume")).code, 3, "nothing to resume: it still waits");
    assert.deepEqual(
      (await world.inbox(true)).map(({ decisionId }) => decisionId),
      open.map(({ decisionId }) => decisionId),
    );
  });

  it("allow adds what is missing, and the next step asks for itself; the record says who allowed how much and when", async () => {
    assert.equal((await world.run("answer", "allow")).code, 0);
    assert.equal((await world.run("resume")).code, 3);
    assert.deepEqual(world.lines("ran"), ["one", "two", "three"]);
    const [open, settled] = await world.inbox(true);
    assert.equal(open?.stepId, "four");
    assert.equal(settled?.choice, "allow");
    assert.equal(settled.amount, 0.4);
    assert.match(settled.by ?? "", /./);
    assert.ok(Date.parse(settled.answeredAt ?? "") >= Date.parse(settled.askedAt));
    assert.equal((await world.execution()).costs.limit, 2.4);
  });

  it("allow with an amount of one's own is enough for the rest", async () => {
    assert.equal((await world.run("answer", "allow", "--amount", "1.2")).code, 0);
    assert.equal((await world.run("resume")).code, 0);
    assert.deepEqual(world.lines("ran"), ["one", "two", "three", "four"]);
    const { costs } = await world.execution();
    assert.equal(costs.limit, 3.2);
    assert.equal(costs.total, 3.2);
    assert.equal((await world.inbox(true))[0]?.amount, 1.2, "the record holds the amount that was allowed");
  });

  it("an amount that is too small is booked, and what is still missing is asked for", async () => {
    assert.equal((await world.run("answer", "allow", "--amount", "0.1")).code, 0);
    assert.equal((await world.run("resume")).code, 3);
    const [open] = await world.inbox();
    assert.equal(open?.stepId, "three");
    assert.equal(open.amount, 0.3);
    assert.deepEqual(world.lines("ran"), ["one", "two"]);
  });

  it("skip leaves the step out, and what depends on it", async () => {
    assert.equal((await world.run("answer", "skip")).code, 0);
    assert.equal((await world.run("resume")).code, 1, "a person's decision, and no stop by the budget");
    assert.deepEqual(
      (await world.execution()).steps.map(({ status }) => status),
      ["completed", "completed", "skipped", "skipped"],
    );
    assert.deepEqual(world.lines("ran"), ["one", "two"]);
  });

  it("abort ends the execution, and what was finished stays", async () => {
    assert.equal((await world.run("answer", "abort")).code, 0);
    assert.equal((await world.run("resume")).code, 1);
    assert.equal((await world.execution()).status, "failed");
    assert.deepEqual(world.lines("ran"), ["one", "two"]);
  });

  it("a worker that was lost while it waited loses neither the question nor the answer", async () => {
    await world.endWorker("SIGKILL");
    const [open] = await world.inbox();
    assert.equal((await world.execution()).status, "waiting");
    assert.equal((await world.run("answer", open?.decisionId ?? "", "allow", "--amount", "2")).code, 0);
    assert.equal((await world.run("resume")).code, 0);
    assert.deepEqual(world.lines("ran"), ["one", "two", "three", "four"]);
  });
});
