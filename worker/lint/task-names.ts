import { nearestId } from "../spec/nearest-name.ts";
import type { AttributePlace, Element, TaskPlace } from "./places.ts";
import type { Reading } from "./reading.ts";

/** Longer lists are not looked through for each name that means all of them. */
const FEW = 20;

/** The names by which `needs` refers to tasks: their own ids, then ours, then whole titles. */
export class TaskNames {
  readonly #own = new Map<string, TaskPlace[]>();
  readonly #ids: ReadonlyMap<string, TaskPlace>;
  readonly #ofTags = new Map<string, TaskPlace[]>();
  readonly #isTagged: boolean;
  readonly #titles = new Map<string, TaskPlace[]>();

  constructor({ outline: { tasks, byId }, document }: Pick<Reading, "outline" | "document">) {
    this.#isTagged = document.dialect === "taskmaster";
    this.#ids = byId;
    for (const place of tasks) {
      const { ownId, title, section } = place.task;
      if (ownId !== null) append(this.#own, ownId, place);
      if (ownId !== null && this.#isTagged) append(this.#ofTags, `${section[0] ?? ""}\n${ownId}`, place);
      append(this.#titles, title.toLowerCase(), place);
    }
  }

  /** The tasks that a name may mean, where one task says it; more than one where it is not clear. */
  find(name: string, by?: TaskPlace): readonly TaskPlace[] {
    // Each tag of a Task Master file has ids of its own.
    if (this.#isTagged && by) return this.#ofTags.get(`${by.task.section[0] ?? ""}\n${name}`) ?? [];
    const own = this.#own.get(name);
    if (own) return own;
    const one = this.#ids.get(name);
    return one ? [one] : (this.#titles.get(name.toLowerCase()) ?? []);
  }

  /** Whether a name may mean a certain task. */
  means(name: string, target: TaskPlace, by?: TaskPlace): boolean {
    const found = this.find(name, by);
    if (found.length <= FEW) return found.includes(target);
    // All of a long list have the name in the same way.
    const { ownId, title, section } = target.task;
    if (found[0]?.task.ownId !== name) return title.toLowerCase() === name.toLowerCase();
    return ownId === name && (!this.#isTagged || !by || by.task.section[0] === section[0]);
  }

  nearest(name: string, by?: TaskPlace): string | null {
    const begin = this.#isTagged && by ? `${by.task.section[0] ?? ""}\n` : null;
    if (begin === null) return nearestId(name, new Set([...this.#own.keys(), ...this.#ids.keys()]));
    const ids = [...this.#ofTags.keys()].flatMap((key) => (key.startsWith(begin) ? key.slice(begin.length) : []));
    return nearestId(name, ids);
  }

  /**
   * An id like this one that no task has and that is not among `taken`; `numbered`: the next number, as dialects have it whose ids
   * are numbers.
   */
  free(id: string, numbered = false, taken: readonly string[] = []): string {
    const isFree = (name: string): boolean => !this.#own.has(name) && !this.#ids.has(name) && !taken.includes(name);
    const [, before = "", digits] = (numbered && /^(.*?)(\d{1,9})[a-z]?$/.exec(id)) || [];
    for (let number = Number(digits ?? 0) + 1; digits !== undefined; number += 1) {
      const candidate = before + String(number).padStart(digits.length, "0");
      if (isFree(candidate)) return candidate;
    }
    const base = id.replace(/-\d+$/, "") || id;
    for (let number = 2; ; number += 1) {
      const candidate = `${base}-${number}`;
      if (isFree(candidate)) return candidate;
    }
  }
}

/** The attribute of this name that a task itself has. */
export function attributeOf(place: TaskPlace, key: string): AttributePlace | null {
  return place.attributes.find((attribute) => attribute.known && attribute.key === key) ?? null;
}

/** An attribute of a task, or else that of the innermost parent that has it. */
export function inheritedAttribute(place: TaskPlace, key: string): AttributePlace | null {
  for (const owner of [place, ...place.parents.toReversed()]) {
    const attribute = attributeOf(owner, key);
    if (attribute) return attribute;
  }
  return null;
}

/** The names of what a task needs, as stated. */
export function needsOf(place: TaskPlace): readonly Element[] {
  return place.needs?.elements ?? [];
}

function append(map: Map<string, TaskPlace[]>, key: string, place: TaskPlace): void {
  const list = map.get(key);
  if (list) list.push(place);
  else map.set(key, [place]);
}
