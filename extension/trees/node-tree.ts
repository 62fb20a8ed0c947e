import type { Decision } from "../../schemas/decision.ts";
import type { Entry, Row, Target } from "./row.ts";

/**
 * An element of a tree. It stays the same object as long as the thing that it stands for is there, so that VS Code keeps it
 * selected and expanded; its row changes. It carries what it stands for in fields of its own, where commands look for it.
 */
export class TreeNode implements Target {
  declare readonly folder: string;
  declare readonly executionId?: string;
  declare readonly stepId?: string;
  declare readonly planId?: string;
  declare readonly specPath?: string;
  declare readonly path?: string;
  declare readonly agentId?: string;
  declare readonly line?: number;
  declare readonly pid?: number;
  declare readonly decision?: Decision;
  readonly id: string;
  readonly parent: TreeNode | null;
  row: Row;
  /** Null: nobody has asked for them yet. */
  children: readonly TreeNode[] | null = null;
  draw: Entry["draw"];
  #target: Target;
  /** When VS Code was last told that it changed, in milliseconds of the tree's clock. */
  toldAt = Number.NEGATIVE_INFINITY;

  constructor(entry: Entry, parent: TreeNode | null, now: number) {
    this.id = entry.id;
    this.parent = parent;
    this.draw = entry.draw;
    this.row = entry.draw(now);
    this.#target = entry.target;
    Object.assign(this, entry.target);
  }

  /** The thing is the same, and more or other is known of it. */
  renew({ draw, target }: Entry): void {
    this.draw = draw;
    this.#target = target;
    Object.assign(this, target);
  }

  /** What it stands for, where an element is sent on: parents and children would go round in circles. */
  toJSON(): Target {
    return this.#target;
  }
}

/** What changed: these elements with what is below them, or the whole tree. */
export type Changed = readonly TreeNode[] | "all";

/**
 * VS Code fetches everything below an element that changed once more. Where that is much, its own row (time, counts) is renewed
 * more seldom, the more there is; what stands below it is told by itself.
 */
const MANY_CHILDREN = 100;
const PAUSE_A_CHILD_MS = 20;

/** The elements that were shown so far, kept up with the data: tells which of them look different, and no others. */
export class NodeTree {
  #roots: readonly TreeNode[] = [];
  #isPlaced = false;
  readonly #now: () => number;
  readonly #tell: (changed: Changed) => void;
  readonly #different = new Set<TreeNode>();
  #all = false;

  constructor(now: () => number, tell: (changed: Changed) => void) {
    this.#now = now;
    this.#tell = tell;
  }

  get roots(): readonly TreeNode[] {
    return this.#roots;
  }

  /** Sets the top of the tree. The first time nobody is told: nobody has seen another one. */
  placeRoots(entries: readonly Entry[]): void {
    const placed = this.#placed(this.#roots, entries, null);
    if (this.#isPlaced && !isSameList(placed, this.#roots)) this.#all = true;
    this.#isPlaced = true;
    this.#roots = placed;
  }

  /** Sets what is below a node. The first time nobody is told: whoever asked gets it as the answer. */
  place(parent: TreeNode, entries: readonly Entry[]): void {
    const before = parent.children;
    const placed = this.#placed(before ?? [], entries, parent);
    if (before !== null && !isSameList(placed, before)) {
      this.#different.add(parent);
      parent.toldAt = Number.NEGATIVE_INFINITY;
    }
    parent.children = placed;
  }

  /** Forgets what is below a node: it is asked for anew when somebody looks. */
  forget(parent: TreeNode): void {
    parent.children = null;
    this.#different.add(parent);
    parent.toldAt = Number.NEGATIVE_INFINITY;
  }

  /** Draws the rows that look different because time has passed. */
  tick(): void {
    const now = this.#now();
    for (const node of this.nodes()) if (node.row.changes !== "never") this.#redraw(node, now);
    this.flush();
  }

  /** Whoever asked for the top of the tree gets everything as it is now. */
  answered(): readonly TreeNode[] {
    this.#all = false;
    this.#different.clear();
    return this.#roots;
  }

  /** Tells what became different since the last time. */
  flush(): void {
    const now = this.#now();
    if (this.#all) {
      this.#all = false;
      this.#different.clear();
      this.#tell("all");
      return;
    }
    const told = [...this.#different].filter((node) => mayTell(node, now));
    for (const node of told) {
      this.#different.delete(node);
      node.toldAt = now;
    }
    if (told.length > 0) this.#tell(told);
  }

  /** How soon a row that is there looks different by itself. */
  get changes(): Row["changes"] {
    let soonest: Row["changes"] = this.#different.size > 0 ? "each second" : "never";
    for (const { row } of this.nodes()) {
      if (row.changes === "each second") return "each second";
      if (row.changes === "each minute") soonest = soonest === "never" ? "each minute" : soonest;
    }
    return soonest;
  }

  /** All that are there, parents first. */
  *nodes(below: readonly TreeNode[] = this.#roots): Generator<TreeNode> {
    for (const node of below) {
      yield node;
      if (node.children !== null) yield* this.nodes(node.children);
    }
  }

  #placed(before: readonly TreeNode[], entries: readonly Entry[], parent: TreeNode | null): TreeNode[] {
    const now = this.#now();
    const known = new Map(before.map((node) => [node.id, node]));
    return entries.map((entry) => {
      const node = known.get(entry.id);
      if (node === undefined) return new TreeNode(entry, parent, now);
      // Whoever keeps an entry says that the thing is as it was.
      if (node.draw === entry.draw && node.row.changes === "never") return node;
      node.renew(entry);
      this.#redraw(node, now);
      return node;
    });
  }

  #redraw(node: TreeNode, now: number): void {
    const row = node.draw(now);
    if (isSameRow(row, node.row)) return;
    // Another state, or other things to do, is told at once.
    if (!isSameList(row.context, node.row.context)) node.toldAt = Number.NEGATIVE_INFINITY;
    node.row = row;
    this.#different.add(node);
  }
}

function mayTell({ children, toldAt }: TreeNode, now: number): boolean {
  const below = children?.length ?? 0;
  return below <= MANY_CHILDREN || now - toldAt >= below * PAUSE_A_CHILD_MS;
}

function isSameList<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

function isSameRow(one: Row, other: Row): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
