import type { Diagnostic } from "../../schemas/diagnostic.ts";
import { referencesTo } from "../../schemas/requirement-references.ts";
import type { SpecDocument, SpecRequirement, SpecTask } from "../../schemas/spec.ts";
import { quoted } from "./quoted.ts";

/** More findings of one kind say no more than their number. */
const NAMED = 20;

/**
 * Compares what the tasks refer to with the requirements beside them (catalogue A6): criteria that no task serves, and references to
 * what is not there. Says nothing where nothing is known to refer to.
 */
export function findUncovered(spec: Pick<SpecDocument, "tasks" | "requirements">): Diagnostic[] {
  const { tasks, requirements } = spec;
  if (requirements.length === 0 || tasks.length === 0) return [];
  const named = new Set(tasks.flatMap((task) => task.requirements));
  const criteria = requirements.filter(({ criterion }) => criterion);
  const uncovered = criteria.filter(({ id }) => !referencesTo(id).some((reference) => named.has(reference)));
  return [...tellUncovered(uncovered, criteria.length), ...findUnknown(tasks, requirements)];
}

function tellUncovered(uncovered: readonly SpecRequirement[], all: number): Diagnostic[] {
  const [first] = uncovered;
  if (!first) return [];
  if (uncovered.length === all && all > 1) {
    const message = `no task refers to any of the ${all} criteria of ${first.path}: name them in the tasks, so that it can be seen what is missing`;
    return [{ code: "uncovered-criterion", severity: "info", message, range: null, steps: [] }];
  }
  const told = uncovered.slice(0, NAMED).map(({ id, title, path, line }): Diagnostic => {
    const message = `no task refers to ${id} (${path}:${line}, ${quoted(title)}): name it in the task that serves it, or add one`;
    return { code: "uncovered-criterion", severity: "warning", message, range: null, steps: [] };
  });
  if (uncovered.length <= NAMED) return told;
  const rest = uncovered.slice(NAMED).map(({ id }) => id);
  const shown = rest.length > NAMED ? `${rest.slice(0, NAMED).join(", ")} and more` : rest.join(", ");
  const message = `no task refers to ${rest.length} further criteria of ${first.path}: ${shown}`;
  return [...told, { code: "uncovered-criterion", severity: "warning", message, range: null, steps: [] }];
}

/** References to what the file beside the spec does not have, though it has others of that kind: `FR-007` among `FR-001` to `FR-005`. */
function findUnknown(tasks: readonly SpecTask[], requirements: readonly SpecRequirement[]): Diagnostic[] {
  const known = new Set(requirements.map(({ id }) => id));
  const kinds = new Set(requirements.map(({ id }) => kindOf(id)));
  const withParts = new Set(requirements.flatMap(({ id }) => wholeOf(id) ?? []));
  // A requirement may be there without its criteria: people sum up what is done.
  const isSummedUp = (whole: string | null): boolean => whole !== null && known.has(whole) && !withParts.has(whole);
  const path = requirements[0]?.path ?? "";
  return tasks.flatMap((task): Diagnostic[] => {
    const unknown = task.requirements.filter(
      (id) => !known.has(id) && kinds.has(kindOf(id)) && !isSummedUp(wholeOf(id)),
    );
    if (unknown.length === 0) return [];
    const names = unknown.length > NAMED ? `${unknown.slice(0, NAMED).join(", ")} and more` : unknown.join(", ");
    const message = `${quoted(task.title)} refers to ${names}, which ${path} does not have: correct the number, or write the requirement`;
    return [{ code: "unknown-requirement", severity: "warning", message, range: task.range, steps: [task.id] }];
  });
}

function kindOf(id: string): string {
  return /^\D*/.exec(id)?.[0] ?? "";
}

/** `1` of `1.2`. */
function wholeOf(id: string): string | null {
  return id.includes(".") ? id.slice(0, id.lastIndexOf(".")) : null;
}
