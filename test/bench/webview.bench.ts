import type { Page } from "playwright-core";
import { z } from "zod";
import type { Client } from "../../schemas/client.ts";
import { CliWorld } from "../support/cli.ts";
import { WebviewPages, type WebviewPage } from "../support/webview-page.ts";
import { median, type BenchResult } from "./result.ts";

const FIRST_PAINT_LIMIT_MS = 300;
const LONG_TASK_LIMIT_MS = 50;
const PAINTS = 5;

/** When the first row of the list was painted, and every long task since the page began. */
const MEASURE = `
  window.longTasks = [];
  new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.longTasks.push(duration); })
    .observe({ type: "longtask", buffered: true });
  const look = () => {
    if (document.querySelector(".row.step") === null) requestAnimationFrame(look);
    else requestAnimationFrame(() => setTimeout(() => { window.firstPaint = performance.now(); }));
  };
  requestAnimationFrame(look);
`;

/** The plan panel's page in a real Chromium, with a real worker behind it: its first paint, and moving in a large graph. */
export async function run(): Promise<BenchResult[]> {
  const pages = await WebviewPages.start();
  const world = new CliWorld();
  try {
    const client = await world.connect();
    const paints: number[] = [];
    const bare: number[] = [];
    const small = await planned(world, client, 100);
    for (let turn = 0; turn < PAINTS; turn += 1) {
      bare.push(await bareFirstPaint(pages));
      const view = await opened(pages, world, small);
      paints.push(z.number().parse(await view.page.evaluate("window.firstPaint")));
      await view.close();
    }
    const view = await opened(pages, world, await planned(world, client, 1_000));
    await view.page.locator(".node").first().waitFor();
    const longest = await longestWhileMoving(view.page);
    await view.close();
    client.dispose();
    return [firstPaint(median(paints), paints, median(bare)), moving(longest)];
  } finally {
    await pages.close();
    await world.remove();
  }
}

function firstPaint(ours: number, all: readonly number[], bare: number): BenchResult {
  return {
    name: "plan panel, 100 steps: first paint",
    ours,
    peer: null,
    unit: "ms",
    ratio: null,
    limit: `<= ${FIRST_PAINT_LIMIT_MS} ms`,
    pass: ours <= FIRST_PAINT_LIMIT_MS,
    note: `from the beginning of the page to its first painted row, median of ${all.length}; slowest ${Math.max(...all).toFixed(0)} ms; a page with one row and no script in the same minute: ${bare.toFixed(0)} ms`,
  };
}

/** What the browser takes for a page in which nothing has to be done, measured alike. */
async function bareFirstPaint(pages: WebviewPages): Promise<number> {
  const page = await pages.openBare(MEASURE);
  const painted = z.number().parse(await page.waitForFunction("window.firstPaint").then((one) => one.jsonValue()));
  await page.context().close();
  return painted;
}

function moving(longest: number): BenchResult {
  return {
    name: "plan panel, 1,000 steps: longest task while panning and zooming",
    ours: longest,
    peer: null,
    unit: "ms",
    ratio: null,
    limit: `<= ${LONG_TASK_LIMIT_MS} ms`,
    pass: longest <= LONG_TASK_LIMIT_MS,
    note: "PerformanceObserver; 0: none was as long as 50 ms",
  };
}

async function opened(pages: WebviewPages, world: CliWorld, planId: string): Promise<WebviewPage> {
  // The extension is connected when a person opens a plan.
  const client = await world.connect();
  const view = await pages.open({
    name: "plan",
    show: {
      type: "show-plan",
      state: { folder: "file:///bench", planId, executionId: null, stepId: null, scope: null },
      writeBack: true,
    },
    connect: () => Promise.resolve(client),
    script: MEASURE,
  });
  await view.page.locator(".row.step").first().waitFor();
  await view.page.evaluate(
    "new Promise((done) => { const ask = () => (window.firstPaint ? done(null) : setTimeout(ask, 5)); ask(); })",
  );
  return view;
}

/** Drags, turns the wheel and zooms, near and from afar, over the graph and over the list. */
async function longestWhileMoving(page: Page): Promise<number> {
  const box = await page.locator(".graph-view").boundingBox();
  if (!box) throw new Error("there is no graph");
  // What the page did to begin does not count.
  await page.waitForTimeout(500);
  await page.evaluate("window.longTasks.length = 0");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const drag = async (): Promise<void> => {
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (let step = 1; step <= 40; step += 1) await page.mouse.move(x - step * 6, y - step * 8);
    await page.mouse.up();
  };
  await drag();
  for (let turn = 0; turn < 20; turn += 1) await page.mouse.wheel(0, 400);
  for (let turn = 0; turn < 15; turn += 1) await page.keyboard.press("-");
  await page.getByRole("button", { name: "Show All" }).click();
  await drag();
  for (let turn = 0; turn < 15; turn += 1) await page.getByRole("button", { name: "Zoom In" }).click();
  await drag();
  await page.mouse.move(box.x + box.width + 100, y);
  for (let turn = 0; turn < 20; turn += 1) await page.mouse.wheel(0, 800);
  await page.waitForTimeout(500);
  return Math.max(0, ...z.array(z.number()).parse(await page.evaluate("window.longTasks")));
}

async function planned(world: CliWorld, client: Client, steps: number): Promise<string> {
  const path = `steps-${steps}.spec.md`;
  world.write(path, largeSpec(steps));
  const { plan } = await client.call("plan.create", { path, keep: true, commandId: crypto.randomUUID() });
  if (plan.steps.length !== steps) throw new Error("the plan is not what was expected");
  return plan.planId;
}

function largeSpec(steps: number): string {
  const lines = ["---", `title: ${steps} steps`, "budget: 50 USD", "---", "", "# Steps"];
  for (let step = 0; step < steps; step += 1) {
    if (step % 50 === 0) lines.push("", `## Section ${step / 50}`, "");
    const needs = step < 10 ? "none" : `T${step - 3}, T${step - 5}, T${step - 10}`;
    lines.push(`- [ ] [P] Step ${step} of many`, `  - id: T${step}`, `  - needs: ${needs}`);
    lines.push(`  - command: [echo, "${step}"]`, "  - duration: 2s", "  - cost: 0.01");
  }
  return lines.join("\n");
}
