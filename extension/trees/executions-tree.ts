import type { StepDetail } from "../../schemas/execution.ts";
import { plain } from "../plain-text.ts";
import { folderEntry, moreEntry } from "./execution-items.ts";
import { ExecutionList } from "./execution-list.ts";
import { ExecutionSteps } from "./execution-steps.ts";
import { long, short } from "./figures.ts";
import { NodeTree, type Changed, type TreeNode } from "./node-tree.ts";
import { lines, spokenOf, type Entry, type Localizer } from "./row.ts";
import { artifactEntry, attemptEntry } from "./step-items.ts";
import type { TreeFolder } from "./tree-folder.ts";

export interface TreePorts {
  readonly folders: () => readonly TreeFolder[];
  /** Wall time in milliseconds. */
  readonly now: () => number;
  readonly l10n: Localizer;
  tell(changed: Changed): void;
}

/** Steps that are shown at once. */
const STEP_PAGE = 1_000;
/**
 * Executions, their steps, attempts and artifacts. Each level is fetched when somebody opens it; what is open and goes on is
 * followed while the tree is visible.
 */
export class ExecutionsTree {
  readonly #ports: TreePorts;
  readonly #tree: NodeTree;
  readonly #list: ExecutionList;
  readonly #steps = new Map<TreeNode, ExecutionSteps>();
  readonly #shownSteps = new Map<TreeNode, number>();
  readonly #details = new Map<TreeNode, StepDetail>();
  readonly #open = new Set<TreeNode>();
  #isVisible = true;

  constructor(ports: TreePorts) {
    this.#ports = ports;
    this.#tree = new NodeTree(ports.now, ports.tell);
    this.#list = new ExecutionList(ports.now, ports.l10n);
    this.#placeAll();
  }

  get changes() {
    return this.#tree.changes;
  }

  tick(): void {
    this.#tree.tick();
  }

  /** Never rejects: what cannot be read is a row that says so. */
  async children(node?: TreeNode): Promise<readonly TreeNode[]> {
    if (node === undefined) return this.#tree.roots;
    this.#open.add(node);
    try {
      if (node.children === null || isKind(node, "execution")) await this.#fetch(node);
    } catch (error) {
      this.#tree.place(node, [this.#failureEntry(node, error)]);
    }
    return node.children ?? [];
  }

  /** The model of a folder changed, or there are other folders. */
  update(): void {
    this.#placeAll();
    this.#renewOpen();
    this.#tree.flush();
  }

  setVisible(isVisible: boolean): void {
    if (this.#isVisible === isVisible) return;
    this.#isVisible = isVisible;
    if (isVisible) this.update();
    else for (const steps of this.#steps.values()) steps.unwatch();
  }

  expanded(node: TreeNode): void {
    this.#open.add(node);
    this.#renewOpen();
  }

  collapsed(node: TreeNode): void {
    this.#open.delete(node);
    this.#steps.get(node)?.unwatch();
  }

  /** Shows more of the list that this row ends. */
  async showMore(node: TreeNode): Promise<void> {
    const { parent } = node;
    if (parent !== null && isKind(parent, "execution")) {
      this.#shownSteps.set(parent, this.#shownCount(parent) + STEP_PAGE);
      this.#placeSteps(parent);
    } else {
      const folder = this.#folder(node.folder);
      if (folder !== undefined) await this.#list.showOlder(folder);
      this.#placeAll();
    }
    this.#tree.flush();
  }

  /** Asks for everything anew. */
  refresh(): void {
    for (const steps of this.#steps.values()) steps.expire();
    this.#details.clear();
    for (const node of [...this.#tree.nodes()]) if (isKind(node, "step")) node.children = null;
    this.#placeAll();
    this.#ports.tell("all");
  }

  dispose(): void {
    for (const steps of this.#steps.values()) steps.dispose();
    this.#steps.clear();
  }

  #folder(uri: string): TreeFolder | undefined {
    return this.#ports.folders().find((one) => one.uri === uri);
  }

  #placeAll(): void {
    const folders = this.#ports.folders();
    const filled = folders.filter(({ view }) => (view?.executions.length ?? 0) > 0);
    if (folders.length > 1) {
      this.#tree.placeRoots(filled.map((one) => folderEntry(one.uri, one.name, () => this.#tally(one))));
      for (const node of this.#tree.roots) {
        const folder = this.#folder(node.folder);
        if (folder !== undefined) this.#tree.place(node, this.#list.entries(folder));
      }
    } else {
      this.#tree.placeRoots(filled.flatMap((one) => this.#list.entries(one)));
    }
    this.#forgetLost();
  }

  /** How many of a folder's executions have not ended. */
  #tally({ view }: TreeFolder): string {
    const { l10n } = this.#ports;
    const active = view?.progress.length ?? 0;
    return active === 0 ? "" : active === 1 ? l10n.t("1 active") : l10n.t("{0} active", active);
  }

  async #fetch(node: TreeNode): Promise<void> {
    if (isKind(node, "execution")) {
      await this.#stepsOf(node)?.watch();
      this.#placeSteps(node);
      this.#tree.flush();
    } else if (isKind(node, "step")) {
      await this.#fetchAttempts(node);
    } else if (isKind(node, "attempt")) {
      this.#placeArtifacts(node);
    }
  }

  #standing({ folder: uri, executionId }: TreeNode): string {
    const folder = this.#folder(uri);
    const summary = folder && this.#list.find(folder, executionId ?? "");
    return `${summary?.status ?? ""} ${summary?.completedAt ?? ""} ${summary?.planId ?? ""}`;
  }

  #stepsOf(node: TreeNode): ExecutionSteps | undefined {
    const known = this.#steps.get(node);
    const folder = this.#folder(node.folder);
    if (known !== undefined || folder === undefined || node.executionId === undefined) return known;
    const steps = new ExecutionSteps({
      folder,
      executionId: node.executionId,
      now: this.#ports.now,
      l10n: this.#ports.l10n,
      standing: () => this.#standing(node),
      onChange: (stepIds) => {
        this.#placeSteps(node);
        this.#renewAttempts(node, stepIds);
        this.#tree.flush();
      },
      onFailure: (error) => {
        this.#tree.place(node, [this.#failureEntry(node, error)]);
        this.#tree.flush();
      },
    });
    this.#steps.set(node, steps);
    return steps;
  }

