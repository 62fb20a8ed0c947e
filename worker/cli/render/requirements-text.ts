import { referencesTo } from "../../../schemas/requirement-references.ts";
import type { Plan, PlanStep } from "../../../schemas/plan.ts";
import type { SpecDocument } from "../../../schemas/spec.ts";
import { clip, plain } from "./text.ts";

/** The requirements of a spec: all of them where it has no tasks, else how many there are and how many no task serves. */
export function requirementsText({ tasks, requirements }: SpecDocument): string {
  const [first] = requirements;
  if (!first) return "";
  if (tasks.length === 0) {
    const rows = requirements.map(({ id, title, criterion, line }) => {
      const indent = criterion ? "  " : "";
      return `  ${String(line).padStart(4)}  ${indent}${plain(id)}${title === "" ? "" : `  ${clip(plain(title), 100)}`}`;
    });
    return rows.join("\n");
  }
  const named = new Set(tasks.flatMap((task) => task.requirements));
  const criteria = requirements.filter(({ criterion }) => criterion);
  const missing = criteria.filter(({ id }) => !referencesTo(id).some((reference) => named.has(reference)));
  const told = missing.length === 0 ? "tasks refer to all of them" : `no task refers to ${missing.length} of them`;
  return criteria.length === 0 ? "" : `Criteria in ${plain(first.path)}: ${criteria.length}, ${told}`;
}

/** What a step serves, a line each: the id, and its words where a file has them. */
export function servedLines(step: PlanStep, plan: Plan): string[] {
  const titles = new Map(plan.requirements.map(({ id, title }) => [id, title]));
  return step.requirements.map((id) => {
    const title = titles.get(id) ?? "";
    return `serves ${plain(id)}${title === "" ? "" : `: ${clip(plain(title), 100)}`}`;
  });
}
