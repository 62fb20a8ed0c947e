import type { JsonValue } from "../adapter.ts";
import { z } from "zod";
import { parsedJson } from "../parsed-json.ts";

const FENCED = /^\s*(?:```|~~~)([^\n`]*)\n([\s\S]*?)\n?(?:```|~~~)\s*$/;
const INNER_FENCE = /^(?:```|~~~)/m;

/** The text itself where a model has put all of its answer into one fence. An answer of several blocks stays as it is. */
export function unfenced(text: string): string {
  const match = FENCED.exec(text);
  const inner = match?.[2] ?? null;
  // A document in Markdown may begin and end with blocks of its own.
  if (inner === null || INNER_FENCE.test(inner)) return text;
  return inner;
}

const Json = z.json();

/** What a model has answered, for whoever reads it as data: the JSON value where all of it is one object or list, else the text. */
export function answerValue(text: string): JsonValue {
  const inner = unfenced(text).trim();
  if (!/^[[{]/.test(inner)) return text;
  const parsed = Json.safeParse(parsedJson(inner));
  return parsed.success && typeof parsed.data === "object" ? parsed.data : text;
}