  #shownCount(node: TreeNode): number {
    return this.#shownSteps.get(node) ?? STEP_PAGE;
  }

  #placeSteps(node: TreeNode): void {
    const steps = this.#steps.get(node);
    if (steps === undefined) return;
    const entries = steps.entries(this.#shownCount(node));
    const left = steps.size - entries.length;
    if (left > 0) {
      const label = this.#ports.l10n.t("Show {0} more ({1} left)", Math.min(left, STEP_PAGE), left);
      entries.push(moreEntry(`${node.id}|more`, { folder: node.folder }, label));
    }
    this.#tree.place(node, entries);
  }

  async #fetchAttempts(node: TreeNode): Promise<void> {
    const { executionId, stepId } = node;
    const folder = this.#folder(node.folder);
    if (folder === undefined || executionId === undefined || stepId === undefined) return;
    const detail = await folder.step(executionId, stepId);
    this.#details.set(node, detail);
    const place = { folder: node.folder, executionId, stepId };
    const newestFirst = detail.attempts.toReversed();
    this.#tree.place(
      node,
      newestFirst.map((attempt) => attemptEntry(place, attempt, this.#ports.l10n)),
    );
    for (const attempt of node.children ?? []) if (attempt.children !== null) this.#placeArtifacts(attempt);
  }

  #placeArtifacts(node: TreeNode): void {
    const { parent, executionId, stepId } = node;
    if (parent === null || executionId === undefined || stepId === undefined) return;
    const attempt = this.#details.get(parent)?.attempts.find((one) => node.id === `${parent.id}|${one.attempt}`);
    const place = { folder: node.folder, executionId, stepId };
    const artifacts = attempt?.artifacts ?? [];
    this.#tree.place(
      node,
      artifacts.map((one) => artifactEntry(place, attempt?.attempt ?? 0, one, this.#ports.l10n)),
    );
  }

  /** Fetches the attempts of these steps anew where they are open; the others when somebody opens them. */
  #renewAttempts(node: TreeNode, stepIds: readonly string[]): void {
    const changed = new Set(stepIds);
    for (const step of node.children ?? []) {
      if (step.children === null || !changed.has(step.stepId ?? "")) continue;
      if (!this.#open.has(step)) {
        this.#tree.forget(step);
        continue;
      }
      this.#fetchAttempts(step).then(
        () => this.#tree.flush(),
        // The next change tries again, and so does the person.
        () => this.#tree.forget(step),
      );
    }
  }

  /** Takes up what is open and was left alone, or has gone on since. */
  #renewOpen(): void {
    if (!this.#isVisible) return;
    for (const [node, steps] of this.#steps) {
      if (!this.#open.has(node) || steps.isCurrent) continue;
      steps.watch().then(
        () => {
          this.#placeSteps(node);
          this.#renewAttempts(
            node,
            (node.children ?? []).map((one) => one.stepId ?? ""),
          );
          this.#tree.flush();
        },
        (error: unknown) => {
          this.#tree.place(node, [this.#failureEntry(node, error)]);
          this.#tree.flush();
        },
      );
    }
  }

  /** Lets go of what the tree does not have any more. */
  #forgetLost(): void {
    const there = new Set(this.#tree.nodes());
    for (const [node, steps] of this.#steps) {
      if (there.has(node)) continue;
      steps.dispose();
      this.#steps.delete(node);
      this.#shownSteps.delete(node);
    }
    for (const node of this.#details.keys()) if (!there.has(node)) this.#details.delete(node);
    for (const node of this.#open) if (!there.has(node)) this.#open.delete(node);
  }

  #failureEntry(node: TreeNode, error: unknown): Entry {
    const message = plain(error instanceof Error ? error.message : String(error));
    const label = this.#ports.l10n.t("Could not be read");
    return {
      id: `${node.id}|failure`,
      target: { folder: node.folder },
      draw: () => ({
        label,
        description: short(message),
        icon: { id: "warning", color: "planwright.failed" },
        tooltip: lines(label, long(message), this.#ports.l10n.t("Select it to try again.")),
        context: ["failure"],
        children: "none",
        spoken: spokenOf(label, message),
        command: "planwright.refresh",
        changes: "never",
      }),
    };
  }
}

function isKind(node: TreeNode, kind: string): boolean {
  return node.row.context[0] === kind;
}
