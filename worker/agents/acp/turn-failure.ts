import { failure, type Failure } from "../../../schemas/failure.ts";

/** What an agent says when it cannot go on. */
export interface Complaint {
  /** Its own words, with whatever comes with them. */
  readonly text: string;
  /** Of JSON-RPC; null: none. */
  readonly code: number | null;
}

export interface ComplaintTerms {
  readonly agent: string;
  /** How a person logs in to it. */
  readonly login: string;
  readonly now: Date;
}

/** More is not searched for reasons. */
const MAX_TEXT = 10_000;
const MAX_SHOWN = 500;
/** Nobody waits longer for a quota. */
const LONGEST_MS = 30 * 86_400_000;
/** `auth_required` of the protocol. */
const AUTH_REQUIRED = -32000;

const LOGIN =
  /not logged in|please (?:log|sign) ?in|\/login\b|login required|authentication[ _](?:required|failed|error)|unauthorized|unauthenticated|invalid (?:x-)?api[- ]?key|incorrect api key|api key not valid|no api key|oauth token has expired|\b401\b/i;
const BUDGET = /max(?:imum)?[ _-]?budget|budget[ _](?:limit )?(?:exceeded|reached)/i;
const QUOTA =
  /\b429\b|rate[ _-]?limit|too many requests|usage limit|quota|resource[ _]exhausted|limit (?:reached|exceeded)|hit your (?:\w{1,20} )?limit|out of credits|insufficient_quota/i;
/** A program of its own that an agent works with is gone. */
const CRASH = /process (?:has )?(?:exited|crashed|died|terminated)|"restartable":\s?true|\bEPIPE\b/i;
/** Several that start for the first time at once want to set up the same files. */
const IN_USE = /database (?:table )?is locked|SQLITE_BUSY/i;
const BUSY = /\b(?:500|502|503|504|529)\b|overloaded|service unavailable|bad gateway|internal server error/i;
const NETWORK =
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|fetch failed|socket hang up|connection (?:error|refused|reset)/i;

/** Why an agent could not do what it was asked, from what it says: a login, a quota with the time that it comes back, or its own error. */
export function complaintFailure(complaint: Complaint, terms: ComplaintTerms): Failure {
  const text = complaint.text.slice(0, MAX_TEXT);
  const said = shortened(text);
  const { agent, login } = terms;
  if (BUDGET.test(text)) return failure("budget_exceeded", `agent ${agent} stopped at its own limit of costs: ${said}`);
  if (complaint.code === AUTH_REQUIRED && !QUOTA.test(text)) return needsLogin(agent, login, said);
  const retryAfter = resetWithin(text, terms.now);
  if (QUOTA.test(text)) {
    const when =
      retryAfter === null ? "" : `, and comes back ${new Date(terms.now.getTime() + retryAfter).toISOString()}`;
    const more = retryAfter === null ? {} : { retryAfter };
    return failure("rate_limit", `the quota of agent ${agent} is used up${when}: ${said}`, more);
  }
  if (LOGIN.test(text)) return needsLogin(agent, login, said);
  if (CRASH.test(text)) return failure("crash", `agent ${agent} lost a program that it works with: ${said}`);
  if (IN_USE.test(text)) return failure("crash", `agent ${agent} found its own files in use: ${said}`);
  if (BUSY.test(text)) return failure("transport", `the service of agent ${agent} is busy or broken: ${said}`);
  if (NETWORK.test(text)) return failure("transport", `agent ${agent} does not reach its service: ${said}`);
  return failure("agent_error", `agent ${agent} says: ${said}`, { details: { code: complaint.code } });
}

/**
 * Whether the last words of a turn that ended well are in truth a complaint: some agents say as a message that their quota is used up or
 * that nobody is logged in. Only a short message that says nothing else counts.
 */
