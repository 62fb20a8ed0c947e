import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { HookDelivery } from "../../schemas/hook.ts";
import type { Parts } from "../parts.ts";
import { label } from "../plain-text.ts";
import { say } from "../say.ts";
import { fileSize } from "../trees/figures.ts";
import { folderNamed } from "./folder-for.ts";
import { plainTime } from "./plain-time.ts";

/** `planwright.backUp`: a checked copy of everything that is recorded of the folder. */
export async function backUp(parts: Parts, args: readonly unknown[]): Promise<void> {
  const folder = await folderNamed(parts, args, vscode.l10n.t("Back Up a Record"));
  if (folder === undefined) return;
  const { path, bytes } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t("Planwright: backing up the record") },
    () => folder.link.call("backup.make", { commandId: randomUUID() }),
  );
  await say("information", vscode.l10n.t("Backed up and checked: {0} ({1}).", path, fileSize(bytes)));
}

interface DeliveryItem extends vscode.QuickPickItem {
  readonly act?: () => Thenable<unknown> | Promise<unknown>;
}

/** `planwright.hookDeliveries`: what hooks were told, newest first, and what could not be delivered. */
export async function showDeliveries(parts: Parts, args: readonly unknown[]): Promise<void> {
  const folder = await folderNamed(parts, args, vscode.l10n.t("What Hooks Were Told"));
  if (folder === undefined) return;
  const { link } = folder;
  const { deliveries, problems } = await link.call("hook.list", {});
  if (deliveries.length === 0 && problems.length === 0) {
    await say("information", vscode.l10n.t("No hook was told anything yet. Hooks stand in .planwright/hooks.json."));
    return;
  }
  const again: DeliveryItem = {
    label: vscode.l10n.t("Send Again What Was Given Up"),
    iconPath: new vscode.ThemeIcon("debug-restart"),
    act: async () => {
      const { queued } = await link.call("hook.retry", { commandId: randomUUID() });
      await say("information", vscode.l10n.t("Sent again: {0}", queued));
    },
  };
  const items: DeliveryItem[] = [
    ...problems.map((problem) => ({ label: label(problem), iconPath: new vscode.ThemeIcon("error") })),
    ...(deliveries.some(({ state }) => state === "given-up") ? [again] : []),
    ...deliveries.map((one) => ({
      label: label(`${one.hook}: ${one.event}`),
      iconPath: new vscode.ThemeIcon(ICONS[one.state]),
      description: label(`${stateWord(one)} · ${plainTime(one.at)}`),
      detail: label(one.problem ?? answerText(one.answer)),
      act: () => vscode.env.clipboard.writeText(one.key),
    })),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("What Hooks Were Told"),
    placeHolder: vscode.l10n.t("Choose a line to copy its key"),
    matchOnDetail: true,
  });
  await picked?.act?.();
}

const ICONS: Readonly<Record<HookDelivery["state"], string>> = {
  pending: "watch",
  delivered: "pass",
  "given-up": "error",
};

function stateWord({ state, attempts }: HookDelivery): string {
  switch (state) {
    case "pending":
      return attempts === 0 ? vscode.l10n.t("not sent yet") : vscode.l10n.t("tried {0} times, goes on", attempts);
    case "delivered":
      return vscode.l10n.t("delivered");
    case "given-up":
      return vscode.l10n.t("given up after {0} tries", attempts);
  }
}

const MOST_ANSWER = 200;

function answerText(answer: HookDelivery["answer"]): string {
  return answer === null ? "" : JSON.stringify(answer).slice(0, MOST_ANSWER);
}
