import { retryAfter } from "../http/retry-after.ts";

/** Headers in which services say when a limit that was met is free again. */
const RESET_HEADERS = [
  "anthropic-ratelimit-requests-reset",
  "anthropic-ratelimit-tokens-reset",
  "anthropic-ratelimit-input-tokens-reset",
  "anthropic-ratelimit-output-tokens-reset",
  "x-ratelimit-reset-requests",
  "x-ratelimit-reset-tokens",
  "x-ratelimit-reset",
];

/** Nobody waits longer for a quota. */
const LONGEST_MS = 86_400_000;

/**
 * How long to wait before a service that has refused for its quota is asked again, in ms; null: it does not say. `retry-after-ms`
 * (OpenAI) and `retry-after` come first; then the latest of the times at which its limits are free again, of those that are used up where
 * that is told; then the delay that Google writes into the body (`google.rpc.RetryInfo`).
 */
export function resetTime(headers: Readonly<Record<string, string>>, body: string, now: Date): number | null {
  const exact = Number(headers["retry-after-ms"] ?? "");
  if (Number.isFinite(exact) && exact > 0) return Math.min(Math.ceil(exact), LONGEST_MS);
  const asked = retryAfter(headers["retry-after"], now);
  if (asked !== null) return asked;
  const resets = RESET_HEADERS.filter((name) => !isLeft(headers, name)).flatMap((name) => {
    const ms = pauseOf(headers[name], now);
    return ms === null ? [] : [ms];
  });
  if (resets.length > 0) return Math.min(Math.max(...resets), LONGEST_MS);
  const delay = /"retryDelay"\s*:\s*"(\d{1,6}(?:\.\d{1,9})?)s"/.exec(body)?.[1];
  return delay === undefined ? null : Math.min(Math.ceil(Number(delay) * 1_000), LONGEST_MS);
}

/** Whether the header beside it says that something of this limit is left. */
function isLeft(headers: Readonly<Record<string, string>>, name: string): boolean {
  const beside = name.startsWith("anthropic")
    ? name.replace(/-reset$/, "-remaining")
    : name.replace("-reset", "-remaining");
  return Number(headers[beside] ?? "0") > 0;
}

/** A moment (RFC 3339, or seconds since 1970), a number of seconds, or a duration such as `6m0s` or `20ms`. */
function pauseOf(value: string | undefined, now: Date): number | null {
  const text = value?.trim() ?? "";
  if (/^\d{4}-\d{2}-\d{2}T/.test(text)) {
    const at = Date.parse(text);
    return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
  }
  if (/^\d{1,13}(\.\d{1,9})?$/.test(text)) {
    const seconds = Number(text);
    return Math.max(0, Math.ceil(seconds > 1_000_000_000 ? seconds * 1_000 - now.getTime() : seconds * 1_000));
  }
  const match = /^(?:(\d{1,4})h)?(?:(\d{1,4})m(?!s))?(?:(\d{1,6}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?$/.exec(
    text,
  );
  if (text === "" || match === null) return null;
  const [, hours = "0", minutes = "0", seconds = "0", ms = "0"] = match;
  return Math.ceil(Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000 + Number(ms));
}
