import * as vscode from "vscode";
import type { Parts } from "../parts.ts";

/** Names of the keys that are kept; their values are in the secret storage of VS Code. */
const NAMES = "planwright.modelKeys";
const PREFIX = "planwright.modelKey.";
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;
/** Names by custom, and whose keys they are. */
const USUAL: readonly (readonly [name: string, whose: string])[] = [
  ["ANTHROPIC_API_KEY", "Anthropic"],
  ["OPENAI_API_KEY", "OpenAI"],
  ["GOOGLE_GENERATIVE_AI_API_KEY", "Google"],
];

type Kept = Pick<Parts, "context">;

function namesOf({ context }: Kept): string[] {
  const kept: unknown = context.globalState.get(NAMES);
  return Array.isArray(kept) ? kept.filter((name): name is string => typeof name === "string" && NAME.test(name)) : [];
}

/** All keys that are kept on this machine, by name. */
export async function keptKeys(parts: Kept): Promise<Record<string, string>> {
  const names = namesOf(parts);
  const values = await Promise.all(names.map((name) => parts.context.secrets.get(PREFIX + name)));
  return Object.fromEntries(
    names.flatMap((name, index): [string, string][] => {
      const value = values[index] ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  );
}

/** `planwright.setModelKey`: keeps the key of a service of language models in the secret storage. */
export async function setModelKey(parts: Parts): Promise<void> {
  const title = vscode.l10n.t("Set Model Key");
  const name = await chosenName(parts, title);
  if (name === undefined) return;
  const value = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t(
      "The key for {0}. It is kept in the secret storage of VS Code and given to the worker in memory.",
      name,
    ),
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === "" ? vscode.l10n.t("Paste the key.") : undefined),
  });
  if (value === undefined) return;
  const names = namesOf(parts);
  // Whoever hears of the secret looks for its name.
  if (!names.includes(name)) await parts.context.globalState.update(NAMES, [...names, name]);
  await parts.context.secrets.store(PREFIX + name, value.trim());
}

/** `planwright.forgetModelKey`: removes a kept key; workers forget it, too. */
export async function forgetModelKey(parts: Parts): Promise<void> {
  const title = vscode.l10n.t("Forget Model Key");
  const names = namesOf(parts);
  const name = await vscode.window.showQuickPick(names, {
    title,
    placeHolder: names.length === 0 ? vscode.l10n.t("No key is kept.") : vscode.l10n.t("Which key?"),
  });
  if (name === undefined) return;
  await parts.context.globalState.update(
    NAMES,
    names.filter((one) => one !== name),
  );
  await parts.context.secrets.delete(PREFIX + name);
}

interface NameItem extends vscode.QuickPickItem {
  readonly name: string | null;
}

async function chosenName(parts: Parts, title: string): Promise<string | undefined> {
  const kept = new Set(namesOf(parts));
  const all = [
    ...USUAL,
    ...[...kept].filter((name) => !USUAL.some(([usual]) => usual === name)).map((name) => [name, ""] as const),
  ];
  const items = [
    ...all.map(([name, whose]): NameItem => ({
      name,
      label: name,
      description: kept.has(name) ? vscode.l10n.t("{0} (kept, will be replaced)", whose).trim() : whose,
    })),
    { name: null, label: vscode.l10n.t("Another name…"), description: vscode.l10n.t("as key of an agent has it") },
  ];
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t("Whose key?") });
  if (picked === undefined || picked.name !== null) return picked?.name ?? undefined;
  return vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t("The name, as an environment variable would have it"),
    validateInput: (text) => (NAME.test(text) ? undefined : vscode.l10n.t("Letters, digits and underscores.")),
  });
}
