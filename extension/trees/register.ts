import * as vscode from "vscode";
import type { Parts } from "../parts.ts";
import { plain } from "../plain-text.ts";
import type { AgentsTree } from "./agents-tree.ts";
import { DEFAULT_DAYS } from "./budget-days.ts";
import type { BudgetTree } from "./budget-tree.ts";
import type { ExecutionsTree, TreePorts } from "./executions-tree.ts";
import type { InboxTree } from "./inbox-tree.ts";
import type { Changed, TreeNode } from "./node-tree.ts";
import { healthSummary } from "./health-summary.ts";
import { FirstView } from "./first-view.ts";
import { treeFolder } from "./session-folder.ts";
import type { TreeFolder } from "./tree-folder.ts";
import { ContentProvider, type TreeContent } from "./tree-view.ts";

const shown = new Set<Trees>();

/** The four trees of the container. What they show is loaded when the first of their rows is asked for. */
export function registerTrees(parts: Parts): vscode.Disposable {
  return new Trees(parts);
}

/** Asks for everything anew. */
export async function refreshTrees(): Promise<void> {
  for (const trees of shown) await trees.refresh();
}

/** Over how many days the budget view shows what was spent. */
export function budgetDays(): number {
  return [...shown][0]?.budgetDays ?? DEFAULT_DAYS;
}

export function showBudgetOf(days: number): void {
  for (const trees of shown) trees.showBudgetOf(days);
}

