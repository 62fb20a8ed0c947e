import assert from "node:assert/strict";
import { agentDetails, agentEntry } from "../../../../extension/trees/agent-items.ts";
import { limitEntry, problemEntry } from "../../../../extension/trees/budget-items.ts";
import { executionEntry } from "../../../../extension/trees/execution-items.ts";
import { decisionWaiting } from "../../../../extension/trees/inbox-items.ts";
import { InboxTree } from "../../../../extension/trees/inbox-tree.ts";
import type { Row } from "../../../../extension/trees/row.ts";
import { artifactEntry, attemptEntry, stepEntry, type StepData } from "../../../../extension/trees/step-items.ts";
import type { Decision } from "../../../../schemas/decision.ts";
import { AttemptResult } from "../../../../schemas/event.ts";
import {
  aDecision,
  aLimit,
  anAgent,
  anAttempt,
  aPlan,
  aProgress,
  aStep,
  aSummary,
  aView,
  english,
  FakeFolder,
  START,
} from "../../../support/tree-data.ts";

const HOSTILE = "<img onerror=x> $(error) [a](command:b) \u202Egnp.exe\u0007\u001b[31m\nnext";
const place = { folder: "file:///project/site", executionId: "run-1" };

function stepRow(change: Partial<StepData>): Row {
  const step = { ...aStep(), currency: "USD", problem: null, running: null, ...change };
  return stepEntry(place, step, english).draw(START);
}

