import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { BudgetApproval, LimitStanding } from "../../schemas/budget.ts";
import type { Decision, DecisionChoice } from "../../schemas/decision.ts";
import { parseDuration } from "../../schemas/duration.ts";
import { formatAmount, parseAmount } from "../../schemas/money.ts";
import type { StepModification } from "../../schemas/plan.ts";
import { limitAsked, limitName, usedText, windowWord } from "../budget-words.ts";
import { failureOf } from "../failure-of.ts";
import type { Parts } from "../parts.ts";
import { label, plain } from "../plain-text.ts";
import type { FolderSession } from "../session.ts";
import { namedIn } from "./target.ts";
import { choiceWords } from "./words.ts";
import { say } from "../say.ts";

interface DecisionTarget {
  readonly session: FolderSession;
  readonly decision: Decision;
}

interface ChoiceItem extends vscode.QuickPickItem {
  readonly choice: DecisionChoice;
  /** Tried again with something else than before. */
  readonly change: boolean;
}

/** `planwright.answer(decision)`: offers the choices that the decision has, and hands the answer in. */
export async function answer(parts: Parts, args: readonly unknown[]): Promise<void> {
  const target = await decisionOf(parts, args);
  if (!target) return;
  const { session, decision } = target;
  const raised = await raisedBy(session, decision);
  const picked = await vscode.window.showQuickPick(choiceItems(decision, raised), {
    title: plain(decision.title),
    placeHolder: plain(decision.message),
    ignoreFocusOut: true,
  });
  if (!picked) return;
  const amount = picked.choice === "allow" ? await askAmount(decision, raised) : null;
  const modifications = picked.change ? await askChanges(session, decision) : [];
  if (amount === undefined || modifications === undefined) return;
  try {
    await session.link.call("inbox.answer", {
      decisionId: decision.decisionId,
      choice: picked.choice,
      amount,
      modifications,
      commandId: randomUUID(),
    });
  } catch (error) {
    // Somebody else was first, or it is no longer asked: then there is nothing left to do here.
    if (failureOf(error)?.code !== "conflict") throw error;
    await say("information", error instanceof Error ? error.message : String(error));
  }
}

/** The limit that an answer would raise, how far it is used up, and what people have added to it so far. Null: not known. */
async function raisedBy(session: FolderSession, decision: Decision): Promise<string | null> {
  const limit = limitAsked(decision, session.model.view?.limits ?? []);
  if (limit === null) return null;
  const { l10n } = vscode;
  const raised = l10n.t(
    "Raises “{0}”, of which {1} is used: {2}.",
    limitName(limit, l10n),
    usedText(limit, l10n),
    windowWord(limit.window, l10n),
  );
  // Who allowed what so far is worth knowing, and not worth a failure.
  const approvals = limit.allowed === 0 ? [] : await approvalsOf(session, limit).catch(() => []);
  const so = approvals.map(({ by, amount, currency }) => `${formatAmount(amount, currency)} (${plain(by)})`);
  return so.length === 0 ? raised : `${raised} ${l10n.t("Allowed so far: {0}.", so.join(", "))}`;
}

async function approvalsOf({ link }: FolderSession, { label: name }: LimitStanding): Promise<BudgetApproval[]> {
  const { approvals } = await link.call("budget.get", {});
  return approvals.filter((one) => one.label === name).slice(-MOST_APPROVALS);
}

const MOST_APPROVALS = 5;

function choiceItems({ choices, kind, amount, currency }: Decision, raised: string | null): ChoiceItem[] {
  return choices.flatMap((choice): ChoiceItem[] => {
    const { title, ...words } = choiceWords(choice);
    const detail = choice === "allow" && raised !== null ? label(raised) : words.detail;
    const description = choice === "allow" && amount !== null ? `+${formatAmount(amount, currency)}` : "";
    const item = { choice, change: false, label: label(title), description, detail };
    if (choice !== "retry" || kind === "budget") return [item];
    const changed = {
      choice,
      change: true,
      label: vscode.l10n.t("Retry with Changes…"),
      detail: vscode.l10n.t("With another agent, or with more time."),
    };
    return [item, changed];
  });
}

