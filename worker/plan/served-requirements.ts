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

  constructor(requirements: readonly SpecRequirement[]) {
    for (const requirement of requirements) {
      for (const reference of referencesTo(requirement.id)) {
        const same = this.#byReference.get(reference);
        if (same) same.push(requirement);
        else this.#byReference.set(reference, [requirement]);
      }
    }
  }

  /** Empty when nothing is known of them but their numbers. */
  of(references: readonly string[]): string {
    const found = [...new Set(references.flatMap((reference) => this.#byReference.get(reference) ?? []))];
    const told = found.filter(({ title }) => title !== "");
    const [first] = told;
    if (!first) return "";
    const lines = told.slice(0, WRITTEN_OUT).map(({ id, title }) => `- ${id}: ${title}`);
    const rest = told.length - lines.length;
    if (rest > 0) lines.push(`- and ${rest} more, in that file`);
    return `What it serves, from ${first.path}:\n\n${lines.join("\n")}`;
  }
}
