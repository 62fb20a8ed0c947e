import * as vscode from "vscode";
import type { Parts } from "../parts.ts";
import { folderNamed } from "../commands/folder-for.ts";
import { isThere, propose } from "../commands/folder-json.ts";
import { TreeNode } from "./node-tree.ts";
import { say } from "../say.ts";

const AGENTS_FILE = ".planwright/agents.json";

/** `planwright.openAgent`: opens the agents file of the agent's folder where the agent stands in it; offers to make it where it is missing. */
export async function openAgent(parts: Parts, args: readonly unknown[]): Promise<void> {
  const node = args.find((arg) => arg instanceof TreeNode);
  const folder = await folderNamed(parts, args, vscode.l10n.t("Agents of a Folder"));
  if (folder === undefined) return;
  const file = vscode.Uri.joinPath(folder.folder.uri, AGENTS_FILE);
  const document = await openOrMake(file, capabilitiesIn(args));
  if (document === null) return;
  const place = node?.agentId === undefined ? null : placeOf(document.getText(), node.agentId);
  const start = document.positionAt(place ?? 0);
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(start, start) });
}

/** `planwright.copyId`: the id of an agent, for `agent:` in a spec. */
export async function copyId(_parts: Parts, args: readonly unknown[]): Promise<void> {
  const node = args.find((arg) => arg instanceof TreeNode);
  if (node?.agentId !== undefined) await vscode.env.clipboard.writeText(node.agentId);
}

/** `planwright.copyPid`: the process of an agent, for tools of the system. */
export async function copyPid(_parts: Parts, args: readonly unknown[]): Promise<void> {
  const node = args.find((arg) => arg instanceof TreeNode);
  if (node?.pid !== undefined) await vscode.env.clipboard.writeText(String(node.pid));
}

/** What an agent is looked for that can do it, where somebody says so. */
function capabilitiesIn(args: readonly unknown[]): string[] {
  const wanted = args.flatMap((arg): unknown[] => {
    const value: unknown = typeof arg === "object" && arg !== null ? Reflect.get(arg, "capabilities") : null;
    return Array.isArray(value) ? value : [];
  });
  return wanted.filter((name) => typeof name === "string");
}

async function openOrMake(file: vscode.Uri, wanted: readonly string[]): Promise<vscode.TextDocument | null> {
  if (await isThere(file)) return vscode.workspace.openTextDocument(file);
  const make = vscode.l10n.t("Create It");
  const message = vscode.l10n.t("This folder has no agents file yet. Agents of your own are defined there.");
  const chosen = await say("information", message, make);
  if (chosen !== make) return null;
  return propose(file, { agents: [example(wanted)] });
}

function example(wanted: readonly string[]): object {
  const names = wanted.length > 0 ? wanted : ["code_generation", "testing"];
  return {
    id: "my-agent",
    name: "My agent",
    capabilities: names.map((name) => ({ name })),
    adapter: { kind: "command", argv: ["my-agent", "--print"] },
  };
}

/** Where the definition of an agent begins in the file's text; null: it is not found. */
function placeOf(text: string, agentId: string): number | null {
  const quoted = JSON.stringify(agentId).replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const found = new RegExp(String.raw`"id"\s*:\s*${quoted}`).exec(text);
  return found?.index ?? null;
}
