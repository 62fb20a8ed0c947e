import { setTimeout as sleep } from "node:timers/promises";

/** Asks again until it holds; throws what the last try threw. For what no locator can wait for. */
export async function eventually(check: () => void | Promise<void>, limitMs = 10_000): Promise<void> {
  for (const end = Date.now() + limitMs; ;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(50);
    }
  }
}
