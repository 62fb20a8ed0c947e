import path from "node:path";
import * as vscode from "vscode";
import type { SpecInput } from "../../schemas/spec.ts";
import type { Parts } from "../parts.ts";
import { label, plain, sentence } from "../plain-text.ts";
import type { SpecFile } from "./spec-of.ts";

/** What was given last, by the URI of the spec and the name of the input. */
const KEPT = "planwright.inputs";
const MOST_SPECS = 100;
/** Front matter is at the beginning; beyond this nobody looks for it. In bytes. */
const HEAD = 20_000;

type Values = Readonly<Record<string, string>>;

/**
 * The values of the inputs that a spec declares, as the person gives them: what they gave last time, what `before` has or what the
 * spec proposes stands there already. Empty where it declares none; undefined: they gave up.
 */
export async function askForInputs(
  parts: Parts,
  spec: SpecFile,
  before: Values,
): Promise<Record<string, string> | undefined> {
  const { uri, session, path: specPath } = spec;
  // A whole document crosses the connection only where there may be something to ask.
  if (!declaresInputs(await headOf(uri))) return {};
  const { document } = await session.link.call("spec.parse", { path: specPath });
  const { inputs } = document.settings;
  const given = new Map<string, string>();
  const kept = keptValues(parts.context.workspaceState)[uri.toString()] ?? {};
  for (const [index, input] of inputs.entries()) {
    const proposed = before[input.name] ?? kept[input.name] ?? input.default ?? "";
    const title = vscode.l10n.t("{0}: {1} ({2} of {3})", ...titleOf(uri, input), index + 1, inputs.length);
    const value = await (input.options.length > 0 ? choose(input, title, proposed) : type(input, title, proposed));
    if (value === undefined) return undefined;
    given.set(input.name, value);
  }
  const values = Object.fromEntries(given);
  if (inputs.length > 0) await keep(parts.context.workspaceState, uri, values);
  return values;
}

/** Empty for what cannot be read: the worker says why. */
async function headOf(uri: vscode.Uri): Promise<string> {
  return vscode.workspace.fs.readFile(uri).then(
    (bytes) => new TextDecoder().decode(bytes.subarray(0, HEAD)),
    () => "",
  );
}

/** Whether front matter may declare inputs; the worker decides. */
export function declaresInputs(head: string): boolean {
  return /^\uFEFF?---[ \t]*\r?\n(?:(?!---[ \t]*\r?\n)[^\n]*\n)*?["']?inputs["']?[ \t]*:/.test(head);
}

function titleOf(uri: vscode.Uri, { name }: SpecInput): [string, string] {
  return [plain(path.basename(uri.fsPath)), plain(name)];
}

async function choose(input: SpecInput, title: string, proposed: string): Promise<string | undefined> {
  const items = input.options.map((value) => ({
    value,
    label: label(value),
    ...(value === input.default ? { description: vscode.l10n.t("proposed") } : {}),
  }));
  // What is proposed comes first, where Enter takes it.
  items.sort((one, other) => Number(other.value === proposed) - Number(one.value === proposed));
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: plain(input.description ?? vscode.l10n.t("The value of {0}", input.name)),
    ignoreFocusOut: true,
  });
  return picked?.value;
}

async function type(input: SpecInput, title: string, proposed: string): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title,
    prompt: sentence(input.description ?? vscode.l10n.t("The value of {0}", input.name)),
    value: proposed,
    ignoreFocusOut: true,
    validateInput: (text) =>
      text === "" && input.default === null ? vscode.l10n.t("The specification wants a value here") : null,
  });
}

function keptValues(memory: vscode.Memento): Record<string, Values> {
  const kept: unknown = memory.get(KEPT);
  if (typeof kept !== "object" || kept === null) return {};
  return Object.fromEntries(Object.entries(kept).filter((entry): entry is [string, Values] => isValues(entry[1])));
}

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && Object.values(value).every((one) => typeof one === "string");
}

async function keep(memory: vscode.Memento, uri: vscode.Uri, values: Values): Promise<void> {
  const { [uri.toString()]: _before, ...others } = keptValues(memory);
  const newest = [...Object.entries(others), [uri.toString(), values]].slice(-MOST_SPECS);
  await memory.update(KEPT, Object.fromEntries(newest));
}
