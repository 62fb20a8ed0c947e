import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import type { SpecTask } from "../../schemas/spec.ts";
import { nearestId } from "../spec/nearest-name.ts";
import { quoted } from "./quoted.ts";
import { hasPlace } from "./roles/template.ts";
import { NEEDED_BY_REVIEWS } from "./roles/placeholders.ts";
import type { RoleSet } from "./roles/role.ts";

/** What reviews are resolved from. */
export interface ReviewInput {
  readonly steps: readonly PlanStep[];
  /** All tasks of the spec, also those that are done. */
  readonly tasks: readonly SpecTask[];
  /** The tasks that each task states to need. */
  readonly needs: ReadonlyMap<string, readonly SpecTask[]>;
  readonly roles: RoleSet;
}

/**
 * Which step each review looks at: what `reviews` names, else, for a step whose role is stated to be reviewer, the one task directly
 * before it. A review waits for what it looks at, and what builds on that waits for the review. What was done before the plan was made stays named, so that a plan of what is left is
 * the same plan: such a review cannot send back, and fails instead.
 */
export function addReviews(input: ReviewInput): { steps: PlanStep[]; diagnostics: Diagnostic[] } {
  // Most plans have none.
  if (input.tasks.every(({ attributes: { reviews, role } }) => reviews === null && role !== REVIEWER))
    return { steps: [...input.steps], diagnostics: [] };
  const byId = new Map(input.tasks.map((task) => [task.id, task]));
  const parents = new Set(input.tasks.flatMap(({ parent }) => (parent === null ? [] : [parent])));
  const finder = new TaskFinder(input.tasks);
  const reach = new Reach(input.steps);
  const diagnostics: Diagnostic[] = [];
  const steps = input.steps.map((step): PlanStep => {
    const task = byId.get(step.id);
    if (!task) return step;
    const found = reviewedBy(task, { parents, finder, needs: input.needs, byId });
    if (found.kind === "none") return step;
    const problem = found.kind === "wrong" ? found.why : problemOf(step, task, found.task, reach, parents);
    if (problem !== null || found.kind === "wrong") {
      diagnostics.push(wrong(task, problem ?? ""));
      return step;
    }
    // Who reads prompts and reviews is a reviewer, whatever the title says.
    const { role: stated, change } = task.attributes;
    const role = stated ?? (step.role === null ? null : REVIEWER);
    const lacking = lackingPlaces(role, input.roles);
    if (lacking.length > 0) diagnostics.push(wrong(task, `the template of its role ${role ?? ""} has no ${lacking}`));
    const demand = stated === null ? { change: change ?? "optional" } : {};
    return { ...step, ...demand, role, reviews: found.task.id, ...waitingFor(step, found.task, reach) };
  });
  return { steps: waitingForVerdicts(steps, reach), diagnostics };
}

const REVIEWER = "reviewer";

type Found = { kind: "none" } | { kind: "task"; task: SpecTask } | { kind: "wrong"; why: string };

interface Surroundings {
  readonly parents: ReadonlySet<string>;
  readonly finder: TaskFinder;
  readonly needs: ReviewInput["needs"];
  readonly byId: ReadonlyMap<string, SpecTask>;
}

function reviewedBy(task: SpecTask, { parents, finder, needs, byId }: Surroundings): Found {
  const { reviews, role } = task.attributes;
  if (reviews !== null) return finder.find(reviews);
  if (role !== REVIEWER) return { kind: "none" };
  const before = needs.get(task.id) ?? task.order.flatMap(({ task: id }) => byId.get(id) ?? []);
  const [only, another] = before;
  return only && !another && !parents.has(only.id) ? { kind: "task", task: only } : { kind: "none" };
}

function problemOf(
  step: PlanStep,
  task: SpecTask,
  target: SpecTask,
  reach: Reach,
  parents: ReadonlySet<string>,
): string | null {
  if (target.id === task.id) return "it reviews itself: name the task whose work it looks at";
  if (parents.has(target.id) && !target.runs)
    return `it reviews ${quoted(target.title)}, which has parts and no work of its own: name the part whose work it looks at`;
  if (reach.isBefore(step.id, target.id))
    return `it reviews ${quoted(target.title)}, which waits for it: a review comes after what it looks at`;
  return null;
}

function wrong(task: SpecTask, why: string): Diagnostic {
  const message = `${quoted(task.title)} is no good review: ${why}`;
  return { code: "bad-review", severity: "error", message, range: task.range, steps: [task.id] };
}

/** Its agent would not know what to look at, or in which form to answer. */
function lackingPlaces(role: string | null, { templates }: RoleSet): string {
  const text = role === null ? undefined : templates.get(role)?.text;
  if (text === undefined) return "";
  return NEEDED_BY_REVIEWS.filter((name) => !hasPlace(text, name))
    .map((name) => `{{${name}}}`)
    .join(", ");
}

