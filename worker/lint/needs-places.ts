import type { SpecTask } from "../../schemas/spec.ts";
import type { Element, NeedsPlace, Span } from "./places.ts";

const ID = /[\p{L}\p{N}]+(?:\.[\p{L}\p{N}]+)*/gu;
/** What makes two ids the ends of a row of them. */
const UP_TO = /^\s*(?:-|–|—|~|～|\.{2,3}|to|through|bis|至|到)\s*$/i;
/** Nobody writes the label of a list further away from it. */
const NEAR = 200;

/** The needs that stand in the text of a task, as `(depends on T001)` or `_Depends: 1.1_`. */
export function needsInText(text: string, { needs, needsRange }: SpecTask): NeedsPlace | null {
  if (needs === null || needsRange === null) return null;
  const { start } = needsRange;
  const whole = bracketOf(text, { from: start, to: needsRange.end });
  // The second half of a row such as T010-T012 may stand behind what the range tells.
  const end = Math.max(needsRange.end, whole?.to ?? 0);
  const known = new Set(needs);
  const elements: Element[] = [];
  for (const match of text.slice(start, end).matchAll(ID)) {
    if (!known.has(match[0])) continue;
    const from = start + match.index;
    const last = elements.at(-1);
    const isRow = last !== undefined && UP_TO.test(text.slice(last.to, from));
    const begin = isRow ? last.from : from;
    if (isRow) elements.pop();
    const to = from + match[0].length;
    elements.push({ from: begin, to, text: text.slice(begin, to) });
  }
  return { elements, whole };
}

/** The brackets or the marks of emphasis around a list or one name of it, with the words that begin it. */
export function bracketOf(text: string, { from, to }: Span): Span | null {
  const low = Math.max(0, from - NEAR);
  const opening = /[([_*]{1,3}[ \t]*(?:depends|dependencies)[^()[\]_*]*$/i.exec(text.slice(low, from));
  // Some lists are told with their brackets.
  const inside = opening ? null : /^[([_*]{1,3}[ \t]*(?:depends|dependencies)/i.exec(text.slice(from, to));
  if (inside) return { from, to };
  const closing = opening && /^[^()[\]_*]*?[)\]_*]{1,3}/.exec(text.slice(to, to + NEAR));
  return opening && closing ? { from: low + opening.index, to: to + closing[0].length } : null;
}
