import { needsWords } from "../../plan/needs-words.ts";
import { shown } from "../shown-text.ts";
import type { Span, TaskPlace } from "../places.ts";
import type { Reading } from "../reading.ts";
import { needsOf } from "../task-names.ts";
import { oneChange, type FixRequest } from "./fix-request.ts";
import { addNeed, removeNeed } from "./needs-change.ts";
import { blanksBefore, changeName, lineStart, nextLine, type Fix, type TextChange } from "./text-change.ts";

/** A task needs what is no task. */
export function unknownDependencyFixes(request: FixRequest): Fix[] {
  const { element, names, place, reading } = request;
  if (!element) return [];
  const near = names.nearest(element.text, place ?? undefined);
  return [
    ...(near === null ? [] : oneChange(`Change to "${shown(near)}"`, changeName(reading, element, near), true)),
    ...removeFixes(request, near === null),
  ];
}

/** A task needs itself, its parent or its part. */
export function selfDependencyFixes(request: FixRequest): Fix[] {
  return removeFixes(request, true);
}

/** A task needs another one twice, or by a name that two tasks have. */
export function duplicateReferenceFixes(request: FixRequest): Fix[] {
  const { element, names, reading, place: user } = request;
  if (!element) return [];
  const meant = names.find(element.text, user ?? undefined);
  if (meant.length < 2) return removeFixes(request, true);
  const renames = renameAll(request, meant.slice(1), element.text);
  // Only in our dialect can a task be named by an id that does not stand in the file.
  const choices = meant.flatMap((place) => {
    if (reading.document.dialect !== "spec") return [];
    const isClear = names.find(place.task.id).length === 1;
    const line = reading.range(place.line).start.line + 1;
    const title = `Need "${shown(place.task.id)}" on line ${line}`;
    return isClear ? oneChange(title, { ...element, text: place.task.id }) : [];
  });
  return [...renames, ...choices];
}

/** As many as a person would rename at once. */
const RENAMED = 20;

/** Gives tasks of one id others, so that the first one alone keeps it. */
function renameAll({ names, reading }: FixRequest, places: readonly TaskPlace[], name: string): Fix[] {
  const taken: string[] = [];
  const changes = places.flatMap(({ id, task }) => {
    if (!id || task.ownId !== name || taken.length >= RENAMED) return [];
    taken.push(names.free(name, isNumbered(reading), taken));
    return [changeName(reading, id, taken.at(-1) ?? name)];
  });
  const lines = places.map(({ line }) => reading.range(line).start.line + 1);
  if (changes.length < places.length || lines.length === 0) return [];
  const which = lines.length === 1 ? `task on line ${lines.join("")}` : `tasks on lines ${lines.join(", ")}`;
  return [{ title: `Rename the ${which} to "${taken.map((id) => shown(id)).join('", "')}"`, changes, preferred: true }];
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
  const { place, element, reading } = request;
  if (!place || !element) return [];
  const change = removeNeed(reading, place, element, "no attribute");
  return oneChange(`Remove "${shown(element.text)}" from ${listName(reading)}`, change, preferred);
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
      const element = needsOf(owner).find(({ text }) =>
        names.find(text, owner).some(({ task }) => wanted.has(task.id)),
      );
      const change = element && !known.has(element.from) ? removeNeed(reading, owner, element, "none") : null;
      if (!element || !change) continue;
      known.add(element.from);
      const title = `Remove "${shown(element.text)}" from ${listName(reading)} of "${shown(owner.task.title, 60)}"`;
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
    const words = reading.text.slice(mark.from, mark.to);
    const title = `Remove ${words} from "${shown(place.task.title, 60)}"`;
    return oneChange(title, withBlanks(reading.text, place, mark), index === 0);
  });
  const isClear = names.find(first.task.ownId ?? first.task.id, second).length === 1;
  const change = isClear ? addNeed(reading, second, first) : null;
  return [...removals, ...oneChange(`Let it need "${shown(first.task.title, 60)}"`, change)];
}

/** A mark of the title with the blanks that set it off from the other words. */
function withBlanks(text: string, { line }: TaskPlace, mark: Span): TextChange {
  const behind = /^[ \t]*/.exec(text.slice(mark.to, line.to))?.[0].length ?? 0;
  if (behind > 0) return { from: mark.from, to: mark.to + behind, text: "" };
  return { from: mark.from - blanksBefore(text, mark.from), to: mark.to, text: "" };
}

/** A task names a file that one under another heading makes. */
export function missingBarrierFixes({ reading, diagnostic }: FixRequest): Fix[] {
  const [user, maker] = diagnostic.steps.map((id) => reading.outline.byId.get(id));
  if (!user || !maker || reading.document.dialect === "kiro") return [];
  const heading = reading.outline.headings.findLast(({ from }) => from < user.line.from);
  const at = heading && heading.from > maker.line.from ? lineStart(reading.text, heading.from) : null;
  const level = "#".repeat(heading?.level ?? 2);
  const barrier = at === null ? null : { from: at, to: at, text: `${level} Checkpoint${reading.eol}${reading.eol}` };
  return [
    ...oneChange(`Let it need "${shown(maker.task.title, 60)}"`, addNeed(reading, user, maker), true),
    ...oneChange(`Put a checkpoint before "${shown(heading?.title ?? "", 60)}"`, barrier),
  ];
}

/** Two tasks have the same id. */
export function duplicateIdFixes({ place, names, reading }: FixRequest): Fix[] {
  const id = place?.id;
  if (!id || id.to <= id.from) return [];
  const free = names.free(id.text, isNumbered(reading));
  return oneChange(`Rename this id to "${shown(free)}"`, changeName(reading, id, free), true);
}

/** In our dialect ids are words, in the others mostly numbers. */
function isNumbered({ document }: Reading): boolean {
  return document.dialect !== "spec";
}

/** What the titles of fixes call the list of what a task needs. */
function listName({ document }: Reading): string {
  return needsWords(document.dialect).name;
}
