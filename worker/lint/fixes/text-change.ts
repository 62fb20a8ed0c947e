import { replaceAt } from "../../spec/replace-at.ts";
import type { Reading } from "../reading.ts";
import type { Span, TaskPlace } from "../places.ts";
import { attributeOf } from "../task-names.ts";

/** Replaces a part of a text. */
export interface TextChange extends Span {
  readonly text: string;
}

/** Something that a person can do about a diagnostic. */
export interface Fix {
  readonly title: string;
  readonly changes: readonly TextChange[];
  /** The one that is most likely meant. */
  readonly preferred: boolean;
}

/** Writes another name of a task in a place. In JSON what is no number has quotes. */
export function changeName({ document, text }: Reading, { from, to }: Span, name: string): TextChange {
  if (document.dialect !== "taskmaster") return { from, to, text: name };
  const quoted = JSON.stringify(name);
  if (text[from - 1] === '"') return { from, to, text: quoted.slice(1, -1) };
  return { from, to, text: /^(?:0|[1-9]\d*)(?:\.\d+)?$/.test(name) ? name : quoted };
}

/** A text with changes made to it. They must not overlap. */
export function applyChanges(text: string, changes: readonly TextChange[]): string {
  return replaceAt(
    text,
    changes.map(({ from, to, text: put }) => ({ start: from, end: to, to: put })),
  );
}

/** Takes the whole lines that an attribute or another bullet stands on out of the text. */
export function removeLines({ text }: Reading, { from, to }: Span): TextChange {
  const start = lineStart(text, from);
  const next = nextLine(text, to);
  // At the end of the file the line break before goes instead.
  if (next === text.length && !/[\r\n]$/.test(text)) return { from: lineBreakBefore(text, start), to: next, text: "" };
  return { from: start, to: next, text: "" };
}

/** A place with the quotes around it that lie within another. */
export function withQuotes(text: string, { from, to }: Span, within: Span): [number, number] {
  let [start, end] = [from, to];
  while (
    start > within.from &&
    end < within.to &&
    /["'`]/.test(text[start - 1] ?? "") &&
    text[start - 1] === text[end]
  ) {
    start -= 1;
    end += 1;
  }
  return [start, end];
}

/** Gives a task an attribute, in the place of the one that it has. Null where the text has no room for it. */
export function setAttribute(reading: Reading, place: TaskPlace, key: string, value: string): TextChange | null {
  const own = attributeOf(place, key);
  if (own) return { from: own.keySpan.from, to: own.to, text: `${key}: ${value}` };
  const first = place.attributes[0];
  const { text, eol } = reading;
  if (first) {
    const start = lineStart(text, first.from);
    const indent = text.slice(start, first.from);
    if (/^[ \t]*$/.test(indent)) return { from: start, to: start, text: `${indent}- ${key}: ${value}${eol}` };
  }
  if (!place.room) return null;
  const { at, indent } = place.room;
  return { from: at, to: at, text: `${eol}${indent}- ${key}: ${value}` };
}

/** How many blanks stand directly before a place. A look for them from the front would take long in a long line. */
export function blanksBefore(text: string, at: number): number {
  let start = at;
  while (start > 0 && (text[start - 1] === " " || text[start - 1] === "\t")) start -= 1;
  return at - start;
}

export function lineStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && !isBreak(text[start - 1])) start -= 1;
  return start;
}

/** Where the line behind the one of `at` begins. */
export function nextLine(text: string, at: number): number {
  let end = at;
  while (end < text.length && !isBreak(text[end])) end += 1;
  if (text[end] === "\r" && text[end + 1] === "\n") return end + 2;
  return Math.min(end + 1, text.length);
}

function lineBreakBefore(text: string, start: number): number {
  if (text[start - 1] === "\n" && text[start - 2] === "\r") return start - 2;
  return Math.max(0, start - 1);
}

function isBreak(character: string | undefined): boolean {
  return character === "\n" || character === "\r";
}
