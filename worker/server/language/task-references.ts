import type { Dialect } from "../../../schemas/spec.ts";
import { readAttribute } from "../../spec/attributes.ts";
import { taskAt, touches, type Reading } from "../../lint/reading.ts";
import type { Element, Span, TaskPlace } from "../../lint/places.ts";
import { needsOf, type TaskNames } from "../../lint/task-names.ts";

/** The name of a task under the cursor, with the tasks that it may mean. */
interface NameAt {
  readonly name: Span;
  readonly text: string;
  readonly meant: readonly TaskPlace[];
}

/** The id of a task, or a name of one in needs or waves. On the line of a task that task itself is meant. */
function nameAt(reading: Reading, names: TaskNames, offset: number): NameAt | null {
  const mention = reading.outline.mentions.find((one) => touches(one, offset));
  if (mention) return { name: mention, text: mention.text, meant: names.find(mention.text) };
  const place = taskAt(reading, offset);
  if (!place) return null;
  const id = idOf(place);
  if (id && touches(id, offset)) return { name: id, text: id.text, meant: [place] };
  const element = needsOf(place).find((one) => touches(one, offset));
  if (element) return { name: element, text: element.text, meant: names.find(element.text, place) };
  return touches(place.line, offset) ? { name: place.title, text: place.task.id, meant: [place] } : null;
}

function idOf(place: TaskPlace): Element | null {
  return place.task.ownId === null ? null : place.id;
}

/** Where the tasks stand that a name means. */
export function definitionsAt(reading: Reading, names: TaskNames, offset: number): Span[] {
  return nameAt(reading, names, offset)?.meant.map(({ title }) => title) ?? [];
}

/** All places that name the task under the cursor. */
export function referencesAt(reading: Reading, names: TaskNames, offset: number, withItself: boolean): Span[] {
  const found = nameAt(reading, names, offset);
  if (!found) return [];
  const meant = new Set(found.meant);
  const itself = withItself ? found.meant.map((place) => idOf(place) ?? place.title) : [];
  return [...itself, ...namesOf(reading, names, meant)];
}

function namesOf({ outline }: Reading, names: TaskNames, meant: ReadonlySet<TaskPlace>): Element[] {
  const means = ({ text }: Element, by?: TaskPlace): boolean => names.find(text, by).some((one) => meant.has(one));
  const inNeeds = outline.tasks.flatMap((place) => needsOf(place).filter((element) => means(element, place)));
  return [...inNeeds, ...outline.mentions.filter((element) => means(element))];
}

/** What a rename would replace, or why there is nothing to rename. */
export type Renaming =
  | { readonly kind: "id"; readonly id: Element; readonly place: TaskPlace; readonly places: readonly Span[] }
  | { readonly kind: "none"; readonly why: string };

/** The id of a task with every place that names it by this id. */
export function renamingAt(reading: Reading, names: TaskNames, offset: number): Renaming {
  const found = nameAt(reading, names, offset);
  if (!found) return { kind: "none", why: "Put the cursor on the id of a task, or on the name of one that it needs." };
  const [place, another] = found.meant;
  const id = place && idOf(place);
  if (!place || !id) return { kind: "none", why: "This task has no `id` of its own: give it one first." };
  if (another) return { kind: "none", why: `Two tasks have the id ${id.text}: rename one of them where it stands.` };
  // Nobody knows which of two tasks with one id a name means.
  if (names.find(id.text, place).length > 1) return { kind: "id", id, place, places: [id] };
  const why = obstacle(reading, names, place, id);
  if (why !== null) return { kind: "none", why };
  const places = namesOf(reading, names, new Set([place])).filter(({ text }) => text === id.text);
  return { kind: "id", id, place, places: [id, ...places] };
}

/** Other places that would mean something else after a rename. */
function obstacle(
  { text, document, outline, range }: Reading,
  names: TaskNames,
  place: TaskPlace,
  id: Element,
): string | null {
  const { dialect } = document;
  const isParent = outline.tasks.some(({ task }) => task.parent === place.task.id);
  if (dialect === "kiro" && isParent) return `The numbers of its parts begin with ${id.text}: change them together.`;
  const named = [
    { element: id, place },
    ...outline.tasks.flatMap((one) => needsOf(one).map((element) => ({ element, place: one }))),
  ];
  for (const { element, place: by } of named) {
    const line = `line ${range(element).start.line + 1}`;
    const isName = names.find(element.text, by).includes(place);
    const written = text.slice(element.from, element.to);
    if (dialect === "taskmaster" && isName && written !== id.text) {
      return `On ${line} it is called ${written}, as a part of its parent: change that by hand.`;
    }
    const needs = by.task.needs ?? [];
    // What is one of the needs as it is written is no row of ids, even if no task has it.
    const isRow = dialect !== "taskmaster" && !isName && needs.includes(id.text) && !needs.includes(element.text);
    if (isRow && names.find(element.text, by).length === 0) {
      return `"${element.text}" on ${line} may mean it, too: write these ids one by one first.`;
    }
  }
  return null;
}

/** What ids of a dialect look like, for people who type another one; null: it may be called so. */
export function badId({ document }: Reading, id: string): string | null {
  const [pattern, example] = ID_SHAPES[document.dialect] ?? [null, ""];
  if (pattern) return pattern.test(id) ? null : example;
  return readAttribute({}, "id", { text: id, bullets: [], code: null });
}

const ID_SHAPES: Partial<Record<Dialect, readonly [RegExp, string]>> = {
  speckit: [/^[A-Z]\d{1,6}(?:\.\d{1,4})?[a-z]?$/, "a letter and a number, such as T012"],
  kiro: [/^\d{1,6}(?:\.\d{1,6}){0,4}$/, "a number such as 3 or 2.1"],
  openspec: [/^\d{1,6}(?:\.\d{1,6}){1,4}$/, "a number such as 2.1"],
  taskmaster: [/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u, "a number, or a word of letters, digits, dots and dashes"],
};
