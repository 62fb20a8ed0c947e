import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { Parts } from "../parts.ts";
import { say } from "../say.ts";
import type { FolderSession } from "../session.ts";
import { folderFor } from "./folder-for.ts";
import { patiently } from "./plan-spec.ts";
import { showPlan } from "./show-plan.ts";

/** What the worker takes, in characters. */
const LONGEST = 1_000_000;

/**
 * `planwright.planSelection`: plans what is selected, in whatever document. Several selections are one text, with blank lines between
 * them. The worker keeps the text as a spec of its own; the document stays as it is.
 */
export async function planSelection(parts: Parts): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const text = editor === undefined ? "" : selectedText(editor);
  if (editor === undefined || text.trim() === "") {
    await say("information", vscode.l10n.t("Select the words that say what is to be done, and plan them then."));
    return;
  }
  const session = parts.session.of(editor.document.uri) ?? (await folderFor(parts, vscode.l10n.t("Plan Selection")));
  if (session) await planWords(parts, session, text);
}

/** `planwright.planText`: plans a sentence that the person types. */
export async function planText(parts: Parts): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t("Plan a Sentence"),
    prompt: vscode.l10n.t("What is to be done? Nothing runs before you have read and approved the plan."),
    ignoreFocusOut: true,
  });
  if (text === undefined || text.trim() === "") return;
  const session = await folderFor(parts, vscode.l10n.t("Plan a Sentence"));
  if (session) await planWords(parts, session, text);
}

async function planWords(parts: Parts, session: FolderSession, text: string): Promise<void> {
  if (text.length > LONGEST) {
    const message = vscode.l10n.t("The text is too long to be planned: select less than {0} characters.", LONGEST);
    await say("error", message);
    return;
  }
  const planning = session.link.call("plan.create", {
    text,
    keep: true,
    modifications: [],
    commandId: randomUUID(),
  });
  const answer = await patiently(vscode.l10n.t("the text"), planning);
  if (answer) showPlan(parts, session, { planId: answer.plan.planId, specPath: answer.plan.specPath });
}

function selectedText({ document, selections }: vscode.TextEditor): string {
  const parts = selections
    .toSorted((one, other) => one.start.compareTo(other.start))
    .map((selection) => withoutMargin(document.getText(selection)))
    .filter((text) => text.trim() !== "");
  return parts.join("\n\n");
}

/** Text from the middle of a list or a comment begins at the margin, as if it were a file of its own. */
export function withoutMargin(text: string): string {
  const lines = text.split(/\r\n|\r|\n/);
  const margins = lines.filter((line) => line.trim() !== "").map((line) => /^[ \t]*/.exec(line)?.[0] ?? "");
  let [common = ""] = margins;
  for (const margin of margins) while (!margin.startsWith(common)) common = common.slice(0, -1);
  return lines.map((line) => (line.startsWith(common) ? line.slice(common.length) : line.trimStart())).join("\n");
}
