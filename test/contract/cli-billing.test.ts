import assert from "node:assert/strict";
import { z } from "zod";
import { BudgetView } from "../../schemas/budget.ts";
import { CliWorld } from "../support/cli.ts";

const Billed = z.object({ booked: z.int(), known: z.int(), refused: z.array(z.string()) });

describe("a billing source (E6)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  let executionId: string;
  beforeEach(async () => {
    world = new CliWorld();
    world.write(
      ".planwright/budget.json",
      JSON.stringify({
        rates: { EUR: 2 },
        billing: { command: ["/bin/sh", "-c", "echo asked >> asked; cat bills.json"] },
        policies: [{ id: "team", limits: { total: 5, duration: "month" }, enforcement: { mode: "enforce" } }],
      }),
    );
    world.write(
      "a.spec.md",
      "- [ ] A\n  - id: a\n  - cost: 1\n  - command: true\n- [ ] B\n  - id: b\n  - cost: 2\n  - command: true\n",
    );
    assert.equal((await world.run("run", "a.spec.md", "--yes")).code, 0);
    ({ executionId } = await world.execution());
  });
  afterEach(() => world.remove());

  const bills = (...entries: object[]): void => {
    world.write(
      "bills.json",
      JSON.stringify(entries.map((entry) => ({ executionId, service: "shell", currency: "USD", ...entry }))),
    );
  };

  it("runs nothing before the person has accepted it, and asks anew when it is another", async () => {
    bills();
    const refused = await world.run("budget", "--bill");
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(
      refused.stderr,
      /the billing source runs "\/bin\/sh" "-c" .*which nobody has accepted on this machine/,
    );
    assert.deepEqual(world.lines("asked"), []);
    assert.equal((await world.run("budget", "--bill", "--yes")).code, 0);
    assert.equal((await world.run("budget", "--bill")).code, 0, "once is enough");
    assert.deepEqual(world.lines("asked"), ["asked", "asked"]);
    world.write(".planwright/budget.json", world.read(".planwright/budget.json").replace("echo asked", "echo other"));
    assert.equal((await world.run("budget", "--bill")).code, 3);
  });

  it("books each amount once; it stands for what was booked before, and counts for policies", async () => {
    bills({ id: "1", stepId: "a", amount: 0.4 }, { id: "2", stepId: "b", amount: 0.9, currency: "EUR" });
    const first = await world.json(Billed, "budget", "--bill", "--yes");
    assert.deepEqual(first, { booked: 2, known: 0, refused: [] });
    assert.deepEqual(await world.json(Billed, "budget", "--bill"), { booked: 0, known: 2, refused: [] });
    const { limits, byService, byExecution } = await world.json(BudgetView, "budget");
    assert.equal(limits[0]?.spent, 2.2);
    assert.deepEqual(
      byService.map(({ name, amount, certainty }) => [name, amount, certainty]),
      [["shell", 2.2, "billed"]],
    );
    assert.equal(byExecution[0]?.executionId, executionId);
    await world.endWorker("SIGKILL");
    assert.equal((await world.json(BudgetView, "budget")).limits[0]?.spent, 2.2, "also for the next worker");
  });

  it("refuses what it cannot book, with the reason, and books the rest", async () => {
    bills(
      { id: "1", amount: -1 },
      { id: "2", amount: 1, executionId: "run-none" },
      { id: "3", amount: 1, stepId: "none" },
      { id: "4", amount: 1, currency: "JPY" },
      { id: "5", amount: 4 },
    );
    const { code, stdout, stderr } = await world.run("budget", "--bill", "--yes");
    assert.equal(code, 1);
    assert.match(stdout, /Booked 1 billed amount/);
    const reasons = stderr.trim().split("\n");
    assert.equal(reasons.length, 4);
    assert.match(reasons[0] ?? "", /refused: entry 1: amount: /);
    assert.match(reasons[1] ?? "", /refused: 2: there is no execution "run-none"/);
    assert.match(reasons[2] ?? "", /refused: 3: execution run-\S+ has no step "none"/);
    assert.match(reasons[3] ?? "", /refused: 4: there is no rate between JPY and USD/);
    assert.equal((await world.json(BudgetView, "budget")).limits[0]?.spent, 4);
  });

  it("says what is wrong with a source that fails or answers nonsense", async () => {
    world.write("bills.json", "nonsense");
    const { code, stderr } = await world.run("budget", "--bill", "--yes");
    assert.equal(code, 2, stderr);
    assert.match(stderr, /the billing source of .*its answer cannot be read: it is not JSON: "nonsense"/);
  });
});
