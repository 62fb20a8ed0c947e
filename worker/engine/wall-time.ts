/** Milliseconds since 1970 of a time as events have it, such as 2026-11-21T08:30:00.000Z; always UTC. Throws for anything else. */
export function wallTime(text: string): number {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?Z$/.exec(text);
  if (!parts) throw new Error(`${text} is no time of an event`);
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const days = daysSince1970(year ?? 0, month ?? 0, day ?? 0);
  const seconds = ((days * 24 + (hour ?? 0)) * 60 + (minute ?? 0)) * 60 + (second ?? 0);
  return seconds * 1_000 + Number((parts[7] ?? "").padEnd(3, "0").slice(0, 3));
}

/** Years are counted from March on, so that the day in a leap year that is one too many comes last. */
function daysSince1970(year: number, month: number, day: number): number {
  const from = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const leapDays = Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400);
  return from * 365 + leapDays + dayOfYear - 719_468;
}