describe("rows of the trees (O4)", () => {
  it("say state, progress, time and cost of an execution in words", () => {
    const progress = { value: aProgress({ remaining: 30_000 }), at: START };
    const data = { folder: place.folder, summary: aSummary({ simulated: true }), progress };
    const row = executionEntry(data, english).draw(START + 5_000);
    assert.equal(row.description, "running · 1 of 3 · 1m05s · 0.40 USD of 5.00 USD · simulated");
    assert.match(row.tooltip, /about 25s left/);
    assert.match(row.spoken, /^Execution Build the site, running, 1 of 3 steps done/);
    assert.deepEqual(row.context, ["execution", "running", "cancellable", "pausable"]);
  });

  it("do not pass an unknown cost off as none", () => {
    const costs = { ...aProgress().costs, total: null, unknown: 2, limit: null };
    const progress = { value: aProgress({ costs }), at: START };
    const data = { folder: place.folder, summary: aSummary({ cost: null }), progress };
    assert.match(executionEntry(data, english).draw(START).tooltip, /2 unknown costs/);
    assert.match(stepRow({ status: "completed", attempts: 1, cost: null }).tooltip, /Cost: unknown/);
  });

  it("say why a step waits and why it failed", () => {
    const blocker = { kind: "lock", detail: 'waits for the lock "db"', steps: [] } as const;
    assert.equal(
      stepRow({ status: "ready", blocker: { ...blocker, steps: [] } }).description,
      `ready · ${blocker.detail}`,
    );
    const failed = stepRow({ status: "failed", attempts: 2, problem: "exit code 3", duration: 90_000 });
    assert.equal(failed.description, "failed · 1m30s · 2 attempts · exit code 3");
    assert.match(failed.spoken, /failed, exit code 3/);
  });

  it("offer only what can be done", () => {
    const can = (change: Partial<StepData>): string => stepRow(change).context.slice(2).join(" ");
    assert.equal(can({ status: "pending" }), "");
    assert.equal(can({ status: "running", attempts: 1 }), "logged killable");
    assert.equal(can({ status: "failed", attempts: 1 }), "logged retryable rerunnable");
    assert.equal(can({ status: "completed", attempts: 1 }), "logged rerunnable");
  });

  it("open the log of a step that has one, else the plan", () => {
    assert.equal(stepRow({ attempts: 1 }).command, "planwright.openLog");
    assert.equal(stepRow({ attempts: 0 }).command, "planwright.openPlan");
  });

  it("tell of an attempt how it ended, and how sure its cost is", () => {
    const costs = [{ amount: 0.25, currency: "USD", certainty: "billed", service: "x" } as const];
    const check = { command: "npm test", end: { exitCode: 1, signal: null } };
    const result = { end: { exitCode: 0, signal: null }, check, tail: "" };
    const entry = attemptEntry({ ...place, stepId: "a" }, anAttempt({ costs: [...costs], result }), english);
    const row = entry.draw(START);
    assert.match(row.description, /^failed · 1s · 0.25 USD · billed · shell/);
    assert.match(row.tooltip, /Command: exit code 0\nCheck npm test: exit code 1/);
  });

  it("tell of an attempt what it found, and which costs it reported that are none (D8, E4)", () => {
    const result = {
      end: null,
      check: null,
      tail: "",
      outputs: [{ name: "url", type: "url", value: "https://x.example" }],
    };
    const refused = [{ said: "NaN", reason: "it is no number" }];
    const attempt = anAttempt({ result: AttemptResult.parse(result), refused, outcome: null });
    const row = attemptEntry({ ...place, stepId: "a" }, attempt, english).draw(START);
    assert.match(row.tooltip, /Output url: https:\/\/x\.example\nRefused cost: NaN, because it is no number/);
  });

  it("say of a question about money which limit it would raise, and what was allowed so far (E3)", () => {
    const decision = aDecision({ kind: "budget", amount: 2.5, limit: "team/total", choices: ["allow", "abort"] });
    const asking = { execution: "Build the site", limit: aLimit({ spent: 99, allowed: 5 }) };
    const row = decisionWaiting({ folder: place.folder, name: null }, decision, asking, english).entry.draw(START);
    assert.equal(row.description, "over the budget · 2.50 USD · team · just now · Build the site");
    assert.match(row.tooltip, /team · 99\.00 of 105\.00 USD · this month\nAllowed above it: 5\.00 USD/);
  });

  it("say what an agent asks, all of it, and where changes do not fit (F1, N1)", () => {
    const rowOf = (change: Partial<Decision>): Row => {
      const asking = { execution: "Build the site", limit: null };
      const where = { folder: place.folder, name: null };
      return decisionWaiting(where, aDecision(change), asking, english).entry.draw(START);
    };
    const subject = `make ${"x".repeat(400)} && rm -rf build`;
    const request = { requestId: "1", agent: "coder", tool: "execute", title: "a command", subject } as const;
    const permission = rowOf({ kind: "permission", message: "may it run: a command (make xxx…)", request });
    assert.equal(permission.description, "agent asks for permission · just now · Build the site");
    assert.deepEqual([permission.icon?.id, permission.context], ["shield", ["decision", "permission"]]);
    assert.ok(permission.tooltip.includes("rm -rf build"));
    const files = Array.from({ length: 12 }, (_, index) => `src/${index}.ts`);
    const conflict = { folder: "/srv/trees/a", branch: "planwright/run-1/a", files };
    const mixed = rowOf({ kind: "conflict", message: "does not fit", conflict });
    assert.match(mixed.description ?? "", /^changes do not fit/);
    assert.match(mixed.tooltip, /src\/0\.ts[^]*src\/9\.ts\nand 2 more/);
  });

  it("show hostile titles, file names and messages as plain text on one line (SEC20)", () => {
    const artifact = { type: "file", path: `out/${HOSTILE}`, url: null, sha256: "", size: 1 };
    const step = { ...place, stepId: "a" };
    const rows = [
      executionEntry({ folder: place.folder, summary: aSummary({ title: HOSTILE }), progress: null }, english),
      stepEntry(place, { ...aStep({ title: HOSTILE }), currency: "USD", problem: HOSTILE, running: null }, english),
      artifactEntry(step, 1, artifact, english),
      limitEntry(place.folder, aLimit({ policy: HOSTILE, scope: { kind: "agent", agent: HOSTILE } }), HOSTILE, english),
      problemEntry(place.folder, HOSTILE, english),
      agentEntry(place.folder, anAgent({ name: HOSTILE, available: false, unavailableReason: HOSTILE }), english),
    ].map(({ draw }) => draw(START));
    for (const row of rows) {
      for (const text of [row.label, row.description, row.spoken]) assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
      assert.doesNotMatch(row.tooltip.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
      assert.match(row.tooltip, /<img onerror=x> \$\(error\)/);
    }
  });

  it("cut what is too long for a row", () => {
    const row = stepRow({ title: "x".repeat(100_000), problem: "y".repeat(100_000), status: "failed", attempts: 1 });
    assert(row.label.length <= 200);
    assert(row.tooltip.length < 5_000);
  });

  it("say why an agent cannot be used, what it can do and how its runs went (D1, D6)", () => {
    const reason = "the program coder is not on the PATH";
    const agent = anAgent({
      available: false,
      unavailableReason: reason,
      capabilities: [
        {
          name: "coding",
          description: "Writes code",
          parameters: {},
          estimatedCost: 0.5,
          estimatedDuration: 60_000,
          dependencies: [],
        },
      ],
    });
    assert.equal(agentEntry(place.folder, agent, english).draw(START).description, `not available · ${reason}`);
    const runs = {
      ...{
        agent: "coder",
        runs: 8,
        simulatedRuns: 1,
        succeeded: 6,
        failed: 2,
        cancelled: 0,
        interrupted: 0,
        running: 0,
      },
      ...{ successRate: 0.75, duration: { typical: 90_000, high: null }, unknownCosts: 0, errors: { timeout: 2 } },
      ...{ costs: [{ currency: "USD", amount: 1.5 }], lastRunAt: null },
    };
    const details = agentDetails(place.folder, agent, { days: 30, of: runs }, english).map(({ draw }) => draw(START));
    const texts = details.map(({ label, description }) => `${label}: ${description}`);
    assert(texts.includes("coding: Writes code · about 1m · about 0.50 USD"));
    assert(texts.includes("Program: coder --print"));
    assert(texts.includes("Last 30 days: 8 runs · 75 % succeeded · typically 1m30s · 1.50 USD · 1 simulated"));
    assert.match(details.at(-1)?.tooltip ?? "", /Errors: timeout: 2/);
  });
});

describe("the inbox (F1)", () => {
  const at = (minute: number): string => new Date(START - minute * 60_000).toISOString();

  it("has the decisions and plans of all folders, the oldest first", () => {
    const decision = aDecision({ title: "Migrate", askedAt: at(5) });
    const first = new FakeFolder(aView({ decisions: [decision], executions: [aSummary()] }), "one");
    const second = new FakeFolder(aView({ plans: [aPlan({ createdAt: at(90) })] }), "two");
    const tree = new InboxTree({ folders: () => [first, second], now: () => START, l10n: english, tell: () => {} });
    const rows = tree.children().map(({ row }) => `${row.label}: ${row.description}`);
    assert.deepEqual(rows, [
      "Rewrite the parser: plan to approve · 12 steps · about 4.00 USD · 1 h ago · two",
      "Migrate: step failed · 5 min ago · Build the site · one",
    ]);
    assert.equal(tree.children()[1]?.decision, decision);
  });

  it("keeps the others when one is answered", () => {
    const folder = new FakeFolder(aView({ decisions: [aDecision(), aDecision({ decisionId: "d2", stepId: "s2" })] }));
    const tree = new InboxTree({ folders: () => [folder], now: () => START, l10n: english, tell: () => {} });
    const kept = tree.children()[1];
    folder.view = aView({ decisions: [aDecision({ decisionId: "d2", stepId: "s2" })] });
    tree.update();
    assert.deepEqual(tree.children(), [kept]);
  });
});