class Trees implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #executions: ContentProvider<ExecutionsTree>;
  readonly #agents: ContentProvider<AgentsTree>;
  readonly #inbox: ContentProvider<InboxTree>;
  readonly #budget: ContentProvider<BudgetTree>;
  readonly #executionsView: vscode.TreeView<TreeNode>;
  readonly #agentsView: vscode.TreeView<TreeNode>;
  readonly #inboxView: vscode.TreeView<TreeNode>;
  readonly #budgetView: vscode.TreeView<TreeNode>;
  readonly #subscriptions: vscode.Disposable;
  /** The same object for the same folder, so that trees can keep it. */
  #folders: readonly TreeFolder[] = [];
  readonly #first = new FirstView(() => this.#folders);
  /** How many connections to workers are asked for at the moment. */
  #waking = 0;
  /** For which notices the agents file was asked about. */
  #askedFor = "";

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#takeFolders();
    const ready = (): Promise<void> => this.#first.settled();
    this.#executions = new ContentProvider(async (tell) => {
      const { ExecutionsTree } = await import("./executions-tree.ts");
      return new ExecutionsTree(this.#ports(tell));
    }, ready);
    this.#agents = new ContentProvider(async (tell) => {
      const { AgentsTree } = await import("./agents-tree.ts");
      return new AgentsTree(this.#ports(tell));
    }, ready);
    this.#inbox = new ContentProvider(async (tell) => {
      const { InboxTree } = await import("./inbox-tree.ts");
      return new InboxTree(this.#ports(tell));
    }, ready);
    this.#budget = new ContentProvider(async (tell) => {
      const { BudgetTree } = await import("./budget-tree.ts");
      return new BudgetTree(this.#ports(tell));
    }, ready);
    this.#executionsView = createView("planwright.executions", this.#executions, true);
    this.#agentsView = createView("planwright.agents", this.#agents, true);
    this.#inboxView = createView("planwright.inbox", this.#inbox, false);
    this.#budgetView = createView("planwright.budget", this.#budget, true);
    this.#subscriptions = vscode.Disposable.from(
      ...[this.#executions, this.#agents, this.#inbox, this.#budget],
      ...[this.#executionsView, this.#agentsView, this.#inboxView, this.#budgetView],
      this.#follow(this.#executionsView, this.#executions, (content, isVisible) => {
        content.setVisible(isVisible);
      }),
      this.#follow(this.#agentsView, this.#agents),
      this.#follow(this.#inboxView, this.#inbox),
      this.#follow(this.#budgetView, this.#budget, (content, isVisible) => {
        content.setVisible(isVisible);
      }),
      this.#executionsView.onDidExpandElement(({ element }) => this.#executions.content?.expanded(element)),
      this.#executionsView.onDidCollapseElement(({ element }) => this.#executions.content?.collapsed(element)),
      vscode.commands.registerCommand("planwright.showMore", async (node: TreeNode) => {
        await this.#executions.content?.showMore(node).catch((error: unknown) => this.#complain(error));
      }),
      // A person asks, so the worker is started also where nothing is recorded yet.
      vscode.commands.registerCommand("planwright.findAgents", async () => {
        for (const { link } of parts.session.folders) await link.connect().catch((error) => this.#complain(error));
      }),
      parts.session.onDidChangeFolders(() => {
        this.#takeFolders();
      }),
      parts.session.onDidChange(() => {
        this.#update();
      }),
    );
    shown.add(this);
    this.#update();
  }

  async refresh(): Promise<void> {
    this.#askedFor = "";
    this.#executions.content?.refresh();
    await this.#agents.content?.refresh();
    await this.#budget.content?.refresh();
    this.#update();
  }

  get budgetDays(): number {
    return this.#budget.content?.days ?? DEFAULT_DAYS;
  }

  showBudgetOf(days: number): void {
    this.#budget.content?.setDays(days);
    this.#budget.keepTime();
  }

  dispose(): void {
    shown.delete(this);
    this.#executions.content?.dispose();
    this.#first.update();
    this.#subscriptions.dispose();
  }

  #ports(tell: (changed: Changed) => void): TreePorts {
    return { folders: () => this.#folders, now: () => Date.now(), l10n: vscode.l10n, tell };
  }

  #takeFolders(): void {
    this.#folders = this.#parts.session.folders.map((one) => treeFolder(one, () => this.#waking > 0));
  }

  /** Wakes the workers of folders with a record when somebody looks at the view, and lets time pass for it. */
  #follow<Content extends TreeContent>(
    view: vscode.TreeView<TreeNode>,
    provider: ContentProvider<Content>,
    onVisible: (content: Content, isVisible: boolean) => void = () => {},
  ): vscode.Disposable {
    const look = (isVisible: boolean): void => {
      provider.setVisible(isVisible);
      if (provider.content !== null) onVisible(provider.content, isVisible);
      if (isVisible) this.#wake();
    };
    look(view.visible);
    return view.onDidChangeVisibility(({ visible }) => {
      look(visible);
    });
  }

  #wake(): void {
    this.#waking += 1;
    this.#parts.session
      .wake()
      .catch((error: unknown) => this.#complain(error))
      .finally(() => {
        this.#waking -= 1;
        this.#first.update();
      });
  }

  #update(): void {
    this.#first.update();
    this.#executions.content?.update();
    this.#agents.content?.update();
    this.#inbox.content?.update();
    this.#budget.content?.update();
    for (const provider of [this.#executions, this.#agents, this.#inbox, this.#budget]) provider.keepTime();
    this.#showBadge();
    this.#showMessages();
  }

  /** The badge shows before anybody has opened the view. */
  #showBadge(): void {
    const waits = ({ view }: TreeFolder): number => (view?.decisions.length ?? 0) + (view?.plans.length ?? 0);
    const count = this.#folders.reduce((sum, folder) => sum + waits(folder), 0);
    if (count === (this.#inboxView.badge?.value ?? 0)) return;
    const { t } = vscode.l10n;
    const tooltip = count === 1 ? t("1 thing waits for you") : t("{0} things wait for you", count);
    this.#inboxView.badge = count === 0 ? undefined : { value: count, tooltip };
  }

  /** What no row tells: that the worker cannot be reached although there is something to see, and what happened to the record. */
  #showMessages(): void {
    const { session } = this.#parts;
    const isLost = session.folders.some(({ model }) => model.link.kind === "lost" && model.view !== null);
    const lost = isLost ? [vscode.l10n.t("The worker cannot be reached. This is what was true when it was lost.")] : [];
    const notices = this.#folders.flatMap(({ view }) => view?.notices ?? []);
    setMessage(this.#executionsView, [...lost, ...notices]);
    setMessage(this.#inboxView, lost);
    const agents = this.#folders.flatMap(({ view }) => view?.agents ?? []);
    setDescription(this.#agentsView, healthSummary(agents, vscode.l10n));
    if (this.#askedFor === notices.join("\n")) return;
    this.#askedFor = notices.join("\n");
    if (notices.length === 0) setMessage(this.#agentsView, []);
    else this.#showProblems().catch((error: unknown) => this.#complain(error));
  }

  /** Of all notices, those about the agents file belong to the agents, too. */
  async #showProblems(): Promise<void> {
    const problems = await Promise.all(this.#folders.map((folder) => folder.agentProblems()));
    setMessage(this.#agentsView, problems.flat());
  }

  #complain(error: unknown): void {
    this.#parts.output.error(error instanceof Error ? error : String(error));
  }
}

function createView(
  id: string,
  treeDataProvider: vscode.TreeDataProvider<TreeNode>,
  showCollapseAll: boolean,
): vscode.TreeView<TreeNode> {
  return vscode.window.createTreeView(id, { treeDataProvider, showCollapseAll });
}

function setDescription(view: vscode.TreeView<TreeNode>, description: string): void {
  if ((view.description ?? "") !== description) view.description = description;
}

function setMessage(view: vscode.TreeView<TreeNode>, sentences: readonly string[]): void {
  const message = sentences.map(plain).join(" ");
  if ((view.message ?? "") !== message) view.message = message;
}
