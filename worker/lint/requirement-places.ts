import { readKiroLabels } from "../spec/kiro-labels.ts";
import type { Element, Span, TaskPlace } from "./places.ts";
import type { Reading } from "./reading.ts";

/** A task whose own text is longer has no list of requirements that far down. */
const TEXT_LIMIT = 20_000;

/** Where a task lists the requirements that it serves, as Kiro does; each list without the marks around it. */
export function requirementLists(reading: Reading, place: TaskPlace): (Span & { readonly ids: readonly Element[] })[] {
  if (reading.document.dialect !== "kiro") return [];
  const { from, to } = ownText(reading, place);
  return readKiroLabels(reading.text.slice(from, to)).flatMap((label) => {
    if (label.kind !== "requirements") return [];
    const span = { from: from + label.from, to: from + label.to };
    return [{ ...span, ids: idsIn(reading, span, place.task.requirements) }];
  });
}

/** Where a task names what it serves, one by one: in its lists, or in brackets as Spec Kit does. */
export function requirementNames(reading: Reading, place: TaskPlace): Element[] {
  const lists = requirementLists(reading, place);
  if (lists.length > 0) return lists.flatMap(({ ids }) => ids);
  return idsIn(reading, ownText(reading, place), place.task.requirements);
}

function idsIn({ text }: Reading, { from, to }: Span, known: readonly string[]): Element[] {
  const wanted = new Set(known);
  return [...text.slice(from, to).matchAll(/[\p{L}\p{N}]+(?:[.-][\p{L}\p{N}]+)*/gu)].flatMap(({ 0: id, index }) =>
    wanted.has(id) ? [{ text: id, from: from + index, to: from + index + id.length }] : [],
  );
}

/** The text of a task up to its first part. */
function ownText({ outline }: Reading, { task, line }: TaskPlace): Span {
  const part = outline.tasks.find(({ line: other }) => other.from > line.from);
  const end = Math.min(task.range.end, part?.line.from ?? task.range.end, line.from + TEXT_LIMIT);
  return { from: line.from, to: Math.max(line.to, end) };
}
