import type { StepGlance } from "../../schemas/execution.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";

/** A line of the list: the heading of a section, or a step. */
export type Row =
  | {
      readonly kind: "section";
      readonly key: string;
      readonly title: string;
      readonly steps: number;
      readonly open: boolean;
    }
  | {
      readonly kind: "step";
      readonly key: string;
      readonly step: PlanStep;
      readonly number: number;
      readonly level: 1 | 2;
    };

export type SortKey = "plan" | "title" | "agent" | "cost" | "time" | "state";

export interface RowOptions {
  readonly sort: SortKey;
  readonly descending: boolean;
  /** Sections that are folded up, by key. */
  readonly folded: ReadonlySet<string>;
  readonly glances: ReadonlyMap<string, StepGlance>;
}

/** In plan order the steps stand below their sections, where the spec has any; in other orders they stand alone. */
export function rowsOf(plan: Plan, options: RowOptions): Row[] {
  const numbered = plan.steps.map((step, index) => ({ step, number: index + 1 }));
  if (options.sort !== "plan") return sorted(numbered, options).map((entry) => stepRow(entry, 1));
  const inOrder = options.descending ? numbered.toReversed() : numbered;
  const common = commonHeadings(plan);
  if (plan.steps.every(({ section }) => section.length === common)) return inOrder.map((entry) => stepRow(entry, 1));
  const rows: Row[] = [];
  for (const group of consecutive(inOrder, common)) {
    const open = !options.folded.has(group.key);
    rows.push({ kind: "section", key: group.key, title: group.title, steps: group.entries.length, open });
    if (open) rows.push(...group.entries.map((entry) => stepRow(entry, 2)));
  }
  return rows;
}

interface Numbered {
  readonly step: PlanStep;
  readonly number: number;
}

function stepRow({ step, number }: Numbered, level: 1 | 2): Row {
  return { kind: "step", key: `step ${step.id}`, step, number, level };
}

/** How many headings stand above all steps alike, such as the title of the spec: they tell nothing here. */
function commonHeadings({ steps }: Plan): number {
  const [first] = steps;
  const isCommon = (depth: number): boolean => steps.every(({ section }) => section[depth] === first?.section[depth]);
  let depth = 0;
  while (depth < (first?.section.length ?? 0) && isCommon(depth)) depth += 1;
  return depth;
}

/** Steps that follow one another and have the same headings above them. */
function consecutive(
  entries: readonly Numbered[],
  common: number,
): { key: string; title: string; entries: Numbered[] }[] {
  const groups: { key: string; title: string; entries: Numbered[] }[] = [];
  for (const entry of entries) {
    const title = entry.step.section.slice(common).join(" › ");
    const last = groups.at(-1);
    if (last?.title === title) last.entries.push(entry);
    else groups.push({ key: `section ${entry.number} ${title}`, title, entries: [entry] });
  }
  return groups;
}

function sorted(entries: readonly Numbered[], { sort, descending, glances }: RowOptions): Numbered[] {
  const sign = descending ? -1 : 1;
  const key = ({ step }: Numbered): number | string => {
    const glance = glances.get(step.id);
    switch (sort) {
      case "plan":
        return 0;
      case "title":
        return step.title.toLowerCase();
      case "agent":
        return (glance?.agent ?? step.agent ?? "").toLowerCase();
      case "cost":
        return (glance === undefined ? step.estimatedCost : glance.cost) ?? -1;
      case "time":
        return glance?.duration ?? step.estimatedDuration ?? -1;
      case "state":
        return STATE_ORDER.indexOf(glance?.status ?? "pending");
    }
  };
  return entries.toSorted((a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left === right) return a.number - b.number;
    return left < right ? -sign : sign;
  });
}

/** What needs a person first. */
const STATE_ORDER: readonly string[] = [
  "failed",
  "waiting",
  "running",
  "ready",
  "pending",
  "completed",
  "skipped",
  "cancelled",
];
