import type { BudgetWindow } from "../../schemas/budget.ts";

/** Since when a window counts, in milliseconds of wall time; 0: since ever. */
export function windowStart(window: BudgetWindow, now: number): number {
  switch (window.kind) {
    case "execution":
      return 0;
    case "rolling":
      return Math.max(0, now - window.length);
    case "calendar":
      return calendarStart(window.unit, now, 0);
  }
}

/** When a calendar window begins anew; null: the others move all the time, or never. */
export function nextWindow(window: BudgetWindow, now: number): number | null {
  return window.kind === "calendar" ? calendarStart(window.unit, now, 1) : null;
}

/** The beginning of the local day, week (Monday) or month that lies so many of them ahead. Days in which clocks change are longer or shorter. */
function calendarStart(unit: "day" | "week" | "month", now: number, ahead: number): number {
  const at = new Date(now);
  const [year, month, day] = [at.getFullYear(), at.getMonth(), at.getDate()];
  switch (unit) {
    case "day":
      return new Date(year, month, day + ahead).getTime();
    case "week":
      return new Date(year, month, day - ((at.getDay() + 6) % 7) + 7 * ahead).getTime();
    case "month":
      return new Date(year, month + ahead, 1).getTime();
  }
}
