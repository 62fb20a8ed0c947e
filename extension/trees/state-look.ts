import type { AttemptView, ExecutionStatus, StepStatus } from "../../schemas/execution.ts";
import type { Icon, Localizer } from "./row.ts";

/** How a state is shown: an icon and its word; the colour only adds to them. */
export interface StateLook {
  readonly icon: Icon;
  readonly word: string;
}

/** Ids of `contributes.colors`, by kind of state; webviews use the same. */
const color = (kind: string): string => `planwright.${kind}`;

/** A step of an execution. */
export function stepLook(status: StepStatus, l10n: Localizer): StateLook {
  switch (status) {
    case "pending":
      return { icon: { id: "circle-outline", color: color("planned") }, word: l10n.t("pending") };
    case "ready":
      return { icon: { id: "circle-large-outline", color: color("ready") }, word: l10n.t("ready") };
    case "running":
      return { icon: { id: "sync~spin", color: color("running") }, word: l10n.t("running") };
    case "waiting":
      return { icon: { id: "watch", color: color("waiting") }, word: l10n.t("waiting") };
    case "completed":
      return { icon: { id: "pass-filled", color: color("completed") }, word: l10n.t("completed") };
    case "failed":
      return { icon: { id: "error", color: color("failed") }, word: l10n.t("failed") };
    case "skipped":
      return { icon: { id: "debug-step-over", color: color("skipped") }, word: l10n.t("skipped") };
    case "cancelled":
      return { icon: { id: "circle-slash", color: color("cancelled") }, word: l10n.t("cancelled") };
  }
}

/** An execution as a whole. */
export function executionLook(status: ExecutionStatus, l10n: Localizer): StateLook {
  switch (status) {
    case "paused":
      return { icon: { id: "debug-pause", color: color("waiting") }, word: l10n.t("paused") };
    case "waiting":
      return { icon: { id: "bell-dot", color: color("waiting") }, word: l10n.t("waits for you") };
    case "cancelling":
      return { icon: { id: "debug-stop", color: color("cancelled") }, word: l10n.t("cancelling…") };
    case "interrupted":
      return { icon: { id: "debug-disconnect", color: color("waiting") }, word: l10n.t("interrupted") };
    case "running":
    case "completed":
    case "failed":
    case "cancelled":
      return stepLook(status, l10n);
  }
}

/** An attempt; one without an outcome runs. */
export function attemptLook(outcome: AttemptView["outcome"], l10n: Localizer): StateLook {
  switch (outcome) {
    case null:
      return stepLook("running", l10n);
    case "succeeded":
      return { ...stepLook("completed", l10n), word: l10n.t("succeeded") };
    case "failed":
    case "cancelled":
      return stepLook(outcome, l10n);
    case "interrupted":
      return executionLook("interrupted", l10n);
  }
}

const ENDED: ReadonlySet<ExecutionStatus> = new Set(["completed", "failed", "cancelled"]);

export function hasEnded(status: ExecutionStatus): boolean {
  return ENDED.has(status);
}
