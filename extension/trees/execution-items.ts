import type { ExecutionProgress, ExecutionSummary } from "../../schemas/execution.ts";
import { formatAmount } from "../../schemas/money.ts";
import { plain } from "../plain-text.ts";
import { ago, long, moment, pastDuration, short, spending, tickingDuration } from "./figures.ts";
import { joined, lines, spokenOf, type Entry, type Icon, type Localizer, type Row, type Target } from "./row.ts";
import { executionLook, hasEnded } from "./state-look.ts";

/** The progress of an execution and when it was true, by the clock that draws the rows. */
export interface Progress {
  readonly value: ExecutionProgress;
  readonly at: number;
}

export interface ExecutionData {
  /** URI of the workspace folder. */
  readonly folder: string;
  readonly summary: ExecutionSummary;
  /** Null where it has ended. */
  readonly progress: Progress | null;
}

export function executionEntry(data: ExecutionData, l10n: Localizer): Entry {
  const { folder, summary } = data;
  const { executionId, planId, specPath } = summary;
  return {
    id: `${folder}|${executionId}`,
    target: { folder, executionId, planId, specPath },
    draw: (now) => executionRow(data, now, l10n),
  };
}

function executionRow({ summary, progress }: ExecutionData, now: number, l10n: Localizer): Row {
  const look = executionLook(summary.status, l10n);
  const title = short(plain(summary.title));
  const running = progress !== null && isMoving(summary.status);
  const simulated = summary.simulated ? l10n.t("simulated") : null;
  const done = progress === null ? null : doneOf(progress.value, l10n);
  const time = durationOf(summary, progress, now);
  const cost = costOf(summary, progress, l10n);
  const age = running ? null : ago(summary.completedAt ?? summary.startedAt, now, l10n);
  const stalled = progress?.value.stalled ?? null;
  const result = resultWord(summary, l10n);
  return {
    label: title,
    description: joined(look.word, result, done, time, cost, simulated, age),
    icon: stalled === null ? look.icon : STALLED,
    tooltip: lines(
      long(plain(summary.title)),
      joined(look.word, simulated),
      result,
      stalled === null ? null : long(plain(stalled)),
      done === null ? null : l10n.t("Steps: {0}", stepCounts(progress, l10n)),
      time === null ? null : l10n.t("Time: {0}", joined(time, remainingOf(progress, now, l10n))),
      l10n.t("Cost: {0}", joined(costInWords(summary, progress, l10n), expectedOf(progress, l10n))),
      l10n.t("Begun: {0}", moment(summary.startedAt)),
      summary.completedAt === null ? null : l10n.t("Ended: {0}", moment(summary.completedAt)),
      long(plain(summary.specPath)),
    ),
    context: ["execution", summary.status, ...abilities(summary, progress)],
    children: "closed",
    spoken: spokenOf(
      l10n.t("Execution {0}", title),
      look.word,
      result,
      done === null ? null : l10n.t("{0} steps done", done),
      time,
      cost,
      simulated,
      age,
    ),
    command: "planwright.openPlan",
    changes: running ? "each second" : "each minute",
  };
}

const STALLED: Icon = { id: "warning", color: "planwright.failed" };

/** What waits to be accepted, or became of it. */
function resultWord({ result }: ExecutionSummary, l10n: Localizer): string | null {
  switch (result) {
    case "ready":
      return l10n.t("changes to accept");
    case "applied":
    case "squashed":
      return l10n.t("changes applied");
    case "kept":
      return l10n.t("changes kept as a branch");
    case "discarded":
      return l10n.t("changes discarded");
    default:
      return null;
  }
}

/** Time passes for an execution in these states. */
function isMoving(status: ExecutionSummary["status"]): boolean {
  return status === "running" || status === "cancelling";
}

