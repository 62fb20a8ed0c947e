import { formatDuration } from "../../schemas/duration.ts";
import { formatAmount } from "../../schemas/money.ts";
import type { Localizer } from "./row.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Longer titles are cut in rows; tooltips have more of them. */
const LABEL = 200;
const LONG = 2_000;

/** A duration that ticks: whole seconds. */
export function tickingDuration(milliseconds: number): string {
  return formatDuration(Math.floor(Math.max(0, milliseconds) / 1_000) * 1_000).replace(/^0ms$/, "0s");
}

/** A duration that is over: parts of a second too, where it was short. */
export function pastDuration(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(Math.max(0, milliseconds))}ms` : tickingDuration(milliseconds);
}

/** How long ago, in steps of a minute. Null where there is no such moment. */
export function ago(iso: string | null, now: number, l10n: Localizer): string | null {
  if (iso === null) return null;
  const age = now - Date.parse(iso);
  if (Number.isNaN(age)) return null;
  if (age < MINUTE) return l10n.t("just now");
  if (age < HOUR) return l10n.t("{0} min ago", Math.floor(age / MINUTE));
  if (age < DAY) return l10n.t("{0} h ago", Math.floor(age / HOUR));
  return age < 2 * DAY ? l10n.t("yesterday") : l10n.t("{0} days ago", Math.floor(age / DAY));
}

/** What was spent, of the limit where there is one. Null while there is nothing to say: no cost and no limit. */
export function spending(cost: number | null, limit: number | null, currency: string, l10n: Localizer): string | null {
  if (limit !== null) return l10n.t("{0} of {1}", formatAmount(cost ?? 0, currency), formatAmount(limit, currency));
  return cost === null || cost === 0 ? null : formatAmount(cost, currency);
}

/** A moment as local date and time. */
export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** As much of a text as a row can show; whole characters. */
export function short(text: string): string {
  return cut(text, LABEL);
}

/** As much of a text as a tooltip can show. */
export function long(text: string): string {
  return cut(text, LONG);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${[...text.slice(0, length)].slice(0, -1).join("")}…`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** The size of a file for people. */
export function fileSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1_000 && unit < UNITS.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || size >= 10 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit] ?? ""}`;
}
