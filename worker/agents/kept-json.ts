import type { JsonValue } from "./adapter.ts";

/** Of an answer or a message that is kept, in characters of JSON. */
const MOST = 100_000;
const BEGINNING = 2_000;

/** A value as it is kept in the record: whole, or, when it is large, its beginning and how large it was. */
export function keptJson(value: JsonValue): JsonValue {
  const text = JSON.stringify(value);
  if (text.length <= MOST) return value;
  return { cut: true, characters: text.length, beginning: text.slice(0, BEGINNING).toWellFormed() };
}
