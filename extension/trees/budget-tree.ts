import type { BudgetView } from "../../schemas/budget.ts";
import { byUse } from "../budget-words.ts";
import { DEFAULT_DAYS } from "./budget-days.ts";
import { BUDGET_GROUPS, groupOf, limitEntry, noLimitsEntry, problemEntry, unknownEntry } from "./budget-items.ts";
import { folderEntry } from "./execution-items.ts";
import type { TreePorts } from "./executions-tree.ts";
import { NodeTree, type TreeNode } from "./node-tree.ts";
import type { Entry } from "./row.ts";
import type { TreeFolder } from "./tree-folder.ts";

/** So often at most the breakdowns are asked for, however fast money is spent. In milliseconds. */
const PAUSE_MS = 2_000;

interface Asked {
  /** By the tree's clock. */
  readonly at: number;
  /** What was true of the folder when it was asked for. */
  readonly asOf: string;
  readonly days: number;
  readonly view: BudgetView | null;
  /** Why there is no view; null: there is one. */
  readonly problem: string | null;
}

/**
 * The budget of each folder: its limits as they are now, below them what was spent on what. The limits come with the snapshot of the
 * workspace; the breakdowns are asked for while somebody looks, and anew when money was spent since.
 */
export class BudgetTree {
  readonly #ports: TreePorts;
  readonly #tree: NodeTree;
  readonly #asked = new Map<string, Asked>();
  /** Folders that are asked at the moment; they are looked at once more when the answer is there. */
  readonly #asking = new Map<string, Promise<void>>();
  #days = DEFAULT_DAYS;
  #isVisible = true;
  /** Somebody has seen the top of the tree. */
  #isAnswered = false;

  constructor(ports: TreePorts) {
    this.#ports = ports;
    this.#tree = new NodeTree(ports.now, ports.tell);
    this.#place();
  }

  get changes() {
    // What may not be asked for yet is asked for a moment later.
    const isLate = this.#isVisible && this.#ports.folders().some((folder) => !this.#isCurrent(folder));
    return isLate ? "each second" : this.#tree.changes;
  }

  /** How far back the breakdowns go. */
  get days(): number {
    return this.#days;
  }

