/** What is known of a possible secret once its first bytes are there. */
export type Verdict =
  | { readonly kind: "none" }
  /** It depends on bytes that are not there yet. */
  | { readonly kind: "more" }
  /** From `from` to `to`, and as far behind that as `skip` says. */
  | { readonly kind: "secret"; readonly from: number; readonly to: number; readonly skip: Skip | null };

/** How far a secret goes on from `at`. `isOpen`: perhaps also behind the end of the bytes. */
export type Skip = (
  bytes: Uint8Array,
  at: number,
  isFinal: boolean,
) => { readonly to: number; readonly isOpen: boolean };

/** Something that may be a secret wherever `anchor` stands. */
export interface Form {
  /** ASCII, at least three bytes. */
  readonly anchor: Uint8Array;
  /** `before`: the byte in front of the anchor, or -1. */
  judge(bytes: Uint8Array, at: number, before: number, isFinal: boolean): Verdict;
}

export const NONE: Verdict = { kind: "none" };
export const MORE: Verdict = { kind: "more" };

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const WORD = table(`${LETTERS}${DIGITS}`);
const WORD_LINE = table(`${LETTERS}${DIGITS}_`);
const URL_SAFE = table(`${LETTERS}${DIGITS}_-`);
const CAPITALS = table(`ABCDEFGHIJKLMNOPQRSTUVWXYZ${DIGITS}`);
const DIGIT = table(DIGITS);
const BASE64 = table(`${LETTERS}${DIGITS}+/=`);
const BEARER = table(`${LETTERS}${DIGITS}._~+/=-`);
const DASHED = table(`${LETTERS}${DIGITS}-`);
const DOTTED = table(`${LETTERS}${DIGITS}_-.`);
const PATH = table(`${LETTERS}${DIGITS}/_-`);
/** What stands between the first and the last line of a private key, also when its line breaks are written as `\n`. */
const ARMOURED = table(`${LETTERS}${DIGITS}+/=:,.- \\\r\n\t`);
const ARMOURED_START = table(`${LETTERS}${DIGITS}+/=\\\r\n\t `);

function table(characters: string): Uint8Array {
  const members = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) members[byte] = 1;
  return members;
}

function has(members: Uint8Array, byte: number | undefined): boolean {
  return byte !== undefined && members[byte] === 1;
}

/** End of the run of members that begins at `at`, at most `limit` bytes behind it. */
function runEnd(bytes: Uint8Array, at: number, members: Uint8Array, limit = Number.MAX_SAFE_INTEGER): number {
  const last = Math.min(bytes.length, at + limit);
  let end = at;
  while (end < last && has(members, bytes[end])) end += 1;
  return end;
}

function skipRun(members: Uint8Array): Skip {
  return (bytes, at, isFinal) => {
    const to = runEnd(bytes, at, members);
    return { to, isOpen: to === bytes.length && !isFinal };
  };
}

interface Keyed {
  readonly members: Uint8Array;
  /** So many of them must follow the prefix. */
  readonly least: number;
  /** It has exactly that many, so that a longer word is none. */
  readonly exact?: boolean;
  /** One of the first so many that follow is a digit: a word of a language is none. */
  readonly digitWithin?: number;
  /** No word goes on with it, as `task-` does with `sk-`. */
  readonly standsAlone?: boolean;
  /** The prefix is no secret, as in `Bearer …`. */
  readonly keepsPrefix?: boolean;
}

/** A prefix and what follows it. */
function keyed(prefix: string, { members, least, ...more }: Keyed): Form {
  const anchor = Buffer.from(prefix);
  const wanted = Math.max(least + (more.exact === true ? 1 : 0), more.digitWithin ?? 0);
  const skip = more.exact === true ? null : skipRun(members);
  return {
    anchor,
    judge(bytes, at, before, isFinal) {
      if (more.standsAlone === true && has(WORD_LINE, before)) return NONE;
      const start = at + anchor.length;
      const end = runEnd(bytes, start, members, wanted);
      if (end - start < wanted && end === bytes.length && !isFinal) return MORE;
      if (end - start < least || (more.exact === true && end - start > least)) return NONE;
      if (more.digitWithin !== undefined && !bytes.subarray(start, end).some((byte) => has(DIGIT, byte))) return NONE;
      return { kind: "secret", from: more.keepsPrefix === true ? start : at, to: end, skip };
    },
  };
}

