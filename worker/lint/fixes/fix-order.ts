import { shown } from "../shown-text.ts";
import type { TaskPlace } from "../outline.ts";
import { attributeOf, needsOf } from "../task-names.ts";
import { oneChange, type FixRequest } from "./fix-request.ts";
import { lineStart, nextLine, removeElement, setAttribute, type Fix, type TextChange } from "./text-change.ts";

/** `needs` names what is no task. */
export function unknownDependencyFixes(request: FixRequest): Fix[] {
  const { element, names } = request;
  if (!element) return [];
  const near = names.nearest(element.text);
  return [
    ...(near === null ? [] : oneChange(`Change to "${shown(near)}"`, { ...element, text: near }, true)),
    ...removeFixes(request, near === null),
  ];
}

/** A task needs itself, its parent or its part. */
export function selfDependencyFixes(request: FixRequest): Fix[] {
  return removeFixes(request, true);
}

/** `needs` names a task twice, or by a name that two tasks have. */
export function duplicateReferenceFixes(request: FixRequest): Fix[] {
  const { element, names, reading, diagnostic } = request;
  if (diagnostic.severity === "warning") return removeFixes(request, true);
  if (!element) return [];
  const meant = names.find(element.text);
  const renames = meant.slice(1).flatMap((place) => {
    const id = attributeOf(place, "id");
    if (!id || place.task.ownId !== element.text) return [];
    const free = names.free(element.text);
    const line = reading.range(place.line).start.line + 1;
    return oneChange(`Rename the task on line ${line} to "${shown(free)}"`, { ...id.value, text: free }, true);
  });
  const choices = meant.flatMap((place) => {
    const isClear = names.find(place.task.id).length === 1;
    const line = reading.range(place.line).start.line + 1;
    const title = `Need "${shown(place.task.id)}" on line ${line}`;
    return isClear ? oneChange(title, { ...element, text: place.task.id }) : [];
  });
  return [...renames.slice(0, 1), ...choices];
}

/** A task needs one that stands further down. */
export function forwardReferenceFixes(request: FixRequest): Fix[] {
  const { place, diagnostic, reading } = request;
  const needed = reading.outline.byId.get(diagnostic.steps[1] ?? "");
  const isSibling = place && needed && place.task.parent === needed.task.parent;
  const up = isSibling ? moveLines(request, needed, place) : [];
  const title = `Move "${shown(needed?.task.title ?? "", 60)}" up, before this task`;
  return [
    ...(up.length > 0 ? [{ title, changes: up, preferred: true }] : []),
    ...removeFixes(request, up.length === 0),
  ];
}

/** The lines of a task, put before those of another one. */
function moveLines({ reading }: FixRequest, moved: TaskPlace, before: TaskPlace): TextChange[] {
  const { text, eol } = reading;
  const from = lineStart(text, moved.line.from);
  const to = nextLine(text, moved.task.range.end);
  const at = lineStart(text, before.line.from);
  const lead = (place: TaskPlace): string => text.slice(lineStart(text, place.line.from), place.line.from);
  // With another indentation it would be another list.
  if (lead(moved) !== lead(before) || at >= from) return [];
  const lines = text.slice(from, to);
  const isLast = to === text.length && !/[\r\n]$/.test(lines);
  // A task with paragraphs keeps a blank line between it and the next.
  const isLoose = /(?:\r\n|\n|\r(?!\n))[ \t]*(?:\r\n|\n|\r(?!\n))/.test(
    text.slice(moved.line.to, moved.task.range.end),
  );
  const gap = isLast ? eol : "";
  return [
    { from: at, to: at, text: `${lines}${gap}${isLoose ? eol : ""}` },
    { from, to, text: "" },
  ];
}

function removeFixes(request: FixRequest, preferred: boolean): Fix[] {
  const { attribute, element, reading } = request;
  if (!attribute || !element) return [];
  const change = removeElement(reading, attribute, element, "no attribute");
  return oneChange(`Remove "${shown(element.text)}" from needs`, change, preferred);
}

/** Steps wait for one another: each `needs` on the way around can be taken away. The one that points down the file closes the ring. */
export function cycleFixes({ reading, names, diagnostic }: FixRequest): Fix[] {
  const ring = diagnostic.steps.flatMap((id) => reading.outline.byId.get(id) ?? []);
  const fixes: (Fix & { down: boolean })[] = [];
  const known = new Set<number>();
  for (const [index, place] of ring.entries()) {
    const next = ring[(index + 1) % ring.length] ?? place;
    const wanted = new Set([next, ...next.parents].map(({ task }) => task.id));
    for (const owner of [place, ...place.parents]) {
      const attribute = attributeOf(owner, "needs");
      const element = needsOf(owner).find(({ text }) => names.find(text).some(({ task }) => wanted.has(task.id)));
      if (!attribute || !element || known.has(element.from)) continue;
      known.add(element.from);
      const [change] = [removeElement(reading, attribute, element, "none")];
      const title = `Remove "${shown(element.text)}" from needs of "${shown(owner.task.title, 60)}"`;
      fixes.push({ title, changes: [change], preferred: false, down: next.line.from > owner.line.from });
    }
  }
  const closing = fixes.find(({ down }) => down) ?? fixes[0];
  return fixes
    .toSorted((a, b) => Number(b === closing) - Number(a === closing))
    .map((fix) => ({ title: fix.title, changes: fix.changes, preferred: fix === closing }));
}

/** Two `[P]` tasks name the same file. */
export function falseParallelFixes({ reading, names, diagnostic }: FixRequest): Fix[] {
  const [first, second] = diagnostic.steps.map((id) => reading.outline.byId.get(id));
  if (!first || !second) return [];
  const removals = [second, first].flatMap((place, index) => {
    const { mark } = place;
    if (!mark) return [];
    const title = `Remove [P] from "${shown(place.task.title, 60)}"`;
    return oneChange(title, { from: mark.from, to: place.title.from, text: "" }, index === 0);
  });
  const need = attributeOf(second, "needs");
  const isClear = names.find(first.task.id).length === 1;
  const value = [...needsOf(second).map(({ text }) => text), first.task.id].join(", ");
  const waits = isClear && (need === null || need.value.to > need.value.from) && !value.includes('"');
  const change = waits ? setAttribute(reading, second, "needs", value) : null;
  return [...removals, ...oneChange(`Let it need "${shown(first.task.title, 60)}"`, change)];
}

/** Two tasks have the same id. */
export function duplicateIdFixes({ attribute, names }: FixRequest): Fix[] {
  if (!attribute || attribute.value.to <= attribute.value.from) return [];
  const [id] = attribute.elements;
  if (!id) return [];
  const free = names.free(id.text);
  return oneChange(`Rename this id to "${shown(free)}"`, { ...id, text: free }, true);
}
