import type {
  BudgetApproval,
  BudgetLevel,
  BudgetView,
  EstimateAccuracy,
  LimitStanding,
  SpentLine,
} from "../../schemas/budget.ts";
import { formatAmount } from "../../schemas/money.ts";
import { levelWord, limitId, limitName, modeWord, percent, usedText, useOf, windowWord } from "../budget-words.ts";
import { plain } from "../plain-text.ts";
import { ago, long, moment, short } from "./figures.ts";
import { joined, lines, spokenOf, type Entry, type Icon, type Localizer, type Row } from "./row.ts";

/** The groups below the limits, in the order in which they stand. */
export const BUDGET_GROUPS = ["service", "agent", "day", "execution", "accuracy", "approvals"] as const;
export type BudgetGroup = (typeof BUDGET_GROUPS)[number];

/** Few, so that the amount beside them is seen in a narrow side bar. */
const CELLS = 5;

/** `execution`: title of the one that a limit of each execution is shown for; null: there is none, or it is not known. */
export function limitEntry(folder: string, limit: LimitStanding, execution: string | null, l10n: Localizer): Entry {
  const { executionId } = limit;
  return {
    id: `${folder}|limit|${limitId(limit)}`,
    target: { folder, ...(executionId === null ? {} : { executionId }) },
    draw: (now) => limitRow(limit, execution, now, l10n),
  };
}

function limitRow(limit: LimitStanding, execution: string | null, now: number, l10n: Localizer): Row {
  const { currency, level, environment, frees } = limit;
  const name = limitName(limit, l10n);
  const { share } = useOf(limit);
  const used = usedText(limit, l10n);
  const window = execution === null ? windowWord(limit.window, l10n) : short(plain(execution));
  const where = environment === null ? null : l10n.t("environment {0}", short(plain(environment)));
  const word = levelWord(level, l10n);
  const money = (amount: number): string => formatAmount(amount, currency);
  const isFreed = frees !== null && Date.parse(frees) > now;
  return {
    label: name,
    description: joined(`${bar(share)} ${percent(share)} %`, used, word, window, where),
    icon: levelIcon(level),
    tooltip: lines(
      name,
      joined(l10n.t("{0} % used", percent(share)), word),
      l10n.t("Counts: {0}", joined(window, where)),
      l10n.t("Limit: {0}", money(limit.limit)),
      limit.allowed === 0 ? null : l10n.t("Allowed above it: {0}", money(limit.allowed)),
      l10n.t("Spent: {0}", money(limit.spent)),
      limit.reserved === 0 ? null : l10n.t("Reserved for what runs: {0}", money(limit.reserved)),
      limit.forecast === null
        ? l10n.t("Expected at the end: unknown, a step that is left has no estimate")
        : l10n.t("Expected at the end: {0}", money(limit.forecast)),
      isFreed ? l10n.t("Some of it counts no longer from: {0}", moment(frees)) : null,
      modeWord(limit.mode, l10n),
    ),
    context: ["limit", level, limit.policy === null ? "spec" : "policy"],
    children: "none",
    spoken: spokenOf(l10n.t("Limit {0}", name), l10n.t("{0} % used", percent(share)), word, used, window, where),
    command: null,
    changes: isFreed ? "each minute" : "never",
  };
}

/** What is used of a limit; the number stands beside it. */
function bar(share: number): string {
  // Something that is used is seen, and nothing looks full before it is.
  const whole = Math.floor((percent(share) * CELLS) / 100);
  const full = share >= 1 ? CELLS : Math.min(CELLS - 1, share > 0 ? Math.max(1, whole) : 0);
  return "▰".repeat(full) + "▱".repeat(CELLS - full);
}

export function levelIcon(level: BudgetLevel): Icon {
  switch (level) {
    case "below":
      return { id: "pass", color: "planwright.completed" };
    case "threshold":
      return { id: "warning", color: "planwright.waiting" };
    case "limit":
      return { id: "error", color: "planwright.failed" };
  }
}

