import type { Stretch } from "./timeline-rows.ts";

/** The part of the time that is shown. */
export type TimeWindow = Stretch;

/** Shown at the least: below it nothing more can be told apart. */
const LEAST_MS = 20;
/** Free space behind the end, as a share of the whole. */
const MARGIN = 0.04;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100].map((days) => days * DAY),
];

/** Everything, with some room behind it. */
export function wholeWindow(end: number): TimeWindow {
  return { start: 0, end: Math.max(LEAST_MS, end * (1 + MARGIN)) };
}

/** Closer by a factor above 1, farther by one below, around a moment that stays where it is. Never beyond the whole. */
export function zoomed(shown: TimeWindow, factor: number, around: number, whole: TimeWindow): TimeWindow {
  const length = Math.max(LEAST_MS, (shown.end - shown.start) / factor);
  const share = (around - shown.start) / (shown.end - shown.start);
  return within({ start: around - share * length, end: around + (1 - share) * length }, whole);
}

/** Moved by so many milliseconds, as far as there is something to see. */
export function panned(shown: TimeWindow, by: number, whole: TimeWindow): TimeWindow {
  return within({ start: shown.start + by, end: shown.end + by }, whole);
}

function within({ start, end }: TimeWindow, whole: TimeWindow): TimeWindow {
  const length = end - start;
  if (length >= whole.end - whole.start) return whole;
  const from = Math.min(Math.max(whole.start, start), whole.end - length);
  return { start: from, end: from + length };
}

/** Where a moment lies, in percent of the width; outside of 0 to 100 it is not in view. */
export function percentOf(moment: number, { start, end }: TimeWindow): number {
  return ((moment - start) / (end - start)) * 100;
}

/** A stretch as left border and width in percent; null: it is not in view. */
export function placed({ start, end }: Stretch, shown: TimeWindow): { left: number; width: number } | null {
  if (end < shown.start || start > shown.end) return null;
  // What reaches far out of view is cut near its borders: browsers do not draw boxes of any size.
  const left = Math.max(-5, percentOf(start, shown));
  const right = Math.min(105, percentOf(end, shown));
  return { left, width: Math.max(0, right - left) };
}

/** Moments for the ruler, at round distances, at most so many. */
export function ticks(shown: TimeWindow, most: number): number[] {
  const length = shown.end - shown.start;
  const step = STEPS.find((candidate) => length / candidate <= most) ?? Math.ceil(length / most);
  const first = Math.ceil(shown.start / step) * step;
  return Array.from({ length: Math.floor((shown.end - first) / step) + 1 }, (_, index) => first + index * step);
}

/** A moment on the ruler: `0`, `1.5s`, `2m`, `1:02:30` where one unit is not enough. */
export function tickLabel(moment: number): string {
  if (moment === 0) return "0";
  if (moment < SECOND) return `${Math.round(moment)}ms`;
  if (moment < MINUTE) return `${Number((moment / SECOND).toFixed(3))}s`;
  const seconds = Math.floor(moment / SECOND) % 60;
  const minutes = Math.floor(moment / MINUTE) % 60;
  const hours = Math.floor(moment / HOUR);
  const two = (value: number): string => String(value).padStart(2, "0");
  const rest = moment % SECOND === 0 ? "" : `.${String(Math.round(moment % SECOND)).padStart(3, "0")}`;
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds)}${rest}`;
}