/** The decision that came with the call, the only open one, or the one that the person picks. */
async function decisionOf(parts: Parts, args: readonly unknown[]): Promise<DecisionTarget | undefined> {
  const named = namedIn(args, ["executionId", "stepId"]);
  await parts.session.wake();
  const open = parts.session.folders.flatMap((session) =>
    (session.model.view?.decisions ?? []).map((decision): DecisionTarget => ({ session, decision })),
  );
  const wanted = named.decision?.decisionId;
  const meant = open.filter(
    ({ decision }) =>
      (wanted === undefined || decision.decisionId === wanted) &&
      (named.executionId === undefined || decision.executionId === named.executionId) &&
      (named.stepId === undefined || decision.stepId === named.stepId),
  );
  const [first, ...others] = meant;
  const plans = parts.session.folders.some(({ model }) => (model.view?.plans.length ?? 0) > 0);
  if (!first && plans && wanted === undefined && named.executionId === undefined) {
    // The inbox holds these, too.
    await vscode.commands.executeCommand("planwright.approve");
    return undefined;
  }
  if (!first) {
    await say(
      "information",
      wanted === undefined ? vscode.l10n.t("Nothing waits for you.") : vscode.l10n.t("This is no longer asked."),
    );
    return undefined;
  }
  if (others.length === 0) return first;
  const items = meant.map((target) => ({
    target,
    label: label(target.decision.title),
    detail: label(target.decision.message),
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("What Waits for You"),
    placeHolder: vscode.l10n.t("Which one do you want to decide?"),
    matchOnDetail: true,
  });
  return picked?.target;
}

/** Null: what was asked for. Undefined: the person thought better of it. */
async function askAmount(
  { amount, currency, title }: Decision,
  raised: string | null,
): Promise<number | null | undefined> {
  const typed = await vscode.window.showInputBox({
    title: plain(title),
    prompt: [vscode.l10n.t("How much more may it cost, in {0}?", currency), ...(raised === null ? [] : [raised])].join(
      " ",
    ),
    value: amount === null ? "" : (formatAmount(amount, currency).split(" ")[0] ?? ""),
    ignoreFocusOut: true,
    validateInput: (text) => (amountIn(text, currency) === null ? amountHint(currency) : null),
  });
  return typed === undefined ? undefined : amountIn(typed, currency);
}

function amountIn(text: string, currency: string): number | null {
  const parsed = parseAmount(text);
  if (parsed === null || (parsed.currency !== null && parsed.currency !== currency)) return null;
  return parsed.amount > 0 && parsed.amount <= 1_000_000_000 ? parsed.amount : null;
}

function amountHint(currency: string): string {
  return vscode.l10n.t("An amount above 0, such as {0}", formatAmount(2.5, currency));
}

interface AgentItem extends vscode.QuickPickItem {
  readonly agentId: string | null;
}

/** Another agent, another timeout, or both. Undefined: the person thought better of it. */
async function askChanges(session: FolderSession, decision: Decision): Promise<StepModification[] | undefined> {
  const { agents } = await session.link.call("agent.list", {});
  const items: AgentItem[] = [
    { agentId: null, label: vscode.l10n.t("The same agent as before") },
    ...agents
      .filter(({ available }) => available)
      .map((agent) => ({
        agentId: agent.id,
        label: label(agent.name),
        description: label(agent.simulated ? vscode.l10n.t("{0}, simulated", agent.id) : agent.id),
        detail: label(agent.capabilities.map(({ name }) => name).join(", ")),
      })),
  ];
  const title = label(decision.title);
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t("Which agent tries it?"),
    matchOnDetail: true,
    ignoreFocusOut: true,
  });
  if (!picked) return undefined;
  const typed = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t("How long may it take? Empty: as before."),
    placeHolder: "10m",
    ignoreFocusOut: true,
    validateInput: (text) =>
      text.trim() === "" || text.trim() === "none" || parseDuration(text)
        ? null
        : vscode.l10n.t("A duration such as 90s, 10m or 1h30m, or none"),
  });
  if (typed === undefined) return undefined;
  const timeout = typed.trim() === "none" ? "none" : parseDuration(typed);
  if (picked.agentId === null && timeout === null) return [];
  return [
    {
      stepId: decision.stepId,
      ...(picked.agentId === null ? {} : { agent: picked.agentId }),
      ...(timeout === null ? {} : { timeout }),
    },
  ];
}