/** Something is wrong with the file; a click shows where. */
export function problemEntry(folder: string, problem: string, l10n: Localizer): Entry {
  const text = plain(problem);
  const line = /budget\.json:(\d+)/.exec(text)?.[1];
  // The label says which file it is.
  const what = text.replace(/^\S*budget\.json(?::\d+)*:\s*/, "");
  return {
    id: `${folder}|problem|${text}`,
    target: { folder, ...(line === undefined ? {} : { line: Number(line) }) },
    draw: () => ({
      label: l10n.t("budget.json cannot be used"),
      description: short(what),
      icon: { id: "error", color: "planwright.failed" },
      tooltip: lines(long(text), l10n.t("Until it is repaired, no plan can be approved or started.")),
      context: ["problem"],
      children: "none",
      spoken: spokenOf(l10n.t("budget.json cannot be used"), text),
      command: "planwright.openBudget",
      changes: "never",
    }),
  };
}

/** Stands where something was spent and nothing limits it. */
export function noLimitsEntry(folder: string, l10n: Localizer): Entry {
  return plainEntry(folder, "no-limits", {
    icon: "circle-slash",
    label: l10n.t("No limits"),
    description: l10n.t("define them in budget.json"),
    command: "planwright.openBudget",
  });
}

/** Of what a breakdown tells, where the worker cannot be asked. */
export function unknownEntry(folder: string, reason: string, l10n: Localizer): Entry {
  return plainEntry(folder, "unknown", {
    icon: "warning",
    label: l10n.t("What was spent cannot be shown"),
    description: plain(reason),
  });
}

/** A group with what is in it; null: it would be empty. */
export function groupOf(
  folder: string,
  group: BudgetGroup,
  view: BudgetView,
  l10n: Localizer,
): { readonly entry: Entry; readonly below: readonly Entry[] } | null {
  const below = entriesOf(folder, group, view, l10n);
  if (below.length === 0) return null;
  const { label, icon } = groupLook(group, l10n);
  const since = group === "approvals" ? entriesWord(below.length, l10n) : l10n.t("since {0}", day(view.since));
  const row: Row = {
    label,
    description: since,
    icon: { id: icon, color: null },
    tooltip: joined(label, since),
    context: ["budgetGroup", group],
    children: group === "service" ? "open" : "closed",
    spoken: spokenOf(label, since),
    command: null,
    changes: "never",
  };
  return { entry: { id: `${folder}|group|${group}`, target: { folder }, draw: () => row }, below };
}

function groupLook(group: BudgetGroup, l10n: Localizer): { readonly label: string; readonly icon: string } {
  switch (group) {
    case "service":
      return { label: l10n.t("By Service"), icon: "cloud" };
    case "agent":
      return { label: l10n.t("By Agent"), icon: "robot" };
    case "day":
      return { label: l10n.t("By Day"), icon: "calendar" };
    case "execution":
      return { label: l10n.t("By Execution"), icon: "play-circle" };
    case "accuracy":
      return { label: l10n.t("Accuracy of Estimates"), icon: "graph" };
    case "approvals":
      return { label: l10n.t("Money That People Allowed"), icon: "verified" };
  }
}

function entriesOf(folder: string, group: BudgetGroup, view: BudgetView, l10n: Localizer): Entry[] {
  switch (group) {
    case "service":
      return mostFirst(view.byService).map((line) => spentEntry(folder, group, line, "circle-small", l10n));
    case "agent":
      return mostFirst(view.byAgent).map((line) => spentEntry(folder, group, line, "circle-small", l10n));
    case "day":
      return view.byDay.toReversed().map((line) => spentEntry(folder, group, line, "circle-small", l10n));
    case "execution":
      return mostFirst(view.byExecution).map((line) => spentEntry(folder, group, line, "circle-small", l10n));
    case "accuracy":
      return view.accuracy.filter(({ attempts }) => attempts > 0).map((one) => accuracyEntry(folder, one, l10n));
    case "approvals":
      return view.approvals
        .toSorted((one, other) => other.at.localeCompare(one.at))
        .map((one, index, all) => approvalEntry(folder, one, all.length - index, l10n));
  }
}

function mostFirst<Line extends SpentLine>(spent: readonly Line[]): Line[] {
  return spent.toSorted((one, other) => other.amount - one.amount);
}

