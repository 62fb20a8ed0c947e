import { KNOWN_FORMS, MORE, NONE, type Form, type Skip, type Verdict } from "./secret-forms.ts";

/** A stretch of bytes that must not be seen. */
export interface Region {
  readonly from: number;
  readonly to: number;
  /** Where the search found it. */
  readonly at: number;
}

/** A secret that may go on behind the bytes: from this place on, as `skip` says. */
export interface OpenEnd {
  readonly skip: Skip;
  readonly from: number;
  /** Where it began; -1: before the bytes. */
  readonly since: number;
}

/** What is known of the bytes from those before them. */
export interface Before {
  /** So many of them belong to a secret. */
  readonly covered: number;
  readonly open: OpenEnd | null;
  /** The byte in front of them, or -1. */
  readonly byte: number;
}

export interface Scan {
  /** In the order in which they were found; those from before are not among them. */
  readonly regions: readonly Region[];
  /** So many of the first bytes belong to a secret from before. */
  readonly covered: number;
  readonly open: OpenEnd | null;
  /** What stands from here on is to be judged with what follows; the length when all is judged. */
  readonly limit: number;
}

const WINDOW = 3;
/** Shorter values break lines nowhere. */
const WRAPPED_BYTES = 16;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Finds many texts and forms in one pass: looks at every second pair of bytes, and closer only where one of them may begin
 * (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994). A secret that was broken into lines is found, too.
 */
export class SecretScanner {
  /** By a pair of bytes: how far the window can move on when it ends with them. */
  readonly #shift = new Uint8Array(65_536).fill(WINDOW - 1);
  /** By a mark of three bytes: whether something may begin with them. Asked before the map, which takes longer. */
  readonly #marks = new Uint8Array(65_536);
  readonly #starts = new Map<number, Start>();
  /** Beginnings of one and of two bytes. */
  readonly #heads = new Set<number>();

  constructor(values: Iterable<string>) {
    const literals = [...new Set(values)].map((value) => Buffer.from(value));
    // The longest first, because a shorter one may be its beginning.
    for (const bytes of literals.sort((a, b) => b.length - a.length)) {
      for (const anchor of anchorsOf(bytes)) this.#startAt(anchor).values.push(bytes);
    }
    for (const form of KNOWN_FORMS) this.#startAt(form.anchor).forms.push(form);
  }

  /** `isFinal`: nothing follows. */
  scan(bytes: Uint8Array, before: Before, isFinal: boolean): Scan {
    const regions: Region[] = [];
    let { covered, open } = before;
    if (open) {
      const { to, isOpen } = open.skip(bytes, open.from, isFinal);
      covered = Math.max(covered, to);
      open = isOpen ? { skip: open.skip, from: to, since: -1 } : null;
    }
    let end = open ? bytes.length : covered;
    let undecided = isFinal ? bytes.length : -1;
    let at = 0;
    for (at = this.#next(bytes, 0); at !== -1; at = this.#next(bytes, at + 1)) {
      const start = this.#starts.get(key(bytes[at], bytes[at + 1], bytes[at + 2]));
      if (!start) continue;
      const previous = at === 0 ? before.byte : (bytes[at - 1] ?? -1);
      const verdict = judge(start, bytes, at, previous, isFinal, at < end);
      if (verdict.kind === "none") continue;
      if (verdict.kind === "more") {
        undecided = at;
        break;
      }
      const { from, skip } = verdict;
      const { to, isOpen } = skip?.(bytes, verdict.to, isFinal) ?? { to: verdict.to, isOpen: false };
      if (skip && isOpen) open = { skip, from: to, since: from };
      regions.push({ at, from, to });
      end = Math.max(end, isOpen ? bytes.length : to);
    }
    if (undecided === -1) undecided = this.#tail(bytes);
    return withinLimit(regions, covered, open, undecided);
  }

  /** The next place from `from` on where something may begin, or -1. */
  #next(bytes: Uint8Array, from: number): number {
    const shift = this.#shift;
    const marks = this.#marks;
    const last = bytes.length - WINDOW;
    for (let at = from; at <= last;) {
      const step = shift[((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)] ?? 1;
      if (step > 0) at += step;
      else if (marks[mark(bytes[at], bytes[at + 1], bytes[at + 2])] === 1) return at;
      else at += 1;
    }
    return -1;
  }

