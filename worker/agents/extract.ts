import { stripVTControlCharacters } from "node:util";
import type { NamedOutput } from "../../schemas/event.ts";
import { failed, failure, success, type Outcome } from "../../schemas/failure.ts";
import type { Extractor } from "../../schemas/spec.ts";
import type { JsonValue } from "./adapter.ts";
import { lastMatchingLine, lastLineAsJson } from "./matching-line.ts";
import { readInside } from "./read-inside.ts";

/** Of what is printed and of a file, in bytes: its end is looked at. */
export const LOOKED_AT_BYTES = 10 * 1024 * 1024;
/** JSON is read at once, which takes 10 ms a megabyte. */
const JSON_BYTES = 1024 * 1024;
const LONGEST_VALUE = 10_000;

/** Where named outputs are taken from. */
export interface Extracted {
  /** The end of its standard output. */
  readonly printed: Buffer;
  /** What the agent answered; absent: nothing. */
  readonly answer?: JsonValue;
  /** Real paths of the workspace and of the step's working folder. */
  readonly folder: string;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/**
 * Takes the named outputs of a step from what it printed, answered or made (catalogue D8). All must be there: each that is not is
 * told with its name and where it was looked for (`output_missing`). Rejects only with the signal's reason.
 */
export async function extractOutputs(
  extractors: readonly Extractor[],
  source: Extracted,
): Promise<Outcome<NamedOutput[]>> {
  const outputs: NamedOutput[] = [];
  const problems: string[] = [];
  for (const extractor of extractors) {
    source.signal.throwIfAborted();
    const found = await find(extractor, source);
    const typed = found.ok ? typedValue(extractor, found.value) : found;
    if (typed.ok) outputs.push({ name: extractor.name, type: extractor.type, value: typed.value });
    else problems.push(`the named output "${extractor.name}" is missing: ${typed.why}`);
  }
  if (problems.length === 0) return success(outputs);
  const names = extractors.map(({ name }) => name);
  return failed(failure("output_missing", problems.join("; "), { details: { extract: names } }));
}

type Found<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

const found = <T>(value: T): Found<T> => ({ ok: true, value });
const missing = (why: string): Found<never> => ({ ok: false, why });

async function find(extractor: Extractor, source: Extracted): Promise<Found<unknown>> {
  if (extractor.from === "result") return inAnswer(extractor, source);
  if (extractor.from === "output") return inBytes(extractor, source.printed, "what it printed", source.signal);
  const path = extractor.path ?? "";
  const file = await readInside(path, source, LOOKED_AT_BYTES);
  return file.ok ? inBytes(extractor, file.value, `the file "${path}"`, source.signal) : missing(file.failure.message);
}

async function inAnswer({ pattern, pointer }: Extractor, { answer, signal }: Extracted): Promise<Found<unknown>> {
  if (answer === undefined) return missing("its agent answered with nothing");
  if (pointer !== null) return at(answer, pointer, "what its agent answered");
  if (pattern === null) return found(answer);
  const text = typeof answer === "string" ? answer : JSON.stringify(answer);
  return matching(pattern, Buffer.from(text), "what its agent answered", signal);
}

async function inBytes(
  { pattern, pointer }: Extractor,
  bytes: Buffer,
  where: string,
  signal: AbortSignal,
): Promise<Found<unknown>> {
  if (pattern !== null) return matching(pattern, bytes, where, signal);
  if (pointer === null) return found(plain(bytes.subarray(-LONGEST_VALUE * 4 - 4).toString("utf8")));
  const whole = bytes.length <= JSON_BYTES ? parsed(bytes.toString("utf8")) : undefined;
  const value = whole ?? (await lastLineAsJson(bytes, signal));
  return value === undefined
    ? missing(`${where} holds no JSON, whole or in its last lines`)
    : at(value, pointer, where);
}

async function matching(pattern: string, bytes: Buffer, where: string, signal: AbortSignal): Promise<Found<unknown>> {
  const line = await lastMatchingLine(pattern, bytes, signal);
  if (!line.ok) return missing(line.failure.message);
  return line.value === null ? missing(`no line of ${where} matches /${pattern}/`) : found(line.value);
}

/** Undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value at a place of JSON (RFC 6901). */
function at(value: unknown, pointer: string, where: string): Found<unknown> {
  let here = value;
  for (const token of pointer.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    here = childOf(here, key);
    if (here === undefined || here === null) return missing(`the JSON of ${where} has nothing at ${pointer}`);
  }
  return found(here);
}

function childOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const isIndex = !Array.isArray(value) || /^(?:0|[1-9]\d{0,8})$/.test(key);
  return isIndex ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}

function typedValue({ type }: Extractor, value: unknown): Found<string | number> {
  const text = plain(typeof value === "string" ? value : JSON.stringify(value));
  const shown = JSON.stringify(text.slice(0, 80));
  if (text === "") return missing("it is empty");
  if (text.length > LONGEST_VALUE) return missing(`it is longer than ${LONGEST_VALUE} characters`);
  if (type === "number") {
    const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(number) ? found(number) : missing(`${shown} is no number`);
  }
  if (type === "url") return isAddress(text) ? found(text) : missing(`${shown} is no URL of the web or of IPFS`);
  return found(text);
}

function isAddress(text: string): boolean {
  return /^(?:https?|ipfs|ipns):\/\/\S+$/i.test(text) && URL.canParse(text);
}

/** Without what only moves a cursor or could not stand in the environment of a program. */
function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[^\P{Cc}\n\t]/gu, "")
    .trim()
    .toWellFormed();
}
