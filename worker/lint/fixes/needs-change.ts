import { bracketOf } from "../needs-places.ts";
import type { Element, Span, TaskPlace } from "../places.ts";
import type { Reading } from "../reading.ts";
import { attributeOf } from "../task-names.ts";
import {
  blanksBefore,
  lineStart,
  nextLine,
  removeLines,
  setAttribute,
  withQuotes,
  type TextChange,
} from "./text-change.ts";

/**
 * Takes a name out of what a task needs. The last one leaves nothing, so that the order of the file may hold again, or, in our
 * dialect with `none`, no needs at all.
 */
export function removeNeed(
  reading: Reading,
  place: TaskPlace,
  element: Element,
  last: "none" | "no attribute",
): TextChange | null {
  const { needs } = place;
  const attribute = attributeOf(place, "needs");
  if (!needs) return null;
  const isJson = reading.document.dialect === "taskmaster";
  // A task may state what it needs in several brackets.
  const whole = attribute?.value ?? (isJson ? needs.whole : bracketOf(reading.text, element));
  if (!whole) return null;
  const isBullets = attribute !== null && whole.from >= whole.to;
  const beside = isBullets
    ? needs.elements
    : needs.elements.filter(({ from, to }) => whole.from <= from && to <= whole.to);
  if (beside.length > 1) {
    return isBullets ? removeLines(reading, element) : removeFromList(reading.text, beside, element, whole);
  }
  if (attribute) {
    return last === "none"
      ? { from: attribute.keySpan.from, to: attribute.to, text: "needs: none" }
      : removeLines(reading, attribute);
  }
  return removeWhole(reading, whole);
}

function removeFromList(text: string, elements: readonly Element[], element: Element, within: Span): TextChange {
  const [from, to] = withQuotes(text, element, within);
  const index = elements.indexOf(element);
  const before = elements[index - 1];
  if (before) return { from: withQuotes(text, before, within)[1], to, text: "" };
  const after = elements[index + 1];
  return { from, to: after ? withQuotes(text, after, within)[0] : to, text: "" };
}

/** The last name goes with the words around it, and with its line where nothing else stands in it. */
function removeWhole(reading: Reading, whole: Span): TextChange {
  const { text, document } = reading;
  if (document.dialect === "taskmaster") return { ...whole, text: "[]" };
  const start = lineStart(text, whole.from);
  const behind = text.slice(whole.to, nextLine(text, whole.to));
  const isAlone = /^[ \t]*(?:[-*+][ \t]+)?$/.test(text.slice(start, whole.from)) && behind.trim() === "";
  if (isAlone) return removeLines(reading, whole);
  return { from: whole.from - blanksBefore(text, whole.from), to: whole.to, text: "" };
}

/** Lets a task need another one, by the id that it has in the file. Null: its dialect has no place for it, or the id is not its own. */
export function addNeed(reading: Reading, place: TaskPlace, needed: TaskPlace): TextChange | null {
  const { dialect } = reading.document;
  const { ownId, id } = needed.task;
  if (dialect === "spec") {
    const attribute = attributeOf(place, "needs");
    const value = [...(place.needs?.elements ?? []).map(({ text }) => text), id].join(", ");
    const hasRoom = attribute === null || attribute.value.to > attribute.value.from;
    return hasRoom && !value.includes('"') ? setAttribute(reading, place, "needs", value) : null;
  }
  if (ownId === null) return null;
  const last = place.needs?.elements.at(-1);
  const { text, eol } = reading;
  if (dialect === "taskmaster") return addToArray(text, place, needed);
  if (last) return { from: last.to, to: last.to, text: `, ${ownId}` };
  if (dialect === "speckit") {
    const at = place.line.to - blanksBefore(text, place.line.to);
    return { from: at, to: at, text: ` (depends on ${ownId})` };
  }
  if (dialect !== "kiro" || !place.room) return null;
  const { at, indent } = place.room;
  return { from: at, to: at, text: `${eol}${indent}- _Depends: ${ownId}_` };
}

function addToArray(text: string, place: TaskPlace, needed: TaskPlace): TextChange | null {
  const { whole, elements } = place.needs ?? {};
  if (!whole || !needed.id || place.task.parent !== needed.task.parent) return null;
  const [from, to] = withQuotes(text, needed.id, { from: 0, to: text.length });
  const written = text.slice(from, to);
  const last = elements?.at(-1);
  const at = last ? withQuotes(text, last, whole)[1] : whole.from + 1;
  return { from: at, to: at, text: last ? `, ${written}` : written };
}
