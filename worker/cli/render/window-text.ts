import type { BudgetWindow } from "../../../schemas/budget.ts";
import { formatDuration } from "../../../schemas/duration.ts";

/** Over which time a limit counts, for people. */
export function windowText(window: BudgetWindow): string {
  switch (window.kind) {
    case "execution":
      return "each execution";
    case "rolling":
      return `last ${lengthText(window.length)}`;
    case "calendar":
      return { day: "today", week: "this week", month: "this month" }[window.unit];
  }
}

const HOUR_MS = 3_600_000;

/** People say 24 hours, not a day, of a window that moves. */
function lengthText(length: number): string {
  return length % HOUR_MS === 0 && length <= 48 * HOUR_MS ? `${length / HOUR_MS}h` : formatDuration(length);
}
