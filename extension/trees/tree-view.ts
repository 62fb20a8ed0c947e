import * as vscode from "vscode";
import type { Changed, TreeNode } from "./node-tree.ts";
import type { Icon, Row } from "./row.ts";

/** A tree without an editor: what `TreeView` shows. */
export interface TreeContent {
  children(node?: TreeNode): Promise<readonly TreeNode[]> | readonly TreeNode[];
  /** How soon a row looks different although nothing happens. */
  readonly changes: Row["changes"];
  /** Draws what time has changed. */
  tick(): void;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * Shows a tree's content in a view. The content is made when VS Code asks for the first row, so that a view that nobody opens costs
 * nothing. Time passes for it only while it is visible.
 */
export class ContentProvider<Content extends TreeContent>
  implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable
{
  readonly #changed = new vscode.EventEmitter<TreeNode[] | undefined>();
  readonly #load: (tell: (changed: Changed) => void) => Promise<Content>;
  readonly #ready: () => Promise<void>;
  #loading: Promise<Content> | null = null;
  #content: Content | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isVisible = true;
  #disposed = false;
  readonly onDidChangeTreeData = this.#changed.event;

  /** `ready` resolves when the top of the tree can be shown. */
  constructor(load: (tell: (changed: Changed) => void) => Promise<Content>, ready: () => Promise<void>) {
    this.#load = load;
    this.#ready = ready;
  }

  /** What there is, once somebody has asked for it. */
  get content(): Content | null {
    return this.#content;
  }

  async loaded(): Promise<Content> {
    this.#loading ??= this.#load((changed) => {
      this.#changed.fire(changed === "all" ? undefined : [...changed]);
    });
    this.#content = await this.#loading;
    return this.#content;
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    const content = await this.loaded();
    if (node === undefined) await this.#ready();
    const children = [...(await content.children(node))];
    this.keepTime();
    return children;
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return itemOf(node);
  }

  /** Tooltips are made when somebody hovers: that halves what a long list has to carry. */
  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    item.tooltip = node.row.tooltip;
    return item;
  }

  getParent(node: TreeNode): TreeNode | null {
    return node.parent;
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    if (isVisible) this.#content?.tick();
    this.keepTime();
  }

  /** Ticks once a second where something runs, once a minute where ages are shown, and else not at all. */
  keepTime(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const changes = this.#content?.changes ?? "never";
    if (!this.#isVisible || this.#disposed || changes === "never") return;
    this.#timer = setTimeout(
      () => {
        this.#content?.tick();
        this.keepTime();
      },
      changes === "each second" ? SECOND : MINUTE,
    );
  }

  dispose(): void {
    this.#disposed = true;
    this.keepTime();
    this.#changed.dispose();
  }
}

function itemOf(node: TreeNode): vscode.TreeItem {
  const { row } = node;
  const item = new vscode.TreeItem(row.label, STATES[row.children]);
  item.id = node.id;
  item.description = row.description;
  item.contextValue = row.context.join(" ");
  item.accessibilityInformation = { label: row.spoken };
  item.iconPath = iconOf(row.icon);
  if (row.icon.id === "file" && node.path !== undefined) {
    item.resourceUri = vscode.Uri.joinPath(vscode.Uri.parse(node.folder, true), node.path);
  }
  if (row.command !== null) item.command = { command: row.command, title: row.label, arguments: [node] };
  return item;
}

const STATES: Readonly<Record<Row["children"], vscode.TreeItemCollapsibleState>> = {
  none: vscode.TreeItemCollapsibleState.None,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
  open: vscode.TreeItemCollapsibleState.Expanded,
};

function iconOf({ id, color }: Icon): vscode.ThemeIcon {
  if (id === "file") return vscode.ThemeIcon.File;
  return color === null ? new vscode.ThemeIcon(id) : new vscode.ThemeIcon(id, new vscode.ThemeColor(color));
}