const PREFIXES: readonly (readonly [string, Keyed])[] = [
  // Anthropic, OpenAI and those who follow them.
  ["sk-", { members: URL_SAFE, least: 24, digitWithin: 48, standsAlone: true }],
  ...["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map((one) => [one, { members: WORD, least: 30 }] as const),
  ["github_pat_", { members: WORD_LINE, least: 22 }],
  ["glpat-", { members: URL_SAFE, least: 20 }],
  // Amazon: keys of people, and temporary ones.
  ...["AKIA", "ASIA"].map((one) => [one, { members: CAPITALS, least: 16, exact: true, standsAlone: true }] as const),
  ...["xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-", "xapp-"].map(
    (one) => [one, { members: DASHED, least: 10, digitWithin: 24 }] as const,
  ),
  ["hooks.slack.com/services/", { members: PATH, least: 20, keepsPrefix: true }],
  // Google: keys of programs, of people, of their applications.
  ["AIza", { members: URL_SAFE, least: 35, standsAlone: true }],
  ["ya29.", { members: DOTTED, least: 20, standsAlone: true }],
  ["GOCSPX-", { members: URL_SAFE, least: 20 }],
  ["npm_", { members: WORD, least: 36, standsAlone: true }],
  ["pypi-AgEI", { members: URL_SAFE, least: 40 }],
  ...["sk_live_", "sk_test_", "rk_live_", "rk_test_"].map((one) => [one, { members: WORD, least: 16 }] as const),
  ["whsec_", { members: BASE64, least: 24 }],
  ["hf_", { members: WORD, least: 30, standsAlone: true }],
  ...["Bearer ", "bearer ", "BEARER "].map(
    (one) => [one, { members: BEARER, least: 16, digitWithin: 64, keepsPrefix: true }] as const,
  ),
];

/** `{"alg":…}` and the other beginnings of a header in Base64 (RFC 7519). */
const TOKEN_STARTS = ["eyJh", "eyJ0", "eyJr", "eyJl", "eyJj", "eyJq", "eyJ4", "eyJ6", "eyJi"];
const TOKEN_PART = 4_096;

function webToken(start: string): Form {
  const anchor = Buffer.from(start);
  const skip = skipRun(DOTTED);
  return {
    anchor,
    judge(bytes, at, before, isFinal) {
      // Also what keeps a text of many beginnings from being read once for each of them.
      if (has(URL_SAFE, before)) return NONE;
      const end = runEnd(bytes, at, URL_SAFE, TOKEN_PART);
      if (end - at === TOKEN_PART) return NONE;
      const payload = runEnd(bytes, end + 1, URL_SAFE, 16);
      if (payload >= bytes.length && !isFinal) return MORE;
      return bytes[end] === DOT && end - at >= 12 && payload - end > 8
        ? { kind: "secret", from: at, to: payload, skip }
        : NONE;
    },
  };
}

const DOT = 0x2e;
const COLON = 0x3a;
const AT = 0x40;
const DASHES = Buffer.from("-----");
const ARMOUR_END = Buffer.from("-----END");
const ARMOUR_LIMIT = 64 * 1024;

/** `-----BEGIN … PRIVATE KEY-----` and what follows up to `-----END …-----` (RFC 7468). */
const PRIVATE_KEY: Form = {
  anchor: Buffer.from("-----BEGIN "),
  judge(bytes, at, _before, isFinal) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const title = at + this.anchor.length;
    const titleEnd = text.indexOf(DASHES, title);
    if (titleEnd === -1 || titleEnd - title > 60) return bytes.length - title <= 60 && !isFinal ? MORE : NONE;
    if (!text.toString("latin1", title, titleEnd).includes("PRIVATE KEY")) return NONE;
    const start = titleEnd + DASHES.length;
    const end = runEnd(bytes, start, ARMOURED_START, 24);
    if (end - start < 24) return end === bytes.length && !isFinal ? MORE : NONE;
    return { kind: "secret", from: at, to: end, skip: skipArmour() };
  },
};

function skipArmour(): Skip {
  let skipped = 0;
  return (bytes, at, isFinal) => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const run = runEnd(bytes, at, ARMOURED, ARMOUR_LIMIT - skipped);
    const foot = text.subarray(0, run).indexOf(ARMOUR_END, at);
    const close = foot === -1 ? -1 : text.subarray(0, run).indexOf(DASHES, foot + ARMOUR_END.length);
    if (close !== -1) return { to: close + DASHES.length, isOpen: false };
    if (run < bytes.length || isFinal) return { to: run, isOpen: false };
    // The last line may have begun: it is looked at again with what follows.
    const to = Math.max(at, foot === -1 ? run - ARMOUR_END.length : foot);
    skipped += to - at;
    return { to, isOpen: true };
  };
}

const AUTHORITY_LIMIT = 512;
const AUTHORITY_END = table(" \t\r\n/?#\"'<>`\\");

/** The password of `scheme://user:password@host`. */
const URL_PASSWORD: Form = {
  anchor: Buffer.from("://"),
  judge(bytes, at, before, isFinal) {
    if (!has(WORD, before)) return NONE;
    const start = at + this.anchor.length;
    const last = Math.min(bytes.length, start + AUTHORITY_LIMIT);
    let end = start;
    while (end < last && !has(AUTHORITY_END, bytes[end])) end += 1;
    const host = bytes.subarray(start, end).lastIndexOf(AT);
    const colon = bytes.subarray(start, end).indexOf(COLON);
    if (end === bytes.length && end - start < AUTHORITY_LIMIT && !isFinal) return MORE;
    if (host === -1 || colon === -1 || colon + 1 >= host) return NONE;
    const password = Buffer.from(bytes.subarray(start + colon + 1, start + host)).toString("latin1");
    if (/^([*]+|\[redacted\]|[$%{].*)$/s.test(password)) return NONE;
    return { kind: "secret", from: start + colon + 1, to: start + host, skip: null };
  },
};

/** `Basic` with a name and a password in Base64 (RFC 7617). */
const BASIC: Form = {
  anchor: Buffer.from("Basic "),
  judge(bytes, at, _before, isFinal) {
    const start = at + this.anchor.length;
    const end = runEnd(bytes, start, BASE64, AUTHORITY_LIMIT);
    if (end === bytes.length && end - start < AUTHORITY_LIMIT && !isFinal) return MORE;
    const plain = Buffer.from(Buffer.from(bytes.subarray(start, end)).toString("latin1"), "base64").toString("latin1");
    return end - start >= 8 && /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(plain)
      ? { kind: "secret", from: start, to: end, skip: null }
      : NONE;
  },
};

/** Keys and tokens that show by their form what they are (catalogue K4), whoever has them. */
export const KNOWN_FORMS: readonly Form[] = [
  ...PREFIXES.map(([prefix, what]) => keyed(prefix, what)),
  ...TOKEN_STARTS.map(webToken),
  PRIVATE_KEY,
  URL_PASSWORD,
  BASIC,
];