  /** Never rejects: what cannot be asked for is a row that says so. */
  async children(node?: TreeNode): Promise<readonly TreeNode[]> {
    if (node !== undefined) return node.children ?? [];
    await Promise.all(this.#ports.folders().map((folder) => this.#ask(folder)));
    this.#place();
    // An answer that is given later may be given up by the editor in favour of a newer question; what is told is asked for once more.
    if (this.#isAnswered) this.#tree.flush();
    this.#isAnswered = true;
    return this.#tree.answered();
  }

  update(): void {
    this.#place();
    this.#tree.flush();
    this.#renew();
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    if (isVisible) this.#renew();
  }

  setDays(days: number): void {
    this.#days = days;
    this.#renew();
  }

  /** Asks for everything anew. */
  async refresh(): Promise<void> {
    this.#asked.clear();
    await Promise.all(this.#ports.folders().map((folder) => this.#ask(folder)));
    this.#place();
    this.#ports.tell("all");
  }

  tick(): void {
    this.#tree.tick();
    this.#renew();
  }

  #renew(): void {
    if (!this.#isVisible) return;
    for (const folder of this.#ports.folders()) {
      if (this.#asking.has(folder.uri) || this.#isCurrent(folder) || this.#isTooSoon(folder)) continue;
      this.#ask(folder).then(
        () => {
          this.update();
        },
        () => {},
      );
    }
  }

  #isCurrent(folder: TreeFolder): boolean {
    if (folder.view === null) return true;
    const asked = this.#asked.get(folder.uri);
    return asked !== undefined && asked.asOf === standing(folder) && asked.days === this.#days;
  }

  #isTooSoon({ uri }: TreeFolder): boolean {
    const asked = this.#asked.get(uri);
    return asked !== undefined && asked.days === this.#days && this.#ports.now() - asked.at < PAUSE_MS;
  }

  /** Never rejects. Nothing is asked of a folder whose worker has not told anything. */
  #ask(folder: TreeFolder): Promise<void> {
    if (this.#isCurrent(folder)) return Promise.resolve();
    const before = this.#asking.get(folder.uri);
    if (before !== undefined) return before;
    const asking = this.#fetch(folder).finally(() => this.#asking.delete(folder.uri));
    this.#asking.set(folder.uri, asking);
    return asking;
  }

  async #fetch(folder: TreeFolder): Promise<void> {
    const asked = { at: this.#ports.now(), asOf: standing(folder), days: this.#days };
    try {
      this.#asked.set(folder.uri, { ...asked, view: await folder.budget(asked.days), problem: null });
    } catch (error) {
      // What was known before is true of then; the reason stands above it.
      const view = this.#asked.get(folder.uri)?.view ?? null;
      const problem = error instanceof Error ? error.message : String(error);
      this.#asked.set(folder.uri, { ...asked, view, problem });
    }
  }

  #place(): void {
    const folders = this.#ports.folders();
    if (folders.length === 1) {
      this.#placeBelow(
        null,
        folders.flatMap((folder) => this.#rows(folder)),
      );
      return;
    }
    const filled = folders
      .map((folder) => ({ folder, rows: this.#rows(folder) }))
      .filter(({ rows }) => rows.length > 0);
    this.#tree.placeRoots(filled.map(({ folder: { uri, name } }) => folderEntry(uri, name, () => "")));
    for (const [index, node] of this.#tree.roots.entries()) this.#placeBelow(node, filled[index]?.rows ?? []);
  }

  #placeBelow(parent: TreeNode | null, rows: readonly PlacedRow[]): void {
    const entries = rows.map(({ entry }) => entry);
    if (parent === null) this.#tree.placeRoots(entries);
    else this.#tree.place(parent, entries);
    const nodes = parent === null ? this.#tree.roots : (parent.children ?? []);
    for (const [index, node] of nodes.entries()) {
      const below = rows[index]?.below;
      if (below !== undefined) this.#tree.place(node, below);
    }
  }

  #rows(folder: TreeFolder): PlacedRow[] {
    const { uri, view } = folder;
    if (view === null) return [];
    const { l10n } = this.#ports;
    const asked = this.#asked.get(uri);
    const budget = asked?.view ?? null;
    // Those of the snapshot are there as soon as the file is saved.
    const problems = (view.budgetProblems ?? budget?.problems ?? []).map((one) => problemEntry(uri, one, l10n));
    const unknown = asked?.problem ?? null;
    // Those of the snapshot are newer than those that came with the breakdowns.
    const titles = new Map(view.executions.map(({ executionId, title }) => [executionId, title]));
    const limits = byUse(view.limits).map((limit) =>
      limitEntry(uri, limit, titles.get(limit.executionId ?? "") ?? null, l10n),
    );
    const groups =
      budget === null
        ? []
        : BUDGET_GROUPS.flatMap((group) => {
            const found = groupOf(uri, group, budget, l10n);
            return found === null ? [] : [found];
          });
    const isUnlimited = limits.length === 0 && problems.length === 0 && groups.length > 0;
    return [
      ...[...problems, ...limits].map((entry) => ({ entry })),
      ...(isUnlimited ? [{ entry: noLimitsEntry(uri, l10n) }] : []),
      ...(unknown === null ? [] : [{ entry: unknownEntry(uri, unknown, l10n) }]),
      ...groups,
    ];
  }
}

interface PlacedRow {
  readonly entry: Entry;
  readonly below?: readonly Entry[];
}

/** Changes whenever money was spent or allowed, an execution began or ended, or the limits are other ones. */
function standing({ view }: TreeFolder): string {
  if (view === null) return "";
  const limits = view.limits.map(({ key, limit, allowed, spent }) => [key, limit, allowed, spent]);
  const executions = view.executions.map(({ executionId, status, cost }) => [executionId, status, cost]);
  return JSON.stringify([limits, executions, view.notices]);
}