export function isComplaint(lastWords: string): boolean {
  const text = lastWords.trim();
  if (text.length > 400 || text.includes("\n\n")) return false;
  return /^(?:API Error: ?\d{3}|Claude(?: AI)? usage limit reached|You(?:'|’)ve hit your (?:\w{1,20} )?limit|Invalid API key|Please run \/login|Not logged in|Error: (?:429|401)|Failed to authenticate|OAuth token has expired)/i.test(
    text,
  );
}

function needsLogin(agent: string, login: string, said: string): Failure {
  return failure("needs_login", `agent ${agent} is not logged in: ${login} (it says: ${said})`);
}

function shortened(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line === ""
    ? "nothing more"
    : line.length > MAX_SHOWN
      ? `${line.slice(0, MAX_SHOWN - 1).toWellFormed()}…`
      : line;
}

/** In how many ms the quota comes back, as far as the text says so. Services say it in many ways. */
export function resetWithin(text: string, now: Date): number | null {
  for (const read of READERS) {
    const within = read(text, now);
    if (within !== null && Number.isFinite(within)) return Math.min(LONGEST_MS, Math.max(0, Math.ceil(within)));
  }
  return null;
}

type Reader = (text: string, now: Date) => number | null;

const READERS: readonly Reader[] = [
  // {"retry_after_ms": 1500}
  (text) => scaled(/retry[-_ ]?after[-_ ]?ms"?\s{0,3}[:=]\s{0,3}"?(\d{1,12})/i.exec(text)?.[1], 1),
  // retry-after: 30, {"retryDelay":"38s"}, {"resets_in_seconds": 1234}
  (text) =>
    scaled(
      /(?:retry[-_ ]?after|retry[-_ ]?delay|resets?_in(?:_seconds)?)"?\s{0,3}[:=]?\s{0,3}"?(\d{1,9}(?:\.\d{1,9})?)(?![\d:-])\s{0,3}s?/i.exec(
        text,
      )?.[1],
      1_000,
    ),
  // {"resets_at": 1735689600}, usage limit reached|1735689600
  (text, now) => {
    const found = /(?:resets?[-_ ]?at"?\s{0,3}[:=]\s{0,3}"?|limit reached\|)(\d{10,13})\b/i.exec(text)?.[1];
    if (found === undefined) return null;
    return (found.length > 10 ? Number(found) : Number(found) * 1_000) - now.getTime();
  },
  // resets_at: 2026-01-02T03:04:05Z
  (text, now) => {
    const found = /(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2}))/.exec(text)?.[1];
    if (found === undefined || !/reset|again|retry|until/i.test(text)) return null;
    const at = Date.parse(found.replace(" ", "T"));
    return Number.isNaN(at) ? null : at - now.getTime();
  },
  // try again in 1h2m3.5s, retry in 38 seconds, resets in 5 minutes
  (text) => {
    const found =
      /(?:again|retry|resets?)\s{1,3}(?:in|after)\s{1,3}((?:\d{1,9}(?:\.\d{1,9})?\s?[a-z]{1,12}[\s,]{0,2}(?:and )?){1,4})/i.exec(
        text,
      )?.[1];
    return found === undefined ? null : spelled(found);
  },
  // resets at 3pm (UTC), reset at 15:30
  (text, now) => {
    const found =
      /(?:resets?|again|retry)\s{1,3}(?:at\s{1,3})?(\d{1,2})(?::(\d{2}))?\s?(am|pm)?\b(?:\s{0,3}\(?(UTC|GMT)\)?)?/i.exec(
        text,
      );
    if (found === null || (found[2] === undefined && found[3] === undefined)) return null;
    return untilHour(
      Number(found[1]),
      Number(found[2] ?? 0),
      found[3]?.toLowerCase() ?? null,
      found[4] !== undefined,
      now,
    );
  },
];

function scaled(digits: string | undefined, factor: number): number | null {
  return digits === undefined ? null : Number(digits) * factor;
}

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|millisecond|milliseconds)$/, 1],
  [/^(?:s|sec|secs|second|seconds)$/, 1_000],
  [/^(?:m|min|mins|minute|minutes)$/, 60_000],
  [/^(?:h|hr|hrs|hour|hours)$/, 3_600_000],
  [/^(?:d|day|days)$/, 86_400_000],
];

function spelled(text: string): number | null {
  let sum: number | null = null;
  for (const [, digits = "", unit = ""] of text.matchAll(/(\d{1,9}(?:\.\d{1,9})?)\s?([a-z]{1,12})/gi)) {
    const factor = UNITS.find(([name]) => name.test(unit.toLowerCase()))?.[1];
    if (factor === undefined) break;
    sum = (sum ?? 0) + Number(digits) * factor;
  }
  return sum;
}

/** The next time that a clock shows it. */
function untilHour(hour: number, minute: number, half: string | null, isUtc: boolean, now: Date): number | null {
  if (hour > 23 || minute > 59 || (half !== null && (hour < 1 || hour > 12))) return null;
  const wanted = half === null ? hour : (hour % 12) + (half === "pm" ? 12 : 0);
  const at = new Date(now);
  if (isUtc) at.setUTCHours(wanted, minute, 0, 0);
  else at.setHours(wanted, minute, 0, 0);
  const within = at.getTime() - now.getTime();
  if (within > 0) return within;
  // It is told to the minute: within this one, it comes back before its end.
  return within + (within > -60_000 ? 60_000 : 86_400_000);
}