/** What menus offer for an execution; the worker has the last word. */
function abilities({ status, result }: ExecutionSummary, progress: Progress | null): string[] {
  const can: string[] = result === null || result === "empty" ? [] : ["changes"];
  if (result === "ready") can.push("acceptable");
  if (hasEnded(status)) can.push("ended");
  else if (status !== "cancelling") can.push("cancellable");
  if (status === "running" || status === "waiting") can.push("pausable");
  if (status === "paused" || status === "interrupted") can.push("resumable");
  if (status === "failed" || status === "cancelled") can.push("retryable");
  if ((progress?.value.decisions.length ?? 0) > 0) can.push("asking");
  return can;
}

function doneOf({ completed, failed, skipped, total }: ExecutionProgress, l10n: Localizer): string {
  return l10n.t("{0} of {1}", completed + failed + skipped, total);
}

function stepCounts(progress: Progress | null, l10n: Localizer): string {
  if (progress === null) return "";
  const { completed, failed, skipped, total } = progress.value;
  return joined(
    l10n.t("{0} of {1} completed", completed, total),
    failed === 0 ? null : l10n.t("{0} failed", failed),
    skipped === 0 ? null : l10n.t("{0} skipped", skipped),
  );
}

function durationOf({ status, startedAt, completedAt }: ExecutionSummary, progress: Progress | null, now: number) {
  if (progress !== null) {
    const since = isMoving(status) ? Math.max(0, now - progress.at) : 0;
    return tickingDuration(progress.value.elapsed + since);
  }
  return completedAt === null ? null : pastDuration(Date.parse(completedAt) - Date.parse(startedAt));
}

function remainingOf(progress: Progress | null, now: number, l10n: Localizer): string | null {
  const remaining = progress?.value.remaining ?? null;
  if (progress === null || remaining === null || progress.value.status !== "running") return null;
  return l10n.t("about {0} left", tickingDuration(remaining - (now - progress.at)));
}

function costOf({ cost, currency }: ExecutionSummary, progress: Progress | null, l10n: Localizer): string | null {
  return spending(progress?.value.costs.total ?? cost, progress?.value.costs.limit ?? null, currency, l10n);
}

/** Of what is not known, too: unknown is not nothing. */
function costInWords({ cost, currency }: ExecutionSummary, progress: Progress | null, l10n: Localizer): string {
  const costs = progress?.value.costs;
  const unknown = costs?.unknown ?? 0;
  const known = costs?.total ?? cost;
  return joined(
    spending(known, costs?.limit ?? null, currency, l10n) ??
      (known === null && unknown === 0 && progress === null ? l10n.t("unknown") : formatAmount(known ?? 0, currency)),
    unknown === 0 ? null : unknown === 1 ? l10n.t("1 unknown cost") : l10n.t("{0} unknown costs", unknown),
  );
}

function expectedOf(progress: Progress | null, l10n: Localizer): string | null {
  if (progress === null || progress.value.expectedCost === null) return null;
  return l10n.t("about {0} at the end", formatAmount(progress.value.expectedCost, progress.value.costs.currency));
}

/** Waiting for a person first, then what has not ended, then the newest. */
export function byUrgency(one: ExecutionSummary, other: ExecutionSummary): number {
  return rank(one) - rank(other) || other.startedAt.localeCompare(one.startedAt);
}

function rank({ status }: ExecutionSummary): number {
  if (status === "waiting") return 0;
  return hasEnded(status) ? 2 : 1;
}

/** The last row of a list of which more can be shown. */
export function moreEntry(id: string, target: Target, label: string): Entry {
  const row: Row = {
    label,
    description: "",
    icon: { id: "ellipsis", color: null },
    tooltip: label,
    context: ["more"],
    children: "none",
    spoken: label,
    command: "planwright.showMore",
    changes: "never",
  };
  return { id, target, draw: () => row };
}

/** A folder of a workspace that has several. */
export function folderEntry(folder: string, name: string, description: (now: number) => string): Entry {
  const label = short(plain(name));
  return {
    id: `${folder}|folder`,
    target: { folder },
    draw: (now) => ({
      label,
      description: description(now),
      icon: { id: "root-folder", color: null },
      tooltip: long(plain(name)),
      context: ["folder"],
      children: "open",
      spoken: spokenOf(label, description(now)),
      command: null,
      changes: "never",
    }),
  };
}
