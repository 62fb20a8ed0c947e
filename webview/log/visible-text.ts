/** A run of text as it came, `mark`: the name of a character that does not show or that changes how others show. */
export interface VisibleRun {
  readonly text: string;
  readonly mark: boolean;
  /** Parameters of a colour sequence (SGR) that holds from here on, such as `1;31`; null: none begins here. */
  readonly sgr: string | null;
}

const ESCAPE = "\u001b";
/** Everything that is dropped or named. Most lines have none of it and are passed on as they are. */
const SPECIAL =
  /[[\p{Cc}\p{Cf}\u115f\u1160\u2028\u2029\u3164\ufffe\uffff\u{e0000}-\u{e0fff}]--[\t\u0600-\u0605\u06dd\u200c\u200d]]/v;
/** What a control sequence has between its beginning and its final character, and that one. */
const CONTROL_SEQUENCE = /([\u0030-\u003f]*)([\u0020-\u002f]*)([\u0040-\u007e])/y;
/** `ESC ( B` and its like. */
const SHORT_SEQUENCE = /[\u0020-\u002f]*[\u0030-\u007e]/y;
const SGR_PARAMETERS = /^[\d;:]*$/;
/** Sequences that carry text for the terminal itself: DCS, SOS, OSC, PM, APC. */
const STRINGS = new Set(["P", "X", "]", "^", "_"]);

/**
 * What a person may see of a program's output: escape sequences are gone, except that colours are told apart, and characters
 * that are invisible, or that turn the direction of others, stand there by their names. Linear in the length.
 */
export function visibleRuns(line: string): VisibleRun[] {
  const raw = lastOverwritten(line);
  if (!SPECIAL.test(raw)) return raw === "" ? [] : [{ text: raw, mark: false, sgr: null }];
  return new Reader(raw).read();
}

/** The same without colours: what is searched, selected and copied. */
export function visibleText(raw: string): string {
  if (!SPECIAL.test(raw)) return raw;
  return visibleRuns(raw)
    .map(({ text }) => text)
    .join("");
}

/**
 * What a terminal would show of a line that was written over again and again, as progress bars are: the last part. The return
 * before it stays, so that nobody takes it for all that there is.
 */
function lastOverwritten(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === "\r") end -= 1;
  const last = line.slice(0, end).lastIndexOf("\r");
  return line.slice(Math.max(0, last), end);
}

class Reader {
  readonly #raw: string;
  readonly #runs: VisibleRun[] = [];
  #place = 0;
  /** From where on no string sequence has an end, so that it is not looked for again and again. */
  #endless = Number.POSITIVE_INFINITY;
  #sgr: string | null = null;

  constructor(raw: string) {
    this.#raw = raw;
  }

  read(): VisibleRun[] {
    const raw = this.#raw;
    let plainFrom = 0;
    while (this.#place < raw.length) {
      const code = raw.charCodeAt(this.#place);
      if (isPlain(code)) {
        this.#place += 1;
        continue;
      }
      this.#push(raw.slice(plainFrom, this.#place), false);
      this.#special(code);
      plainFrom = this.#place;
    }
    this.#push(raw.slice(plainFrom), false);
    return this.#runs;
  }

  #push(text: string, mark: boolean): void {
    if (text === "") return;
    this.#runs.push({ text, mark, sgr: this.#sgr });
    this.#sgr = null;
  }

  #special(code: number): void {
    const start = this.#place;
    this.#place += 1;
    if (code === 0x1b) this.#sequence(this.#raw[this.#place] ?? "");
    else if (code === 0x9b) this.#control();
    else if (code >= 0xd800 && code <= 0xdfff) this.#surrogate(start);
    else this.#push(nameOf(code), true);
  }

  #sequence(kind: string): void {
    const begin = this.#place;
    if (kind === "[") {
      this.#place += 1;
      this.#control();
      return;
    }
    if (STRINGS.has(kind)) {
      this.#place += 1;
      this.#string();
      return;
    }
    SHORT_SEQUENCE.lastIndex = begin;
    const length = SHORT_SEQUENCE.exec(this.#raw)?.[0].length ?? 0;
    if (length === 0) this.#push(nameOf(0x1b), true);
    this.#place = begin + length;
  }

  /** After its introducer. One that is torn is dropped as far as it goes. */
  #control(): void {
    CONTROL_SEQUENCE.lastIndex = this.#place;
    const match = CONTROL_SEQUENCE.exec(this.#raw);
    if (match === null) return;
    this.#place += match[0].length;
    const [, parameters = "", between, final] = match;
    if (final !== "m" || between !== "" || !SGR_PARAMETERS.test(parameters)) return;
    this.#sgr = this.#sgr === null ? parameters : `${this.#sgr};${parameters}`;
  }

  /** What a terminal would keep for itself. Without an end only its introducer goes, so that it cannot hide the rest of a line. */
  #string(): void {
    if (this.#place >= this.#endless) return;
    for (let at = this.#place; at < this.#raw.length; at += 1) {
      const character = this.#raw[at];
      if (character === "\u0007" || character === "\u009c") {
        this.#place = at + 1;
        return;
      }
      if (character === ESCAPE && this.#raw[at + 1] === "\\") {
        this.#place = at + 2;
        return;
      }
    }
    this.#endless = this.#place;
  }

  /** Pairs are text, except for tags, which are invisible; half of a pair is none. */
  #surrogate(start: number): void {
    const point = this.#raw.codePointAt(start) ?? 0;
    if (point > 0xffff) this.#place = start + 2;
    const isTag = point >= 0xe0000 && point <= 0xe0fff;
    if (point > 0xffff && !isTag) this.#push(this.#raw.slice(start, this.#place), false);
    else this.#push(nameOf(point), true);
  }
}

function isPlain(code: number): boolean {
  if (code === 0x09) return true;
  if (code < 0x20) return false;
  if (code < 0x7f) return true;
  if (code < 0xa0) return false;
  if (code < 0xad) return true;
  if (code >= 0xd800 && code <= 0xdfff) return false;
  return !SPECIAL.test(String.fromCharCode(code));
}

/** Control characters have pictures; others are told by their number. */
function nameOf(code: number): string {
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
}
