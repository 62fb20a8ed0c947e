import type { TreePorts } from "./executions-tree.ts";
import { limitAsked } from "../budget-words.ts";
import { decisionWaiting, planWaiting, resultWaiting, type Waiting } from "./inbox-items.ts";
import { NodeTree, type TreeNode } from "./node-tree.ts";
import type { TreeFolder } from "./tree-folder.ts";

/** What waits for a person in all folders, oldest first. */
export class InboxTree {
  readonly #ports: TreePorts;
  readonly #tree: NodeTree;

  constructor(ports: TreePorts) {
    this.#ports = ports;
    this.#tree = new NodeTree(ports.now, ports.tell);
    this.#place();
  }

  get changes() {
    return this.#tree.changes;
  }

  /** How many things wait. */
  get count(): number {
    return this.#tree.roots.length;
  }

  children(node?: TreeNode): readonly TreeNode[] {
    return node === undefined ? this.#tree.roots : [];
  }

  update(): void {
    this.#place();
    this.#tree.flush();
  }

  tick(): void {
    this.#tree.tick();
  }

  #place(): void {
    const folders = this.#ports.folders();
    const waiting = folders.flatMap((folder) => this.#waitingIn(folder, folders.length > 1));
    waiting.sort((one, other) => one.since.localeCompare(other.since));
    this.#tree.placeRoots(waiting.map(({ entry }) => entry));
  }

  #waitingIn({ uri, name, view }: TreeFolder, isOneOfSeveral: boolean): Waiting[] {
    if (view === null) return [];
    const { l10n } = this.#ports;
    const place = { folder: uri, name: isOneOfSeveral ? name : null };
    const titles = new Map(view.executions.map(({ executionId, title }) => [executionId, title]));
    return [
      ...view.decisions.map((one) => {
        const asking = { execution: titles.get(one.executionId) ?? null, limit: limitAsked(one, view.limits) };
        return decisionWaiting(place, one, asking, l10n);
      }),
      ...view.executions.filter(({ result }) => result === "ready").map((one) => resultWaiting(place, one, l10n)),
      ...view.plans.map((one) => planWaiting(place, one, l10n)),
    ];
  }
}
