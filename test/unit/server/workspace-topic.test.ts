import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SubscriptionBatch, WorkspaceView } from "../../../schemas/operations/subscription.ts";
import { withDomain, type Followed, type OpenedDomain } from "../../support/opened-domain.ts";

const WAITS_FOR_FILE =
  "# T\n- [ ] [P] a\n  - command: while [ ! -e go ]; do sleep 0.02; done\n- [ ] [P] b\n  - command: true\n";
const FAILS = "# F\n- [ ] a\n  - command: exit 3\n  - retries: 0\n";

function views(batches: readonly SubscriptionBatch[]): WorkspaceView[] {
  return batches.flatMap((batch) => (batch.kind === "workspace" ? [batch.workspace] : []));
}

async function until(followed: Followed, isThere: (view: WorkspaceView) => boolean): Promise<WorkspaceView> {
  const last = (): WorkspaceView | undefined => views(followed.batches).at(-1);
  await followed.until(() => {
    const view = last();
    return view !== undefined && isThere(view);
  });
  const view = last();
  assert.ok(view);
  return view;
}

const follow = (opened: OpenedDomain): Promise<Followed> => opened.follow({ kind: "workspace" });

describe("the workspace as a whole, followed (O1, F1)", () => {
  it("is empty where nothing was kept, creates nothing, and begins to live with the first plan", () =>
    withDomain(async (opened) => {
      const followed = await follow(opened);
      const first = await until(followed, () => true);
      assert.deepEqual([first.executions, first.progress, first.decisions, first.plans], [[], [], [], []]);
      assert.ok(first.agents.some(({ id }) => id === "shell"));
      await opened.write("a.spec.md", "# A\n- [ ] a\n  - command: true\n");
      await opened.call("plan.create", { path: "a.spec.md", keep: false, commandId: "12345678" });
      assert.ok(!existsSync(join(opened.folder, ".planwright")));
      const { plan } = await opened.call("plan.create", { path: "a.spec.md", keep: true, commandId: "22345678" });
      const { plans } = await until(followed, (view) => view.plans.length > 0);
      assert.deepEqual(
        plans.map(({ planId, specPath, steps, approved }) => ({ planId, specPath, steps, approved })),
        [{ planId: plan.planId, specPath: "a.spec.md", steps: 1, approved: false }],
      );
    }));

  it("tells what is wrong with the budget file while it is wrong, and with which nothing can be approved (E1)", () =>
    withDomain(async (opened) => {
      const followed = await follow(opened);
      assert.deepEqual((await until(followed, () => true)).budgetProblems, []);
      const limits = { total: -1, currency: "USD", duration: "day" };
      await opened.write(".planwright/budget.json", JSON.stringify({ id: "team", limits }));
      const { budgetProblems = [] } = await until(followed, (view) => view.budgetProblems?.length === 1);
      assert.match(budgetProblems[0] ?? "", /^\.planwright\/budget\.json:1:\d+: .*not below 0/);
      await rm(join(opened.folder, ".planwright/budget.json"));
      await until(followed, (view) => view.budgetProblems?.length === 0);
    }));

  it("tells what is wrong with the hooks file while it is wrong, and with which nothing can be approved (F2)", () =>
    withDomain(async (opened) => {
      const followed = await follow(opened);
      assert.deepEqual((await until(followed, () => true)).hookProblems, []);
      await opened.write(".planwright/hooks.json", JSON.stringify({ hooks: [{ id: "chat" }] }));
      const { hookProblems = [] } = await until(followed, (view) => view.hookProblems?.length === 1);
      assert.match(hookProblems[0] ?? "", /^\.planwright\/hooks\.json:1:\d+: /);
      await rm(join(opened.folder, ".planwright/hooks.json"));
      await until(followed, (view) => view.hookProblems?.length === 0);
    }));

  it("shows the newest plan of each spec while it waits for approval: not an older one, nor an approved one, nor one whose spec is gone", () =>
    withDomain(async (opened) => {
      const planned = async (path: string, commandId: string): Promise<string> =>
        (await opened.call("plan.create", { path, keep: true, commandId })).plan.planId;
      for (const name of ["a", "b", "c"])
        await opened.write(`${name}.spec.md`, `# ${name}\n- [ ] x\n  - command: true\n`);
      await planned("a.spec.md", "a-first--");
      const second = await planned("a.spec.md", "a-second-");
      const approved = await planned("b.spec.md", "b-first--");
      await planned("c.spec.md", "c-first--");
      await opened.call("plan.approve", { planId: approved, how: "editor", commandId: "approve--" });
      await rm(join(opened.folder, "c.spec.md"));
      // The same content is approved, whoever planned it.
      await planned("b.spec.md", "b-second-");
      const { plans } = await until(await follow(opened), () => true);
      assert.deepEqual(
        plans.map(({ planId }) => planId),
        [second],
      );
      const listed = await opened.call("plan.list", { specPath: "b.spec.md" });
      assert.deepEqual(
        listed.plans.map((plan) => plan.approved),
        [true, true],
      );
      assert.equal((await opened.call("plan.list", {})).plans.length, 5);
      assert.equal((await opened.call("plan.list", { limit: 1 })).plans[0]?.specPath, "b.spec.md");
    }));

  it("asks nobody to approve a plan without steps, nor the one that was made before it", () =>
    withDomain(async (opened) => {
      const planned = async (text: string, commandId: string): Promise<void> => {
        await opened.write("a.spec.md", text);
        await opened.call("plan.create", { path: "a.spec.md", keep: true, commandId });
      };
      await planned("# A\n- [ ] a\n  - command: true\n", "a-open---");
      const followed = await follow(opened);
      await until(followed, (view) => view.plans.length === 1);
      await planned("# A\n- [x] a\n  - command: true\n", "a-done---");
      await until(followed, (view) => view.plans.length === 0);
    }));

  it("shows what is left of a half-done spec as approved as soon as an approval covers it", () =>
    withDomain(async (opened) => {
      const text = (box: string): string =>
        `# H\n- [${box}] a\n  - command: true\n- [ ] b\n  - command: true\n- [ ] c\n  - command: true\n`;
      await opened.write("h.spec.md", text(" "));
      const whole = (await opened.call("plan.create", { path: "h.spec.md", keep: true, commandId: "h-whole--" })).plan;
      await opened.write("h.spec.md", text("x"));
      const rest = (await opened.call("plan.create", { path: "h.spec.md", keep: true, commandId: "h-rest---" })).plan;
      const followed = await follow(opened);
      const { plans } = await until(followed, () => true);
      assert.deepEqual(
        plans.map(({ planId }) => planId),
        [rest.planId],
      );
      await opened.call("plan.approve", { planId: whole.planId, how: "editor", commandId: "h-approve" });
      await until(followed, (view) => view.plans.length === 0);
      const listed = await opened.call("plan.list", { specPath: "h.spec.md" });
      assert.deepEqual(
        listed.plans.map(({ approved }) => approved),
        [true, true],
      );
    }));

  it("shows what runs with its progress and the agents' load, and then its end", () =>
    withDomain(async (opened) => {
      await opened.write("t.spec.md", WAITS_FOR_FILE);
      const followed = await follow(opened);
      const { executionId } = await opened.start("t.spec.md");
      const running = await until(followed, (view) => view.progress[0]?.completed === 1);
      assert.equal(running.executions[0]?.executionId, executionId);
      assert.equal(running.executions[0]?.status, "running");
      assert.deepEqual(
        running.progress[0]?.running.map(({ title }) => title),
        ["a"],
      );
      assert.equal(running.agents.find(({ id }) => id === "shell")?.load, 1);
      assert.deepEqual(running.plans, []);
      await writeFile(join(opened.folder, "go"), "");
      const ended = await until(followed, (view) => view.executions[0]?.status === "completed");
      assert.deepEqual(ended.progress, []);
    }));

  it("shows decisions until they are answered, also after the worker was replaced", () =>
    withDomain(async (opened) => {
      await opened.write("f.spec.md", FAILS);
      await opened.start("f.spec.md", true);
      const before = await follow(opened);
      await until(before, (view) => view.decisions.length === 1);
      await opened.reopen();
      const followed = await follow(opened);
      const { decisions, progress } = await until(followed, (view) => view.decisions.length === 1);
      assert.equal(decisions[0]?.title, "a");
      assert.equal(progress[0]?.decisions[0]?.decisionId, decisions[0]?.decisionId);
      const answer = { decisionId: decisions[0]?.decisionId ?? "", choice: "abort" } as const;
      await opened.call("inbox.answer", { ...answer, commandId: "answer--" });
      const after = await until(followed, (view) => view.progress.length === 0);
      assert.deepEqual(after.decisions, []);
    }));

  it("shows what waits, and what ended last, however many executions began since", () =>
    withDomain(async (opened) => {
      await opened.write("f.spec.md", FAILS);
      await opened.write("q.spec.md", "# Q\n- [ ] a\n  - command: exit 3\n  - retries: 0\n");
      const { executionId } = await opened.start("f.spec.md", true);
      const followed = await follow(opened);
      const { decisions } = await until(followed, (view) => view.decisions.length === 1);
      for (let count = 0; count < 51; count += 1) await opened.start("q.spec.md");
      const waiting = await until(followed, (view) => view.executions.length === 51 && view.progress.length === 1);
      assert.equal(waiting.executions.at(-1)?.executionId, executionId);
      assert.deepEqual(waiting.progress[0]?.executionId, executionId);
      const answer = { decisionId: decisions[0]?.decisionId ?? "", choice: "abort" } as const;
      await opened.call("inbox.answer", { ...answer, commandId: "answer-w" });
      const { executions } = await until(followed, (view) => view.progress.length === 0);
      assert.deepEqual([executions.length, executions.at(-1)?.executionId], [50, executionId]);
    })).timeout(60_000);

  it("notices an edited agents file by itself, and says nothing when nothing has changed", () =>
    withDomain(async (opened) => {
      const followed = await follow(opened);
      await until(followed, () => true);
      await opened.write(".planwright/agents.json", "{");
      const { notices } = await until(followed, (view) => view.notices.length > 0);
      assert.match(notices[0] ?? "", /agents\.json/);
      assert.equal(followed.batches.length, 2);
    })).timeout(20_000);
});