  /** Where the bytes may end with the beginning of a secret that is too short to be looked at. */
  #tail(bytes: Uint8Array): number {
    for (let at = Math.max(bytes.length - WINDOW + 1, 0); at < bytes.length; at += 1) {
      const next = bytes[at + 1];
      if (this.#heads.has(head(bytes[at], next))) return at;
    }
    return bytes.length;
  }

  #startAt(anchor: Uint8Array): Start {
    const [a = 0, b = 0, c = 0] = anchor;
    this.#shift[(b << 8) | c] = 0;
    this.#shift[(a << 8) | b] = Math.min(1, this.#shift[(a << 8) | b] ?? 0);
    this.#marks[mark(a, b, c)] = 1;
    this.#heads.add(head(a, undefined)).add(head(a, b));
    const known = this.#starts.get(key(a, b, c));
    if (known) return known;
    const start: Start = { values: [], forms: [] };
    this.#starts.set(key(a, b, c), start);
    return start;
  }
}

/** What begins behind the limit is found again with what follows, for which the place where it was found must still be there. */
function withinLimit(found: readonly Region[], covered: number, open: OpenEnd | null, undecided: number): Scan {
  let limit = Math.min(undecided, open?.from ?? undecided);
  for (const { from, at } of found.toReversed()) if (from >= limit) limit = Math.min(limit, at);
  const regions = found.filter(({ from }) => from < limit);
  return { regions, covered, open: open !== null && open.since < limit ? open : null, limit };
}

interface Start {
  readonly values: Uint8Array[];
  readonly forms: Form[];
}

/** Inside of what is a secret anyway, only known values are looked for: they may go on behind it. */
function judge(
  { values, forms }: Start,
  bytes: Uint8Array,
  at: number,
  before: number,
  isFinal: boolean,
  isCovered: boolean,
): Verdict {
  for (const value of values) {
    const verdict = judgeValue(value, bytes, at, isFinal);
    if (verdict.kind !== "none") return verdict;
  }
  if (isCovered) return NONE;
  for (const form of forms) {
    if (!standsAt(form.anchor, bytes, at)) {
      if (isFinal || !mayStandAt(form.anchor, bytes, at)) continue;
      return MORE;
    }
    const verdict = form.judge(bytes, at, before, isFinal);
    if (verdict.kind !== "none") return verdict;
  }
  return NONE;
}

function judgeValue(value: Uint8Array, bytes: Uint8Array, at: number, isFinal: boolean): Verdict {
  const mayWrap = value.length >= WRAPPED_BYTES;
  let place = at;
  for (let index = 0; index < value.length; index += 1) {
    if (mayWrap && index > 0 && bytes[place] !== value[index]) {
      if (bytes[place] === CR && (bytes[place + 1] === LF || place + 1 === bytes.length)) place += 1;
      if (bytes[place] === LF) place += 1;
    }
    if (place >= bytes.length) return isFinal ? NONE : MORE;
    if (bytes[place] !== value[index]) return NONE;
    place += 1;
  }
  return { kind: "secret", from: at, to: place, skip: null };
}

/** The first bytes by which a value is found, also where a line ends among them. */
function anchorsOf(value: Uint8Array): Uint8Array[] {
  const [a = 0, b = 0, c = 0] = value;
  const plain = Uint8Array.of(a, b, c);
  if (value.length < WRAPPED_BYTES) return [plain];
  const wrapped = [Uint8Array.of(a, LF, b), Uint8Array.of(a, CR, LF), Uint8Array.of(a, b, LF), Uint8Array.of(a, b, CR)];
  return [plain, ...wrapped];
}

function standsAt(anchor: Uint8Array, bytes: Uint8Array, at: number): boolean {
  return at + anchor.length <= bytes.length && mayStandAt(anchor, bytes, at);
}

/** As far as there are bytes. */
function mayStandAt(anchor: Uint8Array, bytes: Uint8Array, at: number): boolean {
  const length = Math.min(anchor.length, bytes.length - at);
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== anchor[index]) return false;
  return true;
}

function key(a = 0, b = 0, c = 0): number {
  return (a << 16) | (b << 8) | c;
}

function mark(a = 0, b = 0, c = 0): number {
  return ((a << 9) ^ (b << 4) ^ c) & 0xffff;
}

/** A beginning of two bytes, or of one. */
function head(first = 0, second: number | undefined): number {
  return (first << 9) | (second ?? 256);
}
