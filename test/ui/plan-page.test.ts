import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import type { Client } from "../../schemas/client.ts";
import { CliWorld } from "../support/cli.ts";
import { WebviewPages, type PageOptions, type WebviewPage } from "../support/webview-page.ts";

const SPEC = `---
title: Bake bread
budget: 1.00 USD
---

# Bake bread

## Prepare

- [ ] Mix the dough
  - id: mix
  - duration: 100ms

  \`\`\`sh
  echo mixed >> ran
  \`\`\`

- [ ] [P] Heat the oven
  - id: heat
  - needs: none
  - command: [sh, -c, "echo heated >> ran"]

## Bake

- [ ] Bake it
  - id: bake
  - needs: mix, heat
  - cost: 0.25
  - command: [sh, -c, "test -e flour && echo baked >> ran"]
`;

/** The plan panel as it is built, in a plain browser, with the real relay to a real worker. */
describe("the page of the plan panel", () => {
  let pages: WebviewPages;
  let world: CliWorld;
  let client: Client;
  let view: WebviewPage;
  let page: Page;

  before(async () => {
    pages = await WebviewPages.start();
  });
  after(() => pages.close());
  beforeEach(async () => {
    world = new CliWorld();
    client = await world.connect();
  });
  afterEach(async () => {
    await view.close();
    client.dispose();
    await world.remove();
  });

  const planned = async (text = SPEC): Promise<string> => {
    world.write("bread.spec.md", text);
    const request = { path: "bread.spec.md", keep: true, commandId: crypto.randomUUID() };
    return (await client.call("plan.create", request)).plan.planId;
  };
  const open = async (planId: string, options: Partial<PageOptions> = {}): Promise<void> => {
    const state = { folder: "file:///workspace", planId, executionId: null, stepId: null, scope: null };
    view = await pages.open({
      name: "plan",
      show: { type: "show-plan", state, writeBack: true },
      connect: () => world.connect(),
      ...options,
    });
    ({ page } = view);
    await page.getByRole("heading", { level: 1 }).waitFor();
  };
  const row = (name: string) => page.getByRole("row", { name });
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const approveAndExecute = async (): Promise<void> => {
    await button("Approve and Execute").click();
    await page.getByRole("dialog").getByRole("button", { name: "Approve and Execute" }).click();
  };
  const assertAccessible = async (rules: string[] | null = null): Promise<void> => {
    const axe = new AxeBuilder({ page });
    const { violations } = await (rules === null ? axe : axe.withRules(rules)).analyze();
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    assert.deepEqual(
      serious.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ""}`)]),
      [],
    );
  };

  it("shows what is left of the folder's limits, and asks for more money with the limit that it raises, in every theme (E1, E3, F2, O5)", async () => {
    world.write("flour", "");
    const enforcement = { mode: "approve" };
    const limits = { total: 0.1, currency: "USD", duration: "24h", perService: { other: 5 }, perAgent: { shell: 3 } };
    world.write(".planwright/budget.json", JSON.stringify({ id: "team", limits, enforcement }));
    const hook = { id: "bell", on: ["success"], command: ["sh", "-c", "cat > told"] };
    world.write(".planwright/hooks.json", JSON.stringify({ hooks: [hook] }));
    const planId = await planned();
    await open(planId);
    await page.getByText("0.10 USD of 0.10 USD left").waitFor();
    await button("Approve and Execute").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText('runs "sh" "-c" "cat > told"').waitFor();
    await dialog.getByText("team: 0.10 USD last 24h, you are asked at the limit").waitFor();
    await assertAccessible();
    await dialog.getByRole("button", { name: "Approve and Execute" }).click();
    await page.getByText(/team \(last 24h\): 0\.00 USD spent, limit 0\.10 USD/).waitFor();
    await button("Show the budget").click();
    assert.ok(view.asked.some(({ type }) => type === "open-budget"));
    await page.getByLabel("Amount to add to the limit, in USD").fill("0.5");
    await button("Allow").click();
    await button("Report").waitFor();
    await page.getByText("0.35 USD of 0.60 USD left").waitFor();
    for (const theme of ["light", "hc-black", "hc-light"] as const) {
      await view.close();
      await open(planId, { theme, width: 420 });
      await page.getByText("0.35 USD of 0.60 USD left").waitFor();
      await assertAccessible();
    }
  });

  it("shows a plan as graph and list with figures, changes a step, approves it and runs it to its end (B1, B2, C10)", async () => {
    world.write("flour", "");
    await open(await planned());
    await page.getByText("0.25 USD of 1.00 USD").waitFor();
    await page.getByRole("option", { name: /^3\. Bake it/ }).waitFor({ state: "attached" });
    await page.getByText("100%", { exact: true }).waitFor();
    await button("Zoom In").click();
    await page.getByText("125%", { exact: true }).click();
    await page.getByText("100%", { exact: true }).waitFor();
    await row("3. Bake it").click();
    await page.getByText("Waits for", { exact: true }).waitFor();
    await button("Change This Step").click();
    await page.getByLabel("Timeout").fill("ten");
    await page.getByText("Write it like 90s").waitFor();
    await page.getByLabel("Timeout").fill("2m");
    await page.keyboard.press("Enter");
    await page.getByText("was 5m").waitFor();
    await page.getByText("1 change is not in the recorded plan yet.").waitFor();

    await button("Approve and Execute").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("echo mixed >> ran").waitFor();
    await assertAccessible();
    await dialog.getByRole("button", { name: "Approve and Execute" }).click();
    await button("Report").waitFor();
    await page.getByText("3 of 3 steps").first().waitFor();
    await page.getByText("succeeded").first().waitFor();
    assert.deepEqual(world.lines("ran").toSorted(), ["baked", "heated", "mixed"]);
    const [execution] = (await client.call("execution.list", {})).executions;
    const { plan } = await client.call("plan.get", { planId: execution?.planId ?? "" });
    assert.equal(plan.steps.at(-1)?.timeout, 120_000, "what was changed is what ran");
    await button("Report").click();
    assert.ok(view.asked.some(({ type }) => type === "open-report"));
    assert.deepEqual(view.errors, []);
  });

  it("a change can be taken back by field and as a whole, and the figures follow (B2)", async () => {
    await open(await planned());
    await row("3. Bake it").click();
    await button("Change This Step").click();
    await page.getByLabel("Run by").selectOption({ label: "Skip: what depends on it goes on" });
    await page.getByText("0.00 USD of 1.00 USD").waitFor();
    await page.getByLabel("Comment").fill("Not too dark");
    await page.keyboard.press("Tab");
    await page.getByText("2 changes are not").waitFor();
    await button("Undo: Run by").click();
    await page.getByText("0.25 USD of 1.00 USD").waitFor();
    await button("Undo All").click();
    await page.getByText("not in the recorded plan yet").waitFor({ state: "detached" });
  });

  it("runs from the step that was asked for, and ticks no box where the person does not want it (O2)", async () => {
    const planId = await planned();
    world.write("flour", "");
    const state = {
      folder: "file:///workspace",
      planId,
      executionId: null,
      stepId: "bake",
      scope: { kind: "from", stepId: "bake" },
    } as const;
    await open(planId, { show: { type: "show-plan", state, writeBack: false } });
    await page.getByText("Only “Bake it” and what depends on it will run.").waitFor();
    await approveAndExecute();
    await button("Report").waitFor();
    assert.deepEqual(world.lines("ran"), ["baked"]);
    assert.doesNotMatch(world.read("bread.spec.md"), /\[x\]/);
  });

  it("runs everything after all when the person says so (O2)", async () => {
    const planId = await planned();
    world.write("flour", "");
    const scope = { kind: "from", stepId: "bake" } as const;
    const state = { folder: "file:///workspace", planId, executionId: null, stepId: null, scope };
    await open(planId, { show: { type: "show-plan", state, writeBack: true } });
    await button("Run Everything").click();
    await approveAndExecute();
    await button("Report").waitFor();
    assert.deepEqual(world.lines("ran").toSorted(), ["baked", "heated", "mixed"]);
    assert.equal(world.read("bread.spec.md").match(/\[x\]/g)?.length, 3);
  });

  it("keeps the changes that were made when the spec is planned anew, as far as its steps are there (B2)", async () => {
    await open(await planned());
    await row("3. Bake it").click();
    await button("Change This Step").click();
    await page.getByLabel("Comment").fill("Not too dark");
    await page.keyboard.press("Tab");
    await row("1. Mix the dough").click();
    await button("Change This Step").click();
    await page.getByLabel("Comment").fill("With rye");
    await page.keyboard.press("Tab");
    await page.getByText("2 changes are not").waitFor();
    const planId = await planned(SPEC.replace("id: mix", "id: knead").replace("needs: mix", "needs: knead"));
    const state = { folder: "file:///workspace", planId, executionId: null, stepId: null, scope: null };
    await view.show({ type: "show-plan", state, writeBack: true });
    await page.getByText("Your changes of mix were left out").waitFor();
    await page.getByText("1 change is not").waitFor();
  });

  it("a failed step asks with its own choices, and goes on after the repair (F1)", async () => {
    await open(await planned());
    await approveAndExecute();
    const asked = page.getByRole("status").filter({ hasText: "Bake it" });
    await asked.getByRole("button", { name: "Retry" }).waitFor();
    await asked.getByRole("button", { name: "Skip" }).waitFor();
    await asked.getByRole("button", { name: "Stop Execution" }).waitFor();
    await assertAccessible();
    world.write("flour", "");
    await asked.getByRole("button", { name: "Retry" }).click();
    await button("Report").waitFor();
    assert.deepEqual(world.lines("ran").toSorted(), ["baked", "heated", "mixed"]);
  });

  it("says what became of each step after the spec was edited, and goes on with it (A7)", async () => {
    await open(await planned());
    await approveAndExecute();
    await page.getByRole("button", { name: "Stop Execution" }).waitFor();
    world.write("bread.spec.md", world.read("bread.spec.md").replace("test -e flour && ", ""));
    await view.show();
    await button("Replan This Execution").click();
    await page.getByText("For the execution to go on with: 2 kept, 1 stale, 0 new, 0 removed").waitFor();
    await row("3. Bake it").getByText("stale").waitFor();
    await button("Approve and Go On").click();
    await page.getByRole("dialog").getByRole("button", { name: "Approve and Go On" }).click();
    await button("Report").waitFor();
    assert.deepEqual(world.lines("ran").toSorted(), ["baked", "heated", "mixed"]);
  });

  it("says that the worker is lost, stays readable, and goes on when it is back (complaint 2)", async () => {
    await open(await planned());
    await row("1. Mix the dough").waitFor();
    await world.endWorker("SIGKILL");
    await page.getByText("The connection to the worker is lost").waitFor();
    await row("1. Mix the dough").waitFor();
    assert.equal(await button("Approve and Execute").getAttribute("aria-disabled"), "true");
    await button("Try Again").click();
    await page.getByText("The connection to the worker is lost").waitFor({ state: "detached" });
    assert.equal(await button("Approve and Execute").getAttribute("aria-disabled"), "false");
  });

  it("shows after a reload what was shown before, with the draft (E28)", async () => {
    const planId = await planned();
    await open(planId);
    await row("2. Heat the oven").click();
    await button("Change This Step").click();
    await page.getByLabel("Retries").fill("5");
    await page.keyboard.press("Enter");
    await button("List Only").click();
    await page.reload();
    await page.getByRole("heading", { name: "2. Heat the oven" }).waitFor();
    await page.getByText("was 2").waitFor();
    assert.equal(await button("List Only").getAttribute("aria-pressed"), "true");
  });

  it("is used with the keyboard alone (E31)", async () => {
    await open(await planned());
    await row("1. Mix the dough").waitFor();
    await page.getByRole("listbox").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.getByRole("heading", { name: "3. Bake it" }).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("h2:focus", { hasText: "3. Bake it" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "3. Bake it" }).waitFor({ state: "detached" });
    await page.locator(":focus").and(page.locator("[role=treegrid], [role=listbox]")).waitFor();
    await page.getByRole("treegrid").focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await page.getByRole("heading", { name: "2. Heat the oven" }).waitFor();
  });

  it("shows hostile words as plain text (SEC20)", async () => {
    const hostile = "<img src=x onerror=alert(1)> [run](command:x) \u202eevil";
    await open(await planned(SPEC.replace("Mix the dough", hostile)));
    await row("1. <img src=x onerror=alert(1)> [run](command:x) \\u202eevil").click();
    assert.equal(await page.locator("img").count(), 0);
    assert.deepEqual(view.errors, []);
  });

  it("says why a plan cannot be approved (B2)", async () => {
    await open(
      await planned(SPEC.replace('  - command: [sh, -c, "echo heated >> ran"]\n', "  - capability: baking\n")),
    );
    await row("2. Heat the oven, undecided").waitFor();
    const approve = button("Approve and Execute");
    assert.match((await approve.getAttribute("title")) ?? "", /Heat the oven.*has no agent/);
    await row("2. Heat the oven").click();
    await page.getByLabel("Run by").selectOption({ label: "Simulate: nothing really runs" });
    await page.locator('.actions .primary[aria-disabled="false"]').waitFor();
    await page.getByText("simulated").first().waitFor();
  });

  it("decides about all steps without an agent at once, and says where agents are defined (B2)", async () => {
    const tasks = Array.from({ length: 8 }, (_, index) => `- [ ] T00${index + 1} Write part ${index + 1}\n`);
    world.write("specs/001-bread/tasks.md", `# Tasks: Bread\n\n## Phase 1: Setup\n\n${tasks.join("")}`);
    const request = { path: "specs/001-bread/tasks.md", keep: true, commandId: crypto.randomUUID() };
    await open((await client.call("plan.create", request)).plan.planId);
    await page.getByText("Spec Kit", { exact: true }).waitFor();
    await page.getByText("8 steps have no agent.").waitFor();
    assert.equal(await page.getByText("has no agent:").count(), 0, "not each of them once more");
    await assertAccessible();
    await page.setViewportSize({ width: 300, height: 700 });
    assert.equal(await page.evaluate("document.documentElement.scrollWidth <= 300"), true);
    await page.setViewportSize({ width: 1280, height: 800 });
    await button("Define Agents").click();
    assert.deepEqual(view.asked.at(-1), { type: "define-agents", capabilities: ["code_generation"] });
    await button("Simulate All").click();
    await page.getByText("8 changes are not in the recorded plan yet.").waitFor();
    await page.locator('.actions .primary[aria-disabled="false"]').waitFor();
    assert.equal(await page.getByText("8 steps have no agent.").count(), 0);
  });

  it("has no serious finding of axe, wide and narrow, and nothing is cut off (E31)", async () => {
    await open(await planned());
    await row("1. Mix the dough").click();
    await button("Change This Step").click();
    await assertAccessible();
    await page.setViewportSize({ width: 300, height: 700 });
    assert.equal(await page.evaluate("document.documentElement.scrollWidth <= 300"), true);
    await button("Close").click();
    await row("1. Mix the dough").waitFor();
    await assertAccessible();
  });

  for (const theme of ["light", "hc-black", "hc-light"] as const) {
    it(`has enough contrast in ${theme} (E30)`, async () => {
      await open(await planned(), { theme });
      await row("1. Mix the dough").click();
      await button("Change This Step").click();
      await assertAccessible(["color-contrast"]);
    });
  }
});
