/** A place in a text, counted from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

export type JsonReading =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** Where a value stands: the place of the longest beginning of the path that exists. */
      placeOf(path: readonly PropertyKey[]): TextPlace;
      has(path: readonly PropertyKey[]): boolean;
    }
  | { readonly ok: false; readonly message: string; readonly place: TextPlace };

const MAX_DEPTH = 64;

/**
 * Reads JSON (RFC 8259) and remembers where everything stands, so that what is wrong in a file of a person's is told with line
 * and column. Also refuses a key that stands twice in one object, which JSON.parse takes in silence.
 */
export function readJson(text: string): JsonReading {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const scanner = new Scanner(source);
  const problem = scanner.document();
  const toPlace = (offset: number): TextPlace => {
    const before = source.slice(0, offset);
    return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
  };
  if (problem) return { ok: false, message: problem.message, place: toPlace(problem.offset) };
  return {
    ok: true,
    value: JSON.parse(source),
    has: (path) => scanner.places.has(path.map(pathKey).join("")),
    placeOf(path) {
      let offset = scanner.places.get("") ?? 0;
      let key = "";
      for (const part of path) {
        key += pathKey(part);
        offset = scanner.places.get(key) ?? offset;
      }
      return toPlace(offset);
    },
  };
}

interface Problem {
  readonly message: string;
  readonly offset: number;
}

function pathKey(part: PropertyKey): string {
  return `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Recursive descent over the grammar; only notes offsets, values come from JSON.parse. Each method returns the first problem. */
class Scanner {
  readonly places = new Map<string, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Problem | null {
    this.#skip();
    if (this.#at === this.#text.length) return this.#problem("the file is empty");
    const problem = this.#value("", 0);
    if (problem) return problem;
    this.#skip();
    return this.#at < this.#text.length ? this.#unexpected("the end of the file") : null;
  }

  #value(path: string, depth: number): Problem | null {
    this.places.set(path, this.#at);
    if (depth > MAX_DEPTH) return this.#problem(`more than ${MAX_DEPTH} levels of nesting`);
    const first = this.#text[this.#at];
    if (first === "{") return this.#object(path, depth);
    if (first === "[") return this.#array(path, depth);
    if (first === '"') return this.#string();
    const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;
    scalar.lastIndex = this.#at;
    if (!scalar.test(this.#text)) return this.#unexpected("a value");
    this.#at = scalar.lastIndex;
    return null;
  }

  #object(path: string, depth: number): Problem | null {
    const keys = new Set<string>();
    return this.#items("}", () => {
      const start = this.#at;
      if (this.#text[start] !== '"') return this.#unexpected('a key in double quotes, or "}"');
      const problem = this.#string();
      if (problem) return problem;
      const key = String(JSON.parse(this.#text.slice(start, this.#at)));
      if (keys.has(key)) return { message: `the key "${key}" stands twice in one object`, offset: start };
      keys.add(key);
      this.#skip();
      if (this.#text[this.#at] !== ":") return this.#unexpected(`":" after the key "${key}"`);
      this.#at += 1;
      this.#skip();
      const inside = this.#value(path + pathKey(key), depth + 1);
      // For a key, its own place says more than that of its value.
      this.places.set(path + pathKey(key), start);
      return inside;
    });
  }

  #array(path: string, depth: number): Problem | null {
    let index = 0;
    return this.#items("]", () => this.#value(path + pathKey(index++), depth + 1));
  }

  /** From the opening bracket to the closing one, with commas between the items and none after the last. */
  #items(close: string, item: () => Problem | null): Problem | null {
    this.#at += 1;
    this.#skip();
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return null;
    }
    for (;;) {
      const problem = item();
      if (problem) return problem;
      this.#skip();
      const next = this.#text[this.#at];
      if (next !== "," && next !== close) return this.#unexpected(`"," or "${close}"`);
      const comma = this.#at;
      this.#at += 1;
      if (next === close) return null;
      this.#skip();
      if (this.#text[this.#at] === close)
        return { message: `a comma before "${close}" is one too many`, offset: comma };
    }
  }

  #string(): Problem | null {
    // From the space on: JSON wants control characters as escapes.
    const literal = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy;
    literal.lastIndex = this.#at;
    literal.test(this.#text);
    const end = literal.lastIndex;
    if (this.#text[end] === '"') {
      this.#at = end + 1;
      return null;
    }
    const next = this.#text[end];
    if (next === "\\") return { message: "an escape that JSON does not know", offset: end };
    return { message: "a text that is not closed with a double quote in its line", offset: this.#at };
  }

  #skip(): void {
    const space = /[ \t\r\n]*/y;
    space.lastIndex = this.#at;
    space.test(this.#text);
    this.#at = space.lastIndex;
  }

  #unexpected(expected: string): Problem {
    const found = this.#text[this.#at];
    if (found === undefined) return this.#problem(`the file ends where ${expected} is expected`);
    if (found === "/" || found === "#") return this.#problem("a comment, which JSON does not have");
    return this.#problem(`${JSON.stringify(found)} stands where ${expected} is expected`);
  }

  #problem(message: string): Problem {
    return { message, offset: this.#at };
  }
}
