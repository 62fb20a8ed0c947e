import type { Page } from "playwright-core";
import { z } from "zod";

/** Begins to note tasks of the page that take longer than 50 ms, which is what browsers call long. */
export async function watchLongTasks(page: Page): Promise<void> {
  await page.evaluate(`
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longTasks.push(duration);
    }).observe({ type: "longtask" });
  `);
}

/** Their durations in milliseconds, since they were last asked for. */
export async function longTasks(page: Page): Promise<number[]> {
  return z.array(z.number()).parse(await page.evaluate("globalThis.longTasks.splice(0)"));
}
