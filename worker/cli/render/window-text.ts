import type { BudgetWindow } from "../../../schemas/budget.ts";
import { rollingLength } from "../../../schemas/limit-label.ts";

/** Over which time a limit counts, for people. */
export function windowText(window: BudgetWindow): string {
  switch (window.kind) {
    case "execution":
      return "each execution";
    case "rolling":
      return `last ${rollingLength(window.length)}`;
    case "calendar":
      return { day: "today", week: "this week", month: "this month" }[window.unit];
  }
}
