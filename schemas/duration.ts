import { z } from "zod";

/** A duration in whole milliseconds, as it stands in JSON and in the database. */
export const Milliseconds = z.int().min(0);

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `90s`, `2m`, `1h30m`, `1.5h`, `500ms`. Returns milliseconds, or null when the text is no duration. A bare number is none. */
export function parseDuration(text: string): number | null {
  const parts = text.trim().toLowerCase();
  if (!/^(\d+(\.\d+)?\s*(ms|s|m|h|d)\s*)+$/.test(parts)) return null;
  let total = 0;
  for (const [, amount = "", unit = ""] of parts.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNITS[unit] ?? 0);
  }
  const rounded = Math.round(total);
  return Number.isSafeInteger(rounded) ? rounded : null;
}

/** Writes a duration for people: `450ms`, `2.5s`, `1m30s`, `2h05m`, `3d4h`. */
export function formatDuration(milliseconds: number): string {
  const ms = Math.max(0, Math.round(milliseconds));
  if (ms < 1_000) return `${ms}ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1).replace(/\.0$/, "")}s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60 === 0 ? "" : String(seconds % 60).padStart(2, "0") + "s"}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${minutes % 60 === 0 ? "" : String(minutes % 60).padStart(2, "0") + "m"}`;
  return `${Math.floor(hours / 24)}d${hours % 24 === 0 ? "" : `${hours % 24}h`}`;
}
