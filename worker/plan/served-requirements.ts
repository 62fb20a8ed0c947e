import type { SpecTask } from "../../schemas/spec.ts";

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
