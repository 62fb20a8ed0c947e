import { z } from "zod";
import { formatDuration } from "../schemas/duration.ts";
import { formatAmount } from "../schemas/money.ts";

/** The page carries the words of the person's language, by the English ones (extension/panels/page.ts). */
const words = readWords();

/** A text in the person's language; `{0}`, `{1}` … stand for the values. */
export function t(text: string, ...values: readonly (string | number)[]): string {
  return (words[text] ?? text).replace(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}

/** `1 step`, `2 steps`: `one` and `many` hold `{0}` for the number. */
export function count(amount: number, one: string, many: string): string {
  return t(amount === 1 ? one : many, amount);
}

/** A duration for people; a word when it is unknown. */
export function duration(milliseconds: number | null): string {
  return milliseconds === null ? t("unknown") : formatDuration(milliseconds);
}

/** A duration that ticks: whole seconds from one second on. */
export function runningDuration(milliseconds: number): string {
  return formatDuration(Math.floor(milliseconds / 1_000) * 1_000).replace(/^0ms$/, "0s");
}

/** An amount with its currency; a word when it is unknown. */
export function money(amount: number | null, currency: string): string {
  return amount === null ? t("unknown") : formatAmount(amount, currency);
}

/** A moment as local time; with the date unless it is today. */
export function moment(iso: string, now: Date): string {
  const at = new Date(iso);
  const time = at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return at.toDateString() === now.toDateString() ? time : `${at.toLocaleDateString()} ${time}`;
}

/**
 * Text of others for the screen: control characters and those that turn the direction of writing become visible, so that no title
 * or file name can pass for another. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (char) => {
    if (char === "\n" || char === "\t") return char;
    const code = char.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The same on one line. */
export function oneLine(text: string): string {
  return visible(text.replace(/\s+/g, " ").trim());
}

function readWords(): Readonly<Record<string, string>> {
  const element = globalThis.document?.querySelector('meta[name="planwright-words"]') ?? null;
  if (element === null) return {};
  const text = element.getAttribute("content") ?? "{}";
  return z.record(z.string(), z.string()).catch({}).parse(JSON.parse(text));
}
