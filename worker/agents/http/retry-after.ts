/** Nobody means a longer pause; what waits may cap it further. */
const LONGEST_MS = 86_400_000;

/** The pause that a `Retry-After` header asks for, in ms: seconds or a date (RFC 9110, 10.2.3). Null: none that can be read. */
export function retryAfter(value: string | undefined, now: Date): number | null {
  const text = value?.trim() ?? "";
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text) * 1_000, LONGEST_MS);
  // Date.parse reads much else, such as a bare year.
  if (!/^[A-Z][a-z]{2,8}, .*\d{2}:\d{2}:\d{2} GMT$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.min(Math.max(0, at - now.getTime()), LONGEST_MS);
}
