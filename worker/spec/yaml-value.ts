import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from "yaml";

/** A part of a YAML text. Offsets count from the beginning of that text. Scalars keep the text as it was written, without quotes. */
export type YamlValue = { readonly from: number; readonly to: number } & (
  | { readonly kind: "text"; readonly text: string; readonly quoted: boolean }
  | { readonly kind: "null" }
  | { readonly kind: "list"; readonly items: readonly YamlValue[] }
  | { readonly kind: "map"; readonly entries: readonly YamlEntry[] }
  | { readonly kind: "unsupported"; readonly what: string }
);

export interface YamlEntry {
  readonly key: string;
  readonly from: number;
  readonly value: YamlValue;
}

export interface YamlProblem {
  readonly message: string;
  readonly from: number;
  readonly to: number;
}

const SIZE_LIMIT = 65_536;
const DEPTH_LIMIT = 20;
/** Prose may hold brackets that are never closed; the parser bears this many levels. */
const BRACKET_LIMIT = 200;

/**
 * Reads YAML that settings are written in. Never throws. Aliases are not followed, so none can blow up; size and depth are
 * bounded. With problems the value is what could be read.
 */
export function readYaml(text: string): { value: YamlValue; problems: YamlProblem[] } {
  const nothing: YamlValue = { kind: "null", from: 0, to: 0 };
  const whole = { from: 0, to: text.length };
  if (text.length > SIZE_LIMIT) {
    const message = `it is longer than ${SIZE_LIMIT} characters: move text into the body of the file`;
    return { value: nothing, problems: [{ message, ...whole }] };
  }
  if (isNestedDeeply(text)) {
    return { value: nothing, problems: [{ message: `it is nested deeper than ${DEPTH_LIMIT} levels`, ...whole }] };
  }
  const document = parseDocument(text, { prettyErrors: false, logLevel: "silent", stringKeys: true });
  const problems = document.errors.map((error) => ({
    message: error.message.replace(/\s+/g, " "),
    from: Math.min(error.pos[0], text.length),
    to: Math.min(Math.max(error.pos[1], error.pos[0]), text.length),
  }));
  return { value: convert(document.contents, text, 0), problems };
}

/** Parsing recurses, so the text is looked at before: brackets, and indicators that open one level each on a single line. */
function isNestedDeeply(text: string): boolean {
  let open = 0;
  for (const character of text) {
    if (character === "[" || character === "{") open += 1;
    else if (character === "]" || character === "}") open = Math.max(0, open - 1);
    if (open > BRACKET_LIMIT) return true;
  }
  if (/(?:[-?:][ \t]+){20}/.test(text)) return true;
  return text.split("\n").some((line) => /^ {120}/.test(line));
}

function convert(node: unknown, text: string, depth: number): YamlValue {
  if (!isNode(node)) return { kind: "null", from: 0, to: 0 };
  const [from, to] = node.range ?? [0, 0];
  if (depth > DEPTH_LIMIT) return { kind: "unsupported", what: "deeply nested", from, to };
  if (isAlias(node)) return { kind: "unsupported", what: "an alias (`*name`)", from, to };
  if (isScalar(node)) {
    if (node.value === null) return { kind: "null", from, to };
    const quoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
    const isBlock = node.type === "BLOCK_FOLDED" || node.type === "BLOCK_LITERAL";
    const written = typeof node.value === "string" ? node.value : text.slice(from, to);
    return { kind: "text", text: written.trim(), quoted: quoted || isBlock, from, to };
  }
  if (isSeq(node)) {
    return { kind: "list", from, to, items: node.items.map((item) => convert(item, text, depth + 1)) };
  }
  if (isMap(node)) {
    const entries = node.items.map((pair): YamlEntry => {
      const key = isScalar(pair.key) ? pair.key : null;
      const keyFrom = key?.range?.[0] ?? from;
      const value = pair.value === null ? null : convert(pair.value, text, depth + 1);
      const keyTo = key?.range?.[1] ?? keyFrom;
      return {
        key: typeof key?.value === "string" ? key.value : text.slice(keyFrom, keyTo),
        from: keyFrom,
        value: value && value.to > 0 ? value : { kind: "null", from: keyFrom, to: keyTo },
      };
    });
    return { kind: "map", from, to, entries };
  }
  return { kind: "unsupported", what: "this YAML", from, to };
}
