import type { ExecutionProgress } from "../schemas/execution.ts";
import type { WorkspaceView } from "../schemas/operations/subscription.ts";
import type { FolderLink } from "./link/folder-link.ts";
import { plain } from "./plain-text.ts";
import { short, spending } from "./trees/figures.ts";
import type { Localizer } from "./trees/row.ts";
import { executionLook } from "./trees/state-look.ts";

/** One folder as the status needs it. */
export interface FolderStatus {
  /** URI of the folder. */
  readonly folder: string;
  readonly link: FolderLink["state"];
  readonly view: WorkspaceView | null;
}

export interface Status {
  /** With icons of VS Code; nothing in it comes from a spec or an agent. */
  readonly text: string;
  /** Plain text for people, a line each. */
  readonly tooltip: readonly string[];
  /** For screen readers, without icons. */
  readonly spoken: string;
  /** What a click does. */
  readonly command: string;
  readonly argument: unknown;
}

interface Going {
  readonly folder: string;
  readonly planId: string;
  readonly title: string;
  readonly progress: ExecutionProgress;
}

/** What the status bar says about all folders together; null: nothing goes on and nothing waits. */
export function statusOf(folders: readonly FolderStatus[], l10n: Localizer): Status | null {
  const lost = folders.find(({ link }) => link.kind === "lost");
  if (lost?.link.kind === "lost") return lostStatus(lost.link.failure.message, lost.link.retryInMs !== null, l10n);
  const late = folders.map(({ link }) => delayOf(link, l10n)).find((reason) => reason !== null);
  if (late) return lateStatus(late, l10n);
  const going = folders.flatMap(goingIn);
  const decisions = folders.flatMap(({ folder, view }) =>
    (view?.decisions ?? []).map((decision) => ({ folder, decision })),
  );
  if (going.length === 0 && decisions.length === 0) return null;
  const figures = going.length === 0 ? "" : figuresOf(going, l10n);
  const waits = decisions.length === 0 ? "" : l10n.t("{0} to decide", decisions.length);
  const spoken = [figures, waits].filter((part) => part !== "").join(", ");
  const icons = [going.length === 0 ? "" : iconOf(going, decisions.length > 0), figures];
  const warning = decisions.length === 0 ? [] : ["$(warning)", waits];
  return {
    text: [...icons, ...warning].filter((part) => part !== "").join(" "),
    spoken: l10n.t("Planwright: {0}", spoken),
    tooltip: [
      ...going.map((one) => goingLine(one, l10n)),
      ...decisions.map(({ decision }) => short(plain(`${decision.title}: ${decision.message}`))),
    ],
    ...click(going, decisions),
  };
}

function lostStatus(message: string, triesAgain: boolean, l10n: Localizer): Status {
  const text = triesAgain ? l10n.t("Reconnecting…") : l10n.t("Planwright: no worker");
  return {
    text: `$(debug-disconnect) ${text}`,
    spoken: text,
    tooltip: [plain(message)],
    command: "planwright.doctor",
    argument: undefined,
  };
}

/** Why a worker cannot be used as yet; null: it can, or it takes no longer than usual. */
function delayOf(link: FolderLink["state"], l10n: Localizer): string | null {
  if (link.kind === "connecting") return link.waitsFor;
  if (link.kind !== "connected" || !link.handsOver) return null;
  return l10n.t("An older worker finishes what runs and takes nothing new; a newer one follows by itself.");
}

function lateStatus(reason: string, l10n: Localizer): Status {
  const text = l10n.t("Waiting for the worker…");
  const tooltip = [plain(reason)];
  return { text: `$(sync~spin) ${text}`, spoken: text, tooltip, command: "planwright.showOutput", argument: undefined };
}

function goingIn({ folder, view }: FolderStatus): Going[] {
  return (view?.progress ?? []).flatMap((progress) => {
    const summary = view?.executions.find(({ executionId }) => executionId === progress.executionId);
    return summary ? [{ folder, planId: summary.planId, title: summary.title, progress }] : [];
  });
}

/** A spinner only while something really moves. */
function iconOf(going: readonly Going[], isAsked: boolean): string {
  const statuses = new Set(going.map(({ progress }) => progress.status));
  if (statuses.has("running") || statuses.has("cancelling")) return "$(sync~spin)";
  if (isAsked) return "";
  return statuses.has("interrupted") ? "$(debug-disconnect)" : "$(debug-pause)";
}

function figuresOf(going: readonly Going[], l10n: Localizer): string {
  const done = going.reduce((sum, { progress }) => sum + doneOf(progress), 0);
  const total = going.reduce((sum, { progress }) => sum + progress.total, 0);
  const [first, ...others] = going;
  if (!first || others.length > 0) return l10n.t("{0} executions, {1}/{2}", going.length, done, total);
  const cost = costText(first.progress, l10n);
  return [`${done}/${total}`, ...(cost === null ? [] : [cost])].join(" · ");
}

function goingLine({ title, progress }: Going, l10n: Localizer): string {
  const cost = costText(progress, l10n);
  const { word } = executionLook(progress.status, l10n);
  const steps = l10n.t("{0} of {1} steps", doneOf(progress), progress.total);
  const now = progress.currentStep === null ? [] : [l10n.t("now: {0}", progress.currentStep)];
  const stalled = progress.stalled === null ? [] : [progress.stalled];
  const parts = [word, steps, ...(cost === null ? [] : [cost]), ...now, ...stalled];
  return short(plain(`${title}: ${parts.join(", ")}`));
}

function doneOf({ completed, failed, skipped }: ExecutionProgress): number {
  return completed + failed + skipped;
}

function costText({ costs: { total, limit, currency } }: ExecutionProgress, l10n: Localizer): string | null {
  return spending(total, limit, currency, l10n);
}

/** What waits for the person comes first; then what runs. Several of a kind are shown in their list. */
function click(
  going: readonly Going[],
  decisions: readonly { readonly folder: string; readonly decision: object }[],
): Pick<Status, "command" | "argument"> {
  const [asked, ...moreAsked] = decisions;
  if (asked) {
    return moreAsked.length === 0
      ? { command: "planwright.answer", argument: asked }
      : { command: "planwright.inbox", argument: undefined };
  }
  const [first, ...others] = going;
  if (!first || others.length > 0) return { command: "planwright.executions.focus", argument: undefined };
  const { folder, planId, progress } = first;
  return { command: "planwright.openPlan", argument: { folder, planId, executionId: progress.executionId } };
}
