import { nearestName } from "../spec/nearest-name.ts";
import type { AttributePlace, Element, Outline, TaskPlace } from "./outline.ts";

/** The names by which `needs` refers to tasks: their own ids, then ours, then whole titles. */
export class TaskNames {
  readonly #own = new Map<string, TaskPlace[]>();
  readonly #ids: ReadonlyMap<string, TaskPlace>;
  readonly #titles = new Map<string, TaskPlace[]>();

  constructor({ tasks, byId }: Outline) {
    this.#ids = byId;
    for (const place of tasks) {
      const { ownId, title } = place.task;
      if (ownId !== null) append(this.#own, ownId, place);
      append(this.#titles, title.toLowerCase(), place);
    }
  }

  /** The tasks that a name may mean; more than one where it is not clear. */
  find(name: string): readonly TaskPlace[] {
    const own = this.#own.get(name);
    if (own) return own;
    const one = this.#ids.get(name);
    return one ? [one] : (this.#titles.get(name.toLowerCase()) ?? []);
  }

  nearest(name: string): string | null {
    return nearestName(name, new Set([...this.#own.keys(), ...this.#ids.keys()]));
  }

  /** An id like this one that no task has. */
  free(id: string): string {
    const base = id.replace(/-\d+$/, "") || id;
    for (let number = 2; ; number += 1) {
      const candidate = `${base}-${number}`;
      if (!this.#own.has(candidate) && !this.#ids.has(candidate)) return candidate;
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

/** The names in `needs` of a task. */
export function needsOf(place: TaskPlace): readonly Element[] {
  return attributeOf(place, "needs")?.elements.filter(({ text }) => text !== "none") ?? [];
}

function append(map: Map<string, TaskPlace[]>, key: string, place: TaskPlace): void {
  const list = map.get(key);
  if (list) list.push(place);
  else map.set(key, [place]);
}
