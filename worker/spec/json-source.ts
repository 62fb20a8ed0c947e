/** A value of a JSON text and where it stands; `end` is exclusive. */
export type JsonNode = { readonly start: number; readonly end: number } & (
  | {
      readonly kind: "object";
      /** By key; where a key stands twice, the last one counts, as for JSON.parse. */
      readonly members: ReadonlyMap<string, JsonMember>;
    }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "string"; readonly value: string }
  /** `text` is the number as written: `31.10` is not `31.1`. */
  | { readonly kind: "number"; readonly value: number; readonly text: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
);

export interface JsonMember {
  readonly key: string;
  /** Of the key, with its quotes. */
  readonly start: number;
  readonly end: number;
  readonly value: JsonNode;
}

export interface JsonProblem {
  readonly message: string;
  readonly offset: number;
}

export type JsonReading =
  | {
      readonly ok: true;
      readonly root: JsonNode;
      /** Keys that stand a second time in their object, where they do. */
      readonly repeated: readonly Omit<JsonMember, "value">[];
    }
  | { readonly ok: false; readonly problem: JsonProblem };

/** Deeper nesting than any file of a person's; also what keeps the reader within its stack. */
const MAX_DEPTH = 64;

/**
 * Reads JSON (RFC 8259) and keeps where everything stands, so that what is wrong in a file of a person's can be told with its place.
 * Only what lies in `start` to `end` of the text is read; offsets are those of the whole text. Never throws, in linear time.
 */
export function readJson(text: string, start = 0, end = text.length): JsonReading {
  const reader = new Reader(end === text.length ? text : text.slice(0, end), start);
  const root = reader.document();
  return root === null ? { ok: false, problem: reader.problem } : { ok: true, root, repeated: reader.repeated };
}

/** The value at a path of keys and indexes; null where there is none. */
export function jsonAt(root: JsonNode, path: readonly PropertyKey[]): JsonNode | null {
  let at: JsonNode | null = root;
  for (const part of path) {
    if (at?.kind === "object") at = at.members.get(String(part))?.value ?? null;
    else if (at?.kind === "array") at = at.items[Number(part)] ?? null;
    else return null;
  }
  return at;
}

/** Recursive descent over the grammar. Each method returns null at the first problem, which is kept in `problem`. */
class Reader {
  readonly repeated: Omit<JsonMember, "value">[] = [];
  problem: JsonProblem = { message: "", offset: 0 };
  readonly #text: string;
  #at: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#at = start;
  }

  document(): JsonNode | null {
    if (this.#text[this.#at] === "\uFEFF") this.#at += 1;
    this.#skip();
    if (this.#at === this.#text.length) return this.#fail("the file is empty");
    const root = this.#value(0);
    if (root === null) return null;
    this.#skip();
    return this.#at < this.#text.length ? this.#unexpected("the end of the file") : root;
  }

  #value(depth: number): JsonNode | null {
    if (depth > MAX_DEPTH) return this.#fail(`more than ${MAX_DEPTH} levels of nesting`);
    const start = this.#at;
    const first = this.#text[start];
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') {
      const value = this.#string();
      return value === null ? null : { kind: "string", value, start, end: this.#at };
    }
    const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;
    scalar.lastIndex = start;
    const text = scalar.exec(this.#text)?.[0];
    if (text === undefined) return this.#unexpected("a value");
    this.#at = scalar.lastIndex;
    const place = { start, end: this.#at };
    if (text === "null") return { kind: "null", ...place };
    if (text === "true" || text === "false") return { kind: "boolean", value: text === "true", ...place };
    return { kind: "number", value: Number(text), text, ...place };
  }

  #object(depth: number): JsonNode | null {
    const start = this.#at;
    const members = new Map<string, JsonMember>();
    const isRead = this.#items("}", () => {
      const keyStart = this.#at;
      if (this.#text[keyStart] !== '"') return this.#unexpected('a key in double quotes, or "}"');
      const key = this.#string();
      if (key === null) return null;
      const place = { key, start: keyStart, end: this.#at };
      this.#skip();
      if (this.#text[this.#at] !== ":") return this.#unexpected(`":" after the key "${key}"`);
      this.#at += 1;
      this.#skip();
      const value = this.#value(depth + 1);
      if (value === null) return null;
      if (members.has(key)) this.repeated.push(place);
      members.set(key, { ...place, value });
      return value;
    });
    return isRead ? { kind: "object", members, start, end: this.#at } : null;
  }

  #array(depth: number): JsonNode | null {
    const start = this.#at;
    const items: JsonNode[] = [];
    const isRead = this.#items("]", () => {
      const item = this.#value(depth + 1);
      if (item !== null) items.push(item);
      return item;
    });
    return isRead ? { kind: "array", items, start, end: this.#at } : null;
  }

  /** From the opening bracket to the closing one, with commas between the items and none after the last. */
  #items(close: string, item: () => JsonNode | null): boolean {
    this.#at += 1;
    this.#skip();
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return true;
    }
    for (;;) {
      if (item() === null) return false;
      this.#skip();
      const next = this.#text[this.#at];
      if (next !== "," && next !== close) {
        this.#unexpected(`"," or "${close}"`);
        return false;
      }
      const comma = this.#at;
      this.#at += 1;
      if (next === close) return true;
      this.#skip();
      if (this.#text[this.#at] === close) {
        this.#fail(`a comma before "${close}" is one too many`, comma);
        return false;
      }
    }
  }

  #string(): string | null {
    const start = this.#at;
    let isPlain = true;
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return isPlain ? this.#text.slice(start + 1, at) : unescaped(this.#text.slice(start + 1, at));
      }
      // JSON wants control characters as escapes.
      if (code < 0x20) break;
      if (code !== 0x5c) continue;
      isPlain = false;
      const escape = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;
      escape.lastIndex = at + 1;
      if (!escape.test(this.#text)) return this.#fail("an escape that JSON does not know", at);
      at = escape.lastIndex - 1;
    }
    return this.#fail("a text that is not closed with a double quote in its line", start);
  }

  #skip(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #unexpected(expected: string): null {
    const code = this.#text.codePointAt(this.#at);
    if (code === undefined) return this.#fail(`the file ends where ${expected} is expected`);
    const found = String.fromCodePoint(code);
    if (found === "/" || found === "#") return this.#fail("a comment, which JSON does not have");
    return this.#fail(`${JSON.stringify(found)} stands where ${expected} is expected`);
  }

  #fail(message: string, offset = this.#at): null {
    this.problem = { message, offset };
    return null;
  }
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function unescaped(text: string): string {
  return text.replace(/\\(?:u(.{4})|(.))/g, (_, hex: string | undefined, short: string | undefined) =>
    hex === undefined ? (SHORT_ESCAPES[short ?? ""] ?? short ?? "") : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
