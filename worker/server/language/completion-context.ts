import type { Span } from "../../lint/places.ts";

/** What is being written at a place of a text. Found in the lines around it, so that it is known at once in a text of any size. */
export type CompletionContext =
  | { readonly kind: "front-key"; readonly word: Span; readonly present: ReadonlySet<string> }
  | { readonly kind: "front-value"; readonly word: Span; readonly key: string }
  | { readonly kind: "key"; readonly word: Span; readonly present: ReadonlySet<string>; readonly task: TaskLines }
  | {
      readonly kind: "value";
      readonly word: Span;
      readonly key: string;
      /** Names of the same list that are written already. */
      readonly present: ReadonlySet<string>;
      readonly task: TaskLines;
    }
  | { readonly kind: "task"; readonly word: Span; readonly indent: string }
  | { readonly kind: "none" };

/** The task that a line belongs to, as far as completion needs it. */
export interface TaskLines {
  readonly title: string;
  readonly id: string | null;
}

const NONE: CompletionContext = { kind: "none" };
/** Lines that are looked at above and below: no task that people write is longer. */
const LINES_SEEN = 300;
const ATTRIBUTE = /^([ \t]*)[-*+][ \t]+([`*_]{0,3})([A-Za-z]+)[`*_]{0,3}[ \t]*:[`*_]{0,3}[ \t]*(.*)$/;
const TASK = /^([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\[[ xX~-]\][ \t]+(.*)$/;

export function completionContext(text: string, offset: number): CompletionContext {
  const start = startOfLine(text, offset);
  const before = text.slice(start, offset);
  const front = endOfFrontMatter(text);
  if (offset < front) return start === 0 ? NONE : inFrontMatter(text.slice(0, front), start, before);
  const attribute = ATTRIBUTE.exec(before);
  const above = linesAbove(text, start);
  if (attribute) {
    const [, indent = "", , key = "", value = ""] = attribute;
    const task = taskOver(above, indent);
    return task ? valueContext(key, value, offset, task) : NONE;
  }
  const bullet = /^([ \t]*)[-*+][ \t]+([A-Za-z0-9_.-]*)$/.exec(before);
  if (bullet) {
    const [, indent = "", word = ""] = bullet;
    const list = listOver(above, indent);
    if (list) return valueContext(list.key, word, offset, list.task);
    const task = taskOver(above, indent);
    const span = { from: offset - word.length, to: offset };
    if (task) return { kind: "key", word: span, present: keysAround(text, start, above, indent), task };
  }
  const begun = /^([ \t]*)((?:[-*+][ \t]*)?(?:\[[ ]?\]?[ \t]*)?)$/.exec(before);
  if (!begun) return NONE;
  const [, indent = "", word = ""] = begun;
  return { kind: "task", word: { from: offset - word.length, to: offset }, indent };
}

function valueContext(key: string, value: string, offset: number, task: TaskLines): CompletionContext {
  const word = lastWord(value, /[,[\]\s`"']/);
  const names = value.slice(0, value.length - word.length).split(/[,[\]\s`"']+/);
  const present = new Set(names.filter((name) => name !== ""));
  return { kind: "value", word: { from: offset - word.length, to: offset }, key, present, task };
}

/** What a value ends with, up to a sign that ends words. Looked for from its end, because a value may be long. */
function lastWord(value: string, ends: RegExp): string {
  let from = value.length;
  while (from > 0 && !ends.test(value[from - 1] ?? "")) from -= 1;
  return value.slice(from);
}

function inFrontMatter(text: string, start: number, before: string): CompletionContext {
  const offset = start + before.length;
  const key = /^[A-Za-z]*$/.exec(before)?.[0];
  if (key !== undefined) {
    const present = new Set([...text.matchAll(/^([A-Za-z]+)[ \t]*:/gm)].map(([, name = ""]) => name));
    return { kind: "front-key", word: { from: offset - key.length, to: offset }, present };
  }
  const [, name = "", value = ""] = /(?:^|[{,\s])([A-Za-z]+)[ \t]*:[ \t]*([^,{}]*)$/.exec(before) ?? [];
  if (name === "") return NONE;
  const word = lastWord(value, /[,[\]\s"']/);
  return { kind: "front-value", word: { from: offset - word.length, to: offset }, key: name };
}

/** Offset behind the front matter; that of a text whose front matter is not closed yet is its keys. 0: there is none. */
function endOfFrontMatter(text: string): number {
  if (!/^\uFEFF?---[ \t]*(?:\r?\n|$)/.test(text.slice(0, 200))) return 0;
  const close = /\r?\n(?:---|\.\.\.)[ \t]*(?=\r?\n|$)/.exec(text.slice(3, 70_000));
  if (close) return 3 + close.index + 1;
  return 3 + (/\n[ \t]*\r?\n/.exec(text.slice(3, 70_000))?.index ?? 0);
}

interface Line {
  readonly text: string;
  readonly from: number;
}

function linesAbove(text: string, start: number): Line[] {
  const lines: Line[] = [];
  for (let end = start; end > 0 && lines.length < LINES_SEEN;) {
    const from = startOfLine(text, end - 1 - (text[end - 1] === "\n" && text[end - 2] === "\r" ? 1 : 0));
    lines.push({ text: text.slice(from, end).replace(/[\r\n]+$/, ""), from });
    end = from;
  }
  return lines;
}

/** The task that a bullet with this indentation belongs to. `above` begins with the nearest line. */
function taskOver(above: readonly Line[], indent: string): TaskLines | null {
  let id: string | null = null;
  const depth = widthOf(indent);
  for (const { text } of above) {
    if (/^#{1,6}\s/.test(text)) return null;
    const [, key, value] = /^[ \t]*[-*+][ \t]+(id)[ \t]*:[ \t]*(\S+)/.exec(text) ?? [];
    if (key !== undefined && widthOf(/^[ \t]*/.exec(text)?.[0] ?? "") === depth) id = value ?? null;
    const [, lead = "", title] = TASK.exec(text) ?? [];
    if (title !== undefined && widthOf(lead) < depth) return { title: title.replace(/^\[P\][ \t]*/, "").trim(), id };
    // A line of text that is further out ends the item.
    if (title === undefined && text.trim() !== "" && widthOf(/^[ \t]*/.exec(text)?.[0] ?? "") === 0 && depth > 0)
      return null;
  }
  return null;
}

/** The attribute without a value on its line whose bullets these are. */
function listOver(above: readonly Line[], indent: string): { key: string; task: TaskLines } | null {
  const depth = widthOf(indent);
  for (const [index, { text }] of above.entries()) {
    if (text.trim() === "") continue;
    const [, lead = "", , key = "", value = ""] = ATTRIBUTE.exec(text) ?? [];
    if (key !== "" && value === "" && widthOf(lead) < depth) {
      const task = taskOver(above.slice(index + 1), lead);
      return task && { key, task };
    }
    if (!/^[ \t]*[-*+][ \t]/.test(text) || widthOf(/^[ \t]*/.exec(text)?.[0] ?? "") < depth) return null;
  }
  return null;
}

/** The keys that the task of a bullet has already. */
function keysAround(text: string, start: number, above: readonly Line[], indent: string): Set<string> {
  const keys = new Set<string>();
  const depth = widthOf(indent);
  const take = (line: string): boolean => {
    const [, lead = "", , key] = ATTRIBUTE.exec(line) ?? [];
    if (key !== undefined && widthOf(lead) === depth) keys.add(key);
    return !TASK.test(line) && !/^#{1,6}\s/.test(line);
  };
  for (const { text: line } of above) if (!take(line)) break;
  const below = text
    .slice(start, start + 20_000)
    .split(/\r\n|\n|\r/)
    .slice(1, LINES_SEEN);
  for (const line of below) if (!take(line)) break;
  return keys;
}

function widthOf(indent: string): number {
  let width = 0;
  for (const character of indent) width += character === "\t" ? 4 - (width % 4) : 1;
  return width;
}

function startOfLine(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && text[start - 1] !== "\n" && text[start - 1] !== "\r") start -= 1;
  return start;
}
