import assert from "node:assert/strict";
import { BudgetTree } from "../../../../extension/trees/budget-tree.ts";
import type { Changed, TreeNode } from "../../../../extension/trees/node-tree.ts";
import {
  aBudget,
  aLimit,
  aSpentLine,
  aSummary,
  aView,
  english,
  FakeFolder,
  START,
} from "../../../support/tree-data.ts";

describe("the tree of the budget (O4, E1, E5)", () => {
  let folder: FakeFolder;
  let folders: FakeFolder[];
  let told: Changed[];
  let tree: BudgetTree;
  let now: number;

  beforeEach(() => {
    folder = new FakeFolder(aView({ limits: [aLimit()] }));
    folders = [folder];
    told = [];
    now = START;
    tree = new BudgetTree({
      folders: () => folders,
      now: () => now,
      l10n: english,
      tell: (changed) => told.push(changed),
    });
  });

  const labels = (nodes: readonly TreeNode[]): string[] => nodes.map(({ row }) => row.label);

  async function below(label: string): Promise<string[]> {
    const node = (await tree.children()).find(({ row }) => row.label === label);
    const children = node === undefined ? [] : await tree.children(node);
    return children.map(({ row }) => `${row.label}: ${row.description}`);
  }

  it("is empty where nothing limits and nothing was spent, so that the welcome shows", async () => {
    folder.view = aView();
    assert.deepEqual(await tree.children(), []);
  });

  it("shows each limit with what is used of it, the one that concerns people most first", async () => {
    folder.view = aView({
      limits: [
        aLimit(),
        aLimit({
          key: "team/service/ec2",
          scope: { kind: "service", service: "ec2" },
          window: { kind: "rolling", length: 86_400_000 },
          limit: 10,
          allowed: 2,
          spent: 9,
          reserved: 1.5,
          level: "threshold",
          environment: "dev",
        }),
        aLimit({ key: "spec", policy: null, window: { kind: "execution" }, limit: 0, spent: 0.1, level: "limit" }),
      ],
    });
    const rows = (await tree.children()).map(({ row }) => row);
    assert.deepEqual(
      rows.map(({ label, description }) => `${label}: ${description}`),
      [
        "Budget of the specification: ▰▰▰▰▰ 200 % · 0.10 of 0.00 USD · used up · each execution",
        "team: ec2: ▰▰▰▰▱ 87 % · 10.50 of 12.00 USD · warned · last 24h · environment dev",
        "team: ▰▱▱▱▱ 12 % · 12.40 of 100.00 USD · this month",
      ],
    );
    assert.deepEqual(
      rows.map(({ icon }) => icon.id),
      ["error", "warning", "pass"],
    );
    assert.match(
      rows[1]?.tooltip ?? "",
      /Allowed above it: 2\.00 USD\nSpent: 9\.00 USD\nReserved for what runs: 1\.50 USD/,
    );
    assert.match(rows[1]?.spoken ?? "", /^Limit team: ec2, 87 % used, warned/);
  });

  it("shows what is wrong with the file as soon as the snapshot tells it, and no longer (E1)", async () => {
    const problem = ".planwright/budget.json:3:14: limits.total: not below 0 is needed";
    folder.view = aView();
    await tree.children();
    folder.view = aView({ budgetProblems: [problem] });
    tree.update();
    assert.deepEqual(told, ["all"]);
    assert.deepEqual(labels(await tree.children()), ["budget.json cannot be used"]);
    folder.money = aBudget({ problems: [problem] });
    folder.view = aView({ budgetProblems: [] });
    tree.update();
    assert.ok(!labels(await tree.children()).includes("budget.json cannot be used"));
  });

  it("never looks used up before it is, nor empty when something was spent", async () => {
    folder.view = aView({ limits: [aLimit({ spent: 99.999999 }), aLimit({ key: "b", policy: "b", spent: 0.000001 })] });
    const [almost, hardly] = (await tree.children()).map(({ row }) => row.description);
    assert.match(almost ?? "", /^▰{4}▱ 99 %/);
    assert.match(hardly ?? "", /^▰▱{4} 0 %/);
  });

  it("shows below the limits what was spent on what, and opens the execution that spent it", async () => {
    folder.money = aBudget({
      byService: [aSpentLine({ name: "s3", amount: 1 }), aSpentLine({ certainty: "billed", unknown: 2, held: 0.4 })],
      byDay: [aSpentLine({ name: "2026-01-01" }), aSpentLine({ name: "2026-01-02" })],
      byExecution: [{ ...aSpentLine({ name: "Build the site" }), executionId: "run-1" }],
      accuracy: [
        { attempts: 4, currency: "USD", estimated: 2, actual: 2.5, medianRatio: 1.234, withinTenth: 0.75 },
        { attempts: 0, currency: "EUR", estimated: 0, actual: 0, medianRatio: null, withinTenth: null },
      ],
      approvals: [
        {
          at: new Date(START).toISOString(),
          by: "anna",
          amount: 5,
          currency: "USD",
          label: "policy team",
          executionId: "run-1",
          stepId: "step-1",
          title: "Compile",
        },
      ],
    });
    assert.deepEqual(labels(await tree.children()), [
      "team",
      "By Service",
      "By Day",
      "By Execution",
      "Accuracy of Estimates",
      "Money That People Allowed",
    ]);
    assert.deepEqual(await below("By Service"), [
      "ec2: 7.50 USD · billed · 2 of unknown cost · 0.40 USD kept for what is unknown",
      "s3: 1.00 USD · measured",
    ]);
    assert.deepEqual(await below("By Day"), ["2026-01-02: 7.50 USD · measured", "2026-01-01: 7.50 USD · measured"]);
    assert.deepEqual(await below("Accuracy of Estimates"), [
      "4 runs: 2.00 USD estimated, 2.50 USD actual · 75 % within a tenth of the estimate",
    ]);
    assert.deepEqual(await below("Money That People Allowed"), [
      "+5.00 USD: by anna · Compile · policy team · just now",
    ]);
    const group = (await tree.children()).find(({ row }) => row.label === "By Execution");
    const [execution] = group === undefined ? [] : await tree.children(group);
    assert.equal(execution?.row.command, "planwright.openPlan");
    assert.equal(execution?.executionId, "run-1");
  });

  it("says what is wrong with the file first, and where", async () => {
    folder.money = aBudget({ problems: [".planwright/budget.json:7: `limits.total`: a number is needed"] });
    const [first] = await tree.children();
    assert.equal(first?.row.label, "budget.json cannot be used");
    assert.equal(first.row.description, "`limits.total`: a number is needed");
    assert.equal(first.line, 7);
    assert.equal(first.row.command, "planwright.openBudget");
    assert.match(first.row.tooltip, /no plan can be approved or started/);
  });

  it("keeps the elements while money is spent, tells only what differs, and asks for the sums at most every two seconds", async () => {
    folder.money = aBudget({ byService: [aSpentLine()] });
    const before = await tree.children();
    assert.deepEqual(folder.asked, ["budget of 30 days"]);
    folder.view = aView({ limits: [aLimit({ spent: 20 })], executions: [aSummary({ cost: 1 })] });
    folder.money = aBudget({ byService: [aSpentLine({ amount: 20 })] });
    tree.update();
    assert.deepEqual(
      told.map((changed) => (changed === "all" ? "all" : labels(changed))),
      [["team"]],
    );
    assert.deepEqual(folder.asked.length, 1, "not at once");
    assert.equal(tree.changes, "each second");
    now += 2_000;
    tree.tick();
    assert.deepEqual(folder.asked.length, 2);
    const after = await tree.children();
    assert.deepEqual(
      after.map((node, index) => node === before[index]),
      [true, true],
    );
    assert.deepEqual(await below("By Service"), ["ec2: 20.00 USD · measured"]);
    assert.equal(tree.changes, "never");
  });

  it("asks at once when another period is chosen, and not at all while nobody looks", async () => {
    await tree.children();
    tree.setDays(7);
    assert.deepEqual(folder.asked, ["budget of 30 days", "budget of 7 days"]);
    await tree.children();
    tree.setVisible(false);
    now += 10_000;
    folder.view = aView({ limits: [aLimit({ spent: 50 })] });
    tree.update();
    tree.tick();
    assert.equal(folder.asked.length, 2);
    tree.setVisible(true);
    assert.equal(folder.asked.length, 3);
  });

  it("shows the limits when the sums cannot be asked for, and says so", async () => {
    folder.failing = new Error("the worker is gone");
    const rows = (await tree.children()).map(({ row }) => `${row.label}: ${row.description}`);
    assert.equal(rows[1], "What was spent cannot be shown: the worker is gone");
    assert.match(rows[0] ?? "", /^team/);
  });

  it("gives each of several folders its own limits", async () => {
    folders.push(
      new FakeFolder(aView({ limits: [aLimit({ policy: "other" })] }), "shop"),
      new FakeFolder(aView(), "empty"),
    );
    const roots = await tree.children();
    assert.deepEqual(labels(roots), ["site", "shop"]);
    assert.deepEqual(labels(await tree.children(roots[1])), ["other"]);
  });

  it("tells executions apart that run at the same time under limits of the same name", async () => {
    const limit = aLimit({ key: "spec", policy: null, window: { kind: "execution" } });
    folder.view = aView({
      executions: [aSummary(), aSummary({ executionId: "run-2", title: "Deploy" })],
      limits: [
        { ...limit, executionId: "run-1" },
        { ...limit, executionId: "run-2", spent: 50 },
      ],
    });
    const nodes = await tree.children();
    assert.deepEqual(
      nodes.map(({ row, executionId }) => [row.description.split(" · ").at(-1), executionId]),
      [
        ["Deploy", "run-2"],
        ["Build the site", "run-1"],
      ],
    );
    assert.equal(new Set(nodes.map(({ id }) => id)).size, 2);
  });
});
