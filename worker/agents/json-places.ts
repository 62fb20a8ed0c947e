import { readJson, type JsonNode } from "../spec/json-source.ts";

/** A place in a text, counted from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

export type PlacedJson =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** Where a value stands, or its key: the place of the longest beginning of the path that exists. */
      placeOf(path: readonly PropertyKey[]): TextPlace;
      has(path: readonly PropertyKey[]): boolean;
    }
  | { readonly ok: false; readonly message: string; readonly place: TextPlace };

/**
 * Reads the JSON of a settings file, with the places of what is in it. Also refuses a key that stands twice in one object, which
 * JSON.parse takes in silence.
 */
export function readPlacedJson(text: string): PlacedJson {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const toPlace = (offset: number): TextPlace => {
    const before = source.slice(0, offset);
    return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
  };
  const reading = readJson(source);
  if (!reading.ok) return { ok: false, message: reading.problem.message, place: toPlace(reading.problem.offset) };
  const [twice] = reading.repeated;
  if (twice) {
    return { ok: false, message: `the key "${twice.key}" stands twice in one object`, place: toPlace(twice.start) };
  }
  return {
    ok: true,
    value: JSON.parse(source),
    has: (path) => follow(reading.root, path).isWhole,
    placeOf: (path) => toPlace(follow(reading.root, path).offset),
  };
}

/** For a key, its own place says more than that of its value. */
function follow(root: JsonNode, path: readonly PropertyKey[]): { offset: number; isWhole: boolean } {
  let at: JsonNode | undefined = root;
  let offset = root.start;
  for (const part of path) {
    const next: { start: number; value: JsonNode } | undefined = childOf(at, part);
    if (!next) return { offset, isWhole: false };
    offset = next.start;
    at = next.value;
  }
  return { offset, isWhole: true };
}

function childOf(node: JsonNode, part: PropertyKey): { start: number; value: JsonNode } | undefined {
  if (node.kind === "object") return node.members.get(String(part));
  const item = node.kind === "array" ? node.items[Number(part)] : undefined;
  return item && { start: item.start, value: item };
}