function waitingFor(
  step: PlanStep,
  target: SpecTask,
  reach: Reach,
): Partial<Pick<PlanStep, "dependencies" | "reason">> {
  if (!reach.has(target.id) || reach.isBefore(target.id, step.id)) return {};
  reach.add(step.id, target.id);
  const dependencies = { ...step.reason.dependencies, [target.id]: "it reviews that" };
  return { dependencies: [...step.dependencies, target.id], reason: { ...step.reason, dependencies } };
}

/**
 * What builds on work that a review may send back waits for its verdict, another review of it, too: else it would have used, or approved, what
 * is done anew after that.
 */
function waitingForVerdicts(steps: readonly PlanStep[], reach: Reach): PlanStep[] {
  const dependents = reach.dependents();
  const verdicts = new Map<string, PlanStep[]>();
  for (const review of steps) {
    if (review.reviews === null || review.rounds === 0) continue;
    // The work itself, and what lies between it and the review: all that is done anew.
    const again = new Set([review.reviews]);
    for (const id of again) {
      for (const after of dependents.get(id) ?? []) {
        if (after === review.id) continue;
        if (reach.isBefore(after, review.id)) again.add(after);
        else if (!reach.isDirectlyBefore(review.id, after)) {
          reach.add(after, review.id);
          verdicts.set(after, [...(verdicts.get(after) ?? []), review]);
        }
      }
    }
  }
  return steps.map((step) => {
    const reviews = verdicts.get(step.id);
    if (!reviews) return step;
    const reasons = reviews.map(({ id }) => [id, "it may send back what this builds on"] as const);
    const reason = {
      ...step.reason,
      dependencies: { ...step.reason.dependencies, ...Object.fromEntries(reasons) },
    };
    return { ...step, dependencies: [...step.dependencies, ...reviews.map(({ id }) => id)], reason };
  });
}

/** Which steps wait for which. */
class Reach {
  readonly #dependencies: Map<string, readonly string[]>;

  constructor(steps: readonly PlanStep[]) {
    this.#dependencies = new Map(steps.map(({ id, dependencies }) => [id, dependencies]));
  }

  has(id: string): boolean {
    return this.#dependencies.has(id);
  }

  /** Those that wait directly for each. */
  dependents(): ReadonlyMap<string, readonly string[]> {
    const dependents = new Map<string, string[]>();
    for (const [late, before] of this.#dependencies)
      for (const early of before) {
        const others = dependents.get(early);
        if (others) others.push(late);
        else dependents.set(early, [late]);
      }
    return dependents;
  }

  add(late: string, early: string): void {
    this.#dependencies.set(late, [...(this.#dependencies.get(late) ?? []), early]);
  }

  isDirectlyBefore(early: string, late: string): boolean {
    return this.#dependencies.get(late)?.includes(early) === true;
  }

  /** Whether `late` waits for `early`, directly or over others. */
  isBefore(early: string, late: string): boolean {
    const seen = new Set<string>();
    const open = [late];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      for (const dependency of this.#dependencies.get(id) ?? []) {
        if (dependency === early) return true;
        if (seen.has(dependency)) continue;
        seen.add(dependency);
        open.push(dependency);
      }
    }
    return false;
  }
}

/** Finds a task by its own id, by ours, or by its title. */
class TaskFinder {
  readonly #names: readonly ReadonlyMap<string, readonly SpecTask[]>[];

  constructor(tasks: readonly SpecTask[]) {
    const by = (nameOf: (task: SpecTask) => string | null): ReadonlyMap<string, SpecTask[]> => {
      const named = new Map<string, SpecTask[]>();
      for (const task of tasks) {
        const name = nameOf(task);
        if (name === null) continue;
        const same = named.get(name);
        if (same) same.push(task);
        else named.set(name, [task]);
      }
      return named;
    };
    this.#names = [by(({ ownId }) => ownId), by(({ id }) => id), by(({ title }) => title.toLowerCase())];
  }

  find(word: string): Found {
    const [own, ours, titled] = this.#names;
    const [first, second] = own?.get(word) ?? ours?.get(word) ?? titled?.get(word.toLowerCase()) ?? [];
    if (first && second) {
      const lines = `line ${first.range.line} and line ${second.range.line}`;
      return {
        kind: "wrong",
        why: `it reviews ${quoted(word)}, which stands on ${lines}: give one of them another id`,
      };
    }
    if (first) return { kind: "task", task: first };
    const near = nearestId(word, [...(own?.keys() ?? []), ...(ours?.keys() ?? [])]);
    const advice = near === null ? "write the id of a task" : `did you mean ${quoted(near)}?`;
    return { kind: "wrong", why: `it reviews ${quoted(word)}, which is no task: ${advice}` };
  }
}
