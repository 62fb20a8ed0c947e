import { referencesTo } from "../../schemas/requirement-references.ts";
import type { SpecRequirement, SpecTask } from "../../schemas/spec.ts";

/**
 * What each task serves, by its id: what it refers to itself, else what the nearest task does that it is a part of. Tasks come in file
 * order, parents before their parts.
 */
export function servedRequirements(tasks: readonly SpecTask[]): ReadonlyMap<string, readonly string[]> {
  const served = new Map<string, readonly string[]>();
  for (const { id, parent, requirements } of tasks) {
    const above = parent === null ? [] : (served.get(parent) ?? []);
    served.set(id, requirements.length > 0 ? requirements : above);
  }
  return served;
}

/** More than this is not written out for one task: its agent can read the file. */
const WRITTEN_OUT = 30;

/** The words of what tasks serve, for their agents: a number alone tells them nothing. */
export class ServedWords {
  readonly #byReference = new Map<string, SpecRequirement[]>();
  /** Parts have the list of the task that they belong to. */
  readonly #texts = new Map<readonly string[], string>();

  constructor(requirements: readonly SpecRequirement[]) {
    for (const requirement of requirements) {
      if (requirement.title === "") continue;
      for (const reference of referencesTo(requirement.id)) {
        const same = this.#byReference.get(reference);
        if (!same) this.#byReference.set(reference, [requirement]);
        else if (same.length <= WRITTEN_OUT) same.push(requirement);
      }
    }
  }

  /** Empty when nothing is known of them but their numbers. */
  of(references: readonly string[]): string {
    const known = this.#texts.get(references);
    if (known !== undefined) return known;
    const text = this.#textOf(references);
    this.#texts.set(references, text);
    return text;
  }

  #textOf(references: readonly string[]): string {
    const told = new Set<SpecRequirement>();
    for (const reference of references) {
      for (const requirement of this.#byReference.get(reference) ?? []) told.add(requirement);
      if (told.size > WRITTEN_OUT) break;
    }
    const [first] = told;
    if (!first) return "";
    const lines = [...told].slice(0, WRITTEN_OUT).map(({ id, title }) => `- ${id}: ${title}`);
    if (told.size > WRITTEN_OUT) lines.push("- and more, in that file");
    return `What it serves, from ${first.path}:\n\n${lines.join("\n")}`;
  }
}
