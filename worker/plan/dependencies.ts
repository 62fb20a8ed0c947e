import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { addBarriers } from "./barriers.ts";
import { gatherLargeSets } from "./gathering.ts";
import { TaskTree } from "./task-tree.ts";
import type { DependencyGraph, StepNode, WaitSet } from "./waits.ts";

/** Turns places in the file and stated needs into dependencies between steps (semantics, Specs). */
export function findDependencies(
  spec: Pick<SpecDocument, "tasks" | "checkpoints">,
  needs: ReadonlyMap<string, readonly SpecTask[]>,
): DependencyGraph {
  const tree = new TaskTree(spec.tasks, needs);
  const starts = new StartSets(tree, needs);
  const nodes: StepNode[] = tree.steps.map((task) => ({ task, sets: starts.setsOf(task) }));
  addBarriers(tree, spec.checkpoints, nodes);
  return gatherLargeSets(tree, nodes);
}

/** The sets that a task's subtree starts after, made once for each place so that they can be shared. */
class StartSets {
  readonly #tree: TaskTree;
  readonly #needs: ReadonlyMap<string, readonly SpecTask[]>;
  readonly #starts = new Map<string, WaitSet[]>();
  readonly #belowParent = new Map<string, WaitSet[]>();
  readonly #ofOrder = new Map<SpecTask["order"], WaitSet>();
  readonly #ofNeed = new Map<string, WaitSet>();

  constructor(tree: TaskTree, needs: ReadonlyMap<string, readonly SpecTask[]>) {
    this.#tree = tree;
    this.#needs = needs;
  }

  /** What the step of a task waits for. */
  setsOf(task: SpecTask): WaitSet[] {
    const children = this.#tree.lastChildren(task);
    if (children.length === 0) return [...this.#startOf(task)];
    const waits = children
      .flatMap((child) => this.#tree.endsOf(child))
      .map((step) => ({ step, reason: "runs after its children" }));
    const ownNeeds = (this.#needs.get(task.id) ?? []).map((target) => this.#needSet(target));
    const ofChildren = { waits, stated: false, label: `Everything in "${task.title}"`, checkpoint: null };
    return [...ownNeeds, ofChildren].filter((set) => set.waits.length > 0);
  }

  #startOf(task: SpecTask): WaitSet[] {
    const known = this.#starts.get(task.id);
    if (known) return known;
    const stated = this.#needs.get(task.id);
    const own = stated ? stated.map((target) => this.#needSet(target)) : [this.#orderSet(task)];
    const sets = own.filter((set) => set.waits.length > 0);
    // What a sibling waits for, it waits for on behalf of all that follow it; only the others have to look to the parent.
    const parent = this.#tree.parentOf(task);
    if (parent && (stated || sets.length === 0)) sets.push(...this.#below(parent));
    this.#starts.set(task.id, sets);
    return sets;
  }

  /** The sets of a parent as its children have them, with reasons that name the parent. */
  #below(parent: SpecTask): WaitSet[] {
    const known = this.#belowParent.get(parent.id);
    if (known) return known;
    const sets = this.#startOf(parent).map((set): WaitSet => {
      const waits = set.waits.map(({ step, reason }) => ({
        step,
        reason: reason.startsWith("its parent") ? reason : `its parent "${parent.title}" ${reason}`,
      }));
      return { waits, stated: false, label: set.label, checkpoint: null };
    });
    this.#belowParent.set(parent.id, sets);
    return sets;
  }

  #needSet(target: SpecTask): WaitSet {
    const known = this.#ofNeed.get(target.id);
    if (known) return known;
    const whole = target.runs ? "" : ` of "${target.title}", which it needs as a whole`;
    const waits = this.#tree
      .endsOf(target)
      .map((step) => ({ step, reason: whole === "" ? "needs it, as stated" : `needs this part${whole}` }));
    const set = { waits, stated: true, label: `Everything in "${target.title}"`, checkpoint: null };
    this.#ofNeed.set(target.id, set);
    return set;
  }

  #orderSet(task: SpecTask): WaitSet {
    const known = this.#ofOrder.get(task.order);
    if (known) return known;
    const waits = task.order.flatMap(({ task: id, reason }) => {
      const before = this.#tree.task(id);
      return before ? this.#tree.endsOf(before).map((step) => ({ step, reason })) : [];
    });
    const set = { waits, stated: false, label: `Everything before "${task.title}"`, checkpoint: null };
    this.#ofOrder.set(task.order, set);
    return set;
  }
}