function spentEntry(
  folder: string,
  group: BudgetGroup,
  line: SpentLine & { readonly executionId?: string },
  icon: string,
  l10n: Localizer,
): Entry {
  const { name, amount, currency, entries, unknown, held, executionId } = line;
  const title = name === "" ? l10n.t("without a name") : short(plain(name));
  const known = formatAmount(amount, currency);
  const certainty = certaintyWord(line.certainty, l10n);
  const missing = unknown === 0 ? null : l10n.t("{0} of unknown cost", unknown);
  const kept = held === 0 ? null : l10n.t("{0} kept for what is unknown", formatAmount(held, currency));
  const row: Row = {
    label: title,
    description: joined(known, certainty, missing, kept),
    icon: { id: icon, color: null },
    tooltip: lines(long(plain(name)), joined(known, certainty), entriesWord(entries, l10n), missing, kept),
    context: ["spent", group],
    children: "none",
    spoken: spokenOf(title, known, certainty, missing, kept),
    command: executionId === undefined ? null : "planwright.openPlan",
    changes: "never",
  };
  return {
    id: `${folder}|${group}|${executionId ?? name}|${currency}`,
    target: { folder, ...(executionId === undefined ? {} : { executionId }) },
    draw: () => row,
  };
}

function entriesWord(entries: number, l10n: Localizer): string {
  return entries === 1 ? l10n.t("1 entry") : l10n.t("{0} entries", entries);
}

function certaintyWord(certainty: SpentLine["certainty"], l10n: Localizer): string {
  switch (certainty) {
    case "estimated":
      return l10n.t("estimated");
    case "measured":
      return l10n.t("measured");
    case "billed":
      return l10n.t("billed");
    case "unknown":
      return l10n.t("in part unknown");
  }
}

function accuracyEntry(folder: string, accuracy: EstimateAccuracy, l10n: Localizer): Entry {
  const { attempts, currency, estimated, actual, medianRatio, withinTenth } = accuracy;
  const sums = l10n.t("{0} estimated, {1} actual", formatAmount(estimated, currency), formatAmount(actual, currency));
  const share =
    withinTenth === null ? null : l10n.t("{0} % within a tenth of the estimate", Math.round(withinTenth * 100));
  const ratio =
    medianRatio === null ? null : l10n.t("typically {0} times the estimate", Math.round(medianRatio * 100) / 100);
  const runs = attempts === 1 ? l10n.t("1 run") : l10n.t("{0} runs", attempts);
  return plainEntry(folder, `accuracy|${currency}`, {
    icon: "graph",
    label: runs,
    description: joined(sums, share),
    tooltip: lines(runs, sums, ratio, share),
  });
}

function approvalEntry(folder: string, approval: BudgetApproval, place: number, l10n: Localizer): Entry {
  const { at, by, amount, currency, label, executionId, stepId, title } = approval;
  const money = `+${formatAmount(amount, currency)}`;
  const who = l10n.t("by {0}", short(plain(by)));
  const draw = (now: number): Row => ({
    label: money,
    description: joined(who, short(plain(title)), short(plain(label)), ago(at, now, l10n)),
    icon: { id: "verified", color: null },
    tooltip: lines(
      joined(money, who),
      l10n.t("For the step: {0}", long(plain(title))),
      l10n.t("Raised: {0}", long(plain(label))),
      moment(at),
    ),
    context: ["approval"],
    children: "none",
    spoken: spokenOf(money, who, plain(title), plain(label), ago(at, now, l10n)),
    command: "planwright.openPlan",
    changes: "each minute",
  });
  return { id: `${folder}|approval|${at}|${stepId}|${place}`, target: { folder, executionId, stepId }, draw };
}

interface Plain {
  readonly icon: string;
  readonly label: string;
  readonly description: string;
  readonly tooltip?: string;
  readonly command?: string;
}

function plainEntry(folder: string, id: string, { icon, label, description, tooltip, command }: Plain): Entry {
  const row: Row = {
    label,
    description: short(description),
    icon: { id: icon, color: null },
    tooltip: tooltip ?? long(joined(label, description)),
    context: ["budgetFact"],
    children: "none",
    spoken: spokenOf(label, description),
    command: command ?? null,
    changes: "never",
  };
  return { id: `${folder}|${id}`, target: { folder }, draw: () => row };
}

/** The local day of a moment. */
function day(iso: string): string {
  return new Date(iso).toLocaleDateString(undefined, { dateStyle: "medium" });
}
