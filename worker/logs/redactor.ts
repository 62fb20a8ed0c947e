import { SecretScanner, type OpenEnd, type Scan } from "./secret-scanner.ts";

/** What stands in the place of a secret. */
export const REDACTED = "[redacted]";

const MARK = Buffer.from(REDACTED);
const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
/** A line is looked at by patterns in pieces of this size when it is longer. */
const PIECE_BYTES = 64 * 1024;

/** A regular expression of a person, which takes time in proportion to the text. */
export interface Pattern {
  /** The text with all that matches replaced, or null when nothing does. Matches of nothing are none. */
  replace(text: string, by: string): string | null;
}

export interface Secrets {
  /** Texts that are secret wherever they stand. */
  readonly values: Iterable<string>;
  readonly patterns: readonly Pattern[];
}

/**
 * Takes secrets out of what is kept or sent (catalogue K4): known values, known forms of keys, and a person's patterns. What holds
 * none stays as it is, byte for byte.
 */
export class Redactor {
  readonly #scanner: SecretScanner;
  readonly #patterns: readonly Pattern[];

  constructor({ values, patterns }: Secrets) {
    this.#scanner = new SecretScanner(values);
    this.#patterns = patterns;
  }

  text(text: string): string {
    if (text.length < 3) return text;
    const stream = this.stream();
    const parts = [stream.push(Buffer.from(text)), stream.end()];
    return stream.count === 0 ? text : Buffer.concat(parts).toString("utf8");
  }

  /** The same value with all its texts redacted, also its keys. */
  json<T>(value: T): T;
  json(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((item: unknown) => this.json(item));
    if (typeof value !== "object" || value === null) return value;
    const entries: [string, unknown][] = Object.entries(value);
    return Object.fromEntries(entries.map(([name, item]) => [this.text(name), this.json(item)]));
  }

  /** For bytes that come in chunks: however they are cut, what comes out is the same. */
  stream(): RedactingStream {
    return new RedactingStream(this.#scanner, this.#patterns);
  }
}

/** Holds back no more than what may be the beginning of a secret; with patterns, a line that has not ended. */
export class RedactingStream {
  /** How often something was taken out. */
  count = 0;
  readonly #scanner: SecretScanner;
  readonly #lines: PatternLines | null;
  #held: Buffer = NOTHING;
  /** So much of what is held belongs to a secret that has been marked already. */
  #covered = 0;
  #open: OpenEnd | null = null;
  #before = -1;

  constructor(scanner: SecretScanner, patterns: readonly Pattern[]) {
    this.#scanner = scanner;
    this.#lines = patterns.length === 0 ? null : new PatternLines(patterns);
  }

  /** What can be passed on now. May be the chunk itself. */
  push(chunk: Uint8Array): Buffer {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return this.#pass(this.#take(this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]), false), false);
  }

  /** What is left. May be called again. */
  end(): Buffer {
    return this.#pass(this.#take(this.#held, true), true);
  }

  #pass(bytes: Buffer, isFinal: boolean): Buffer {
    if (this.#lines === null) return bytes;
    const passed = this.#lines.push(bytes, isFinal);
    this.count += this.#lines.takeCount();
    return passed;
  }

  #take(bytes: Buffer, isFinal: boolean): Buffer {
    const before = { covered: this.#covered, open: this.#open, byte: this.#before };
    const scan = this.#scanner.scan(bytes, before, isFinal);
    const { limit, open } = scan;
    const [passed, end] = this.#marked(bytes, scan);
    this.#covered = Math.max(0, end - limit);
    this.#open = open && { ...open, from: open.from - limit };
    if (limit > 0) this.#before = bytes[limit - 1] ?? -1;
    // Copied: a view would keep the whole chunk alive.
    this.#held = limit === bytes.length ? NOTHING : Buffer.from(bytes.subarray(limit));
    return passed;
  }

  /** What stands before the limit, and where the last secret ends that begins there. */
  #marked(bytes: Buffer, { regions, covered, limit }: Scan): [Buffer, number] {
    if (regions.length === 0 && covered === 0) return [bytes.subarray(0, limit), 0];
    const parts: Buffer[] = [];
    let end = covered;
    for (const { from, to } of regions.toSorted((a, b) => a.from - b.from)) {
      // What overlaps is one secret to whoever reads.
      if (from < end) end = Math.max(end, to);
      else {
        parts.push(bytes.subarray(end, from), MARK);
        this.count += 1;
        end = to;
      }
    }
    parts.push(bytes.subarray(Math.min(end, limit), limit));
    return [Buffer.concat(parts), end];
  }
}

/** Lines of a stream, in which a person's patterns are looked for. What is not valid text stays as it is where nothing matches. */
class PatternLines {
  readonly #patterns: readonly Pattern[];
  #line: Buffer = NOTHING;
  #count = 0;

  constructor(patterns: readonly Pattern[]) {
    this.#patterns = patterns;
  }

  takeCount(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  push(bytes: Buffer, isFinal: boolean): Buffer {
    const all = this.#line.length === 0 ? bytes : Buffer.concat([this.#line, bytes]);
    const whole = isFinal ? all.length : all.lastIndexOf(LF) + 1;
    const ready = all.length - whole >= PIECE_BYTES ? all.length : whole;
    this.#line = Buffer.from(all.subarray(ready));
    return this.#replaced(all.subarray(0, ready));
  }

  #replaced(block: Buffer): Buffer {
    if (block.length === 0 || !this.#matches(block.toString("utf8"))) return block;
    const parts: Buffer[] = [];
    for (let start = 0; start < block.length;) {
      const end = block.indexOf(LF, start);
      const line = block.subarray(start, end === -1 ? block.length : end);
      let text = line.toString("utf8");
      const before = this.#count;
      for (const pattern of this.#patterns) {
        const replaced = pattern.replace(text, REDACTED);
        if (replaced === null) continue;
        text = replaced;
        this.#count += 1;
      }
      parts.push(this.#count === before ? line : Buffer.from(text), block.subarray(start + line.length, end + 1));
      start += line.length + 1;
    }
    return Buffer.concat(parts);
  }

  #matches(text: string): boolean {
    return this.#patterns.some((pattern) => pattern.replace(text, REDACTED) !== null);
  }
}
