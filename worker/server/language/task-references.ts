import { taskAt, touches, type Reading } from "../../lint/reading.ts";
import type { Element, Span, TaskPlace } from "../../lint/places.ts";
import { needsOf, type TaskNames } from "../../lint/task-names.ts";

/** The name of a task under the cursor, with the tasks that it may mean. */
interface NameAt {
  readonly name: Span;
  readonly text: string;
  readonly meant: readonly TaskPlace[];
}

/** The id of a task, or a name in `needs`. On the line of a task that task itself is meant. */
function nameAt(reading: Reading, names: TaskNames, offset: number): NameAt | null {
  const place = taskAt(reading, offset);
  if (!place) return null;
  const id = idOf(place);
  if (id && touches(id, offset)) return { name: id, text: id.text, meant: [place] };
  const element = needsOf(place).find((one) => touches(one, offset));
  if (element) return { name: element, text: element.text, meant: names.find(element.text) };
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
  return outline.tasks.flatMap((place) => {
    return needsOf(place).filter(({ text }) => names.find(text).some((one) => meant.has(one)));
  });
}

/** What a rename would replace, or why there is nothing to rename. */
export type Renaming =
  | { readonly kind: "id"; readonly id: Element; readonly places: readonly Span[] }
  | { readonly kind: "none"; readonly why: string };

/** The id of a task with every `needs` that refers to it by this id. */
export function renamingAt(reading: Reading, names: TaskNames, offset: number): Renaming {
  const found = nameAt(reading, names, offset);
  if (!found) return { kind: "none", why: "Put the cursor on the id of a task, or on a name in `needs`." };
  const [place, another] = found.meant;
  const id = place && idOf(place);
  if (!place || !id) return { kind: "none", why: "This task has no `id` of its own: give it one first." };
  if (another) return { kind: "none", why: `Two tasks have the id ${id.text}: rename one of them where it stands.` };
  // Nobody knows which of two tasks with one id a name means.
  if (names.find(id.text).length > 1) return { kind: "id", id, places: [id] };
  const places = namesOf(reading, names, new Set([place])).filter(({ text }) => text === id.text);
  return { kind: "id", id, places: [id, ...places] };
}
