import type { AgentAnalytics } from "../../schemas/agent-analytics.ts";
import { agentDetails, agentEntry } from "./agent-items.ts";
import { folderEntry } from "./execution-items.ts";
import type { TreePorts } from "./executions-tree.ts";
import { NodeTree, type TreeNode } from "./node-tree.ts";
import type { Entry } from "./row.ts";
import type { TreeFolder } from "./tree-folder.ts";

/** Whose figures stand below an agent: long enough for a habit, short enough for what it does now. */
const DAYS = 30;

/** The agents of each folder; below each what it can do, how it is reached and how its runs went. */
export class AgentsTree {
  readonly #ports: TreePorts;
  readonly #tree: NodeTree;
  /** By folder. They are asked for when an agent is opened, and anew when a run has ended since. */
  readonly #analytics = new Map<string, { readonly asOf: string; readonly agents: readonly AgentAnalytics[] }>();

  constructor(ports: TreePorts) {
    this.#ports = ports;
    this.#tree = new NodeTree(ports.now, ports.tell);
    this.#place();
  }

  get changes() {
    return this.#tree.changes;
  }

  /** Never rejects: what cannot be asked for is left out. */
  async children(node?: TreeNode): Promise<readonly TreeNode[]> {
    if (node === undefined) return this.#tree.roots;
    if (node.children === null) {
      await this.#ask(node);
      this.#placeDetails(node);
    }
    return node.children ?? [];
  }

  update(): void {
    this.#place();
    this.#tree.flush();
  }

  /** Asks for the figures anew. */
  async refresh(): Promise<void> {
    this.#analytics.clear();
    const open = [...this.#tree.nodes()].filter(({ agentId, children }) => agentId !== undefined && children !== null);
    for (const node of open) await this.#ask(node);
    this.#place();
    this.#ports.tell("all");
  }

  tick(): void {
    this.#tree.tick();
  }

  #place(): void {
    const folders = this.#ports.folders();
    const filled = folders.filter(({ view }) => (view?.agents.length ?? 0) > 0);
    if (folders.length > 1) {
      this.#tree.placeRoots(filled.map(({ uri, name }) => folderEntry(uri, name, () => "")));
      for (const [index, node] of this.#tree.roots.entries()) {
        const folder = filled[index];
        if (folder !== undefined) this.#tree.place(node, this.#agents(folder));
      }
    } else {
      this.#tree.placeRoots(filled.flatMap((folder) => this.#agents(folder)));
    }
    for (const node of this.#tree.nodes()) {
      if (node.agentId === undefined || node.parent?.agentId !== undefined || node.children === null) continue;
      this.#placeDetails(node);
    }
  }

  #agents({ uri, view }: TreeFolder): Entry[] {
    return (view?.agents ?? []).map((agent) => agentEntry(uri, agent, this.#ports.l10n));
  }

  #folder(node: TreeNode): TreeFolder | undefined {
    return this.#ports.folders().find(({ uri }) => uri === node.folder);
  }

  #placeDetails(node: TreeNode): void {
    const agent = this.#folder(node)?.view?.agents.find(({ id }) => id === node.agentId);
    if (agent === undefined) return;
    const known = this.#analytics.get(node.folder);
    const runs = known && { days: DAYS, of: known.agents.find((one) => one.agent === agent.id) ?? null };
    this.#tree.place(node, agentDetails(node.folder, agent, runs ?? null, this.#ports.l10n));
  }

  async #ask(node: TreeNode): Promise<void> {
    const folder = this.#folder(node);
    if (folder === undefined) return;
    const asOf = standing(folder);
    if (this.#analytics.get(folder.uri)?.asOf === asOf) return;
    try {
      this.#analytics.set(folder.uri, { asOf, agents: await folder.analytics(DAYS) });
    } catch {
      // The rest of what is known of the agent is worth showing without it.
      this.#analytics.delete(folder.uri);
    }
  }
}

/** Changes whenever an execution begins, ends or goes on. */
function standing({ view }: TreeFolder): string {
  return (view?.executions ?? []).map(({ executionId, status }) => `${executionId} ${status}`).join("\n");
}
