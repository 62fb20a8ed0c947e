import * as vscode from "vscode";
import type { BudgetPolicy } from "../../schemas/budget.ts";
import { formatDuration } from "../../schemas/duration.ts";
import type { Hook } from "../../schemas/hook.ts";
import { formatAmount } from "../../schemas/money.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import { limitName, modeWord, windowWord } from "../budget-words.ts";
import { plain } from "../plain-text.ts";

const MOST_LINES = 12;
const LONGEST_LINE = 160;

/** What a person agrees to, as plain lines: how much, how long, and every program that the approval would let run. */
export function approvalText(plan: Plan, changes: readonly string[]): string {
  const blocks = [
    [stepsLine(plan), costLine(plan), timeLine(plan), ...isolationLines(plan)].join("\n"),
    block(vscode.l10n.t("Different from what was approved before:"), changes.map(plain)),
    block(vscode.l10n.t("Runs:"), programs(plan)),
    block(vscode.l10n.t("Told of what happens:"), plan.hooks.map(hookLine)),
    block(vscode.l10n.t("Limits of the folder:"), plan.policies.flatMap(policyLines)),
  ];
  return blocks.filter((text) => text !== "").join("\n\n");
}

/** Programs of agents first, then what prepares worktrees, then commands and checks of steps in the plan's order, word for word. */
export function programs(plan: Plan): string[] {
  const agents = Object.entries(plan.agentCommands).map(([id, argv]) => `${plain(id)}: ${plain(words(argv))}`);
  const setup = plan.isolation?.setup ?? null;
  const prepared = setup === null ? [] : [vscode.l10n.t("in each new worktree: {0}", setup)];
  return [...agents, ...prepared.map(plain), ...plan.steps.flatMap(programsOf)];
}

/** Where coding steps work, and what becomes of what they make. */
function isolationLines({ isolation }: Plan): string[] {
  if (isolation === null) return [];
  if (isolation.kind !== "worktree") return [vscode.l10n.t("Coding steps: one at a time, in the folder itself")];
  const { bring, merge } = isolation;
  return [
    merge === "auto"
      ? vscode.l10n.t("Coding steps: in git worktrees of their own; the result is applied at the end")
      : vscode.l10n.t("Coding steps: in git worktrees of their own; the result waits until you accept it"),
    ...(bring.length === 0 ? [] : [vscode.l10n.t("Copied into each worktree: {0}", plain(bring.join(", ")))]),
  ];
}

function programsOf({ decision, simulated, parameters, check }: PlanStep): string[] {
  if (decision !== "agent" || simulated) return [];
  const { command, cwd, env } = parameters;
  const script = command === null ? "" : command.kind === "shell" ? command.script : words(command.argv);
  const lines = script.split("\n").filter((line) => line.trim() !== "");
  const all = [...lines, ...(check === null ? [] : [vscode.l10n.t("check: {0}", check)])];
  if (all.length === 0) return [];
  // These decide what a program's name means.
  const place = cwd === null ? [] : [vscode.l10n.t("in {0}:", cwd)];
  return [...place, ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...all].map(plain);
}

/** Where a hook sends, or which program it runs. */
function hookLine({ id, on, url, command }: Hook): string {
  const what = url === undefined ? vscode.l10n.t("runs {0}", words(command ?? [])) : vscode.l10n.t("sends to {0}", url);
  return plain(vscode.l10n.t("{0}, on {1}: {2}", id, on.join(", "), what));
}

/** A line for each limit: how much, over which time, and what happens there. */
function policyLines({ id, currency, window, limits, mode }: BudgetPolicy): string[] {
  const { l10n } = vscode;
  return limits.map(({ scope, amount }) => {
    const name = limitName({ policy: id, scope }, l10n);
    return `${name}: ${formatAmount(amount, currency)}, ${windowWord(window, l10n)}. ${modeWord(mode, l10n)}.`;
  });
}

function stepsLine(plan: Plan): string {
  const simulated = plan.steps.filter((step) => step.simulated || step.decision === "simulate").length;
  const skipped = plan.steps.filter(({ decision }) => decision === "skip").length;
  return [
    vscode.l10n.t("Steps: {0}", plan.steps.length),
    ...(simulated > 0 ? [vscode.l10n.t("{0} simulated", simulated)] : []),
    ...(skipped > 0 ? [vscode.l10n.t("{0} left out", skipped)] : []),
  ].join(", ");
}

function costLine({ knownCost, unknownCosts, currency, budget }: Plan): string {
  const known = formatAmount(knownCost, currency);
  const cost =
    unknownCosts === 0
      ? vscode.l10n.t("Cost: {0}, estimated", known)
      : vscode.l10n.t("Cost: at least {0}, estimated; unknown for {1} of the steps", known, unknownCosts);
  if (budget === null) return cost;
  return `${cost}. ${vscode.l10n.t("Limit: {0}", formatAmount(budget.total, budget.currency))}`;
}

function timeLine({ knownDuration, unknownDurations }: Plan): string {
  const known = formatDuration(knownDuration);
  return unknownDurations === 0
    ? vscode.l10n.t("Time: {0}, estimated", known)
    : vscode.l10n.t("Time: at least {0}, estimated; unknown for {1} of the steps", known, unknownDurations);
}

function block(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const shown = lines
    .slice(0, MOST_LINES)
    .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line));
  const rest = lines.length - shown.length;
  return [title, ...shown, ...(rest > 0 ? [vscode.l10n.t("and {0} more, which the plan shows", rest)] : [])].join("\n");
}

/** Each word as it is passed on, so that blanks inside a word are seen. */
function words(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
}
