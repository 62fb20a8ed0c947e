import type { ExecutionStatus, StepStatus } from "../../schemas/execution.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import { t } from "../text.ts";

/** How a state is shown: an icon, its word and the class that colours the icon. Never the colour alone. */
export interface StateLook {
  readonly icon: string;
  /** The same icon as a character of the icon font, for drawings. */
  readonly glyph: string;
  readonly word: string;
  readonly kind: string;
}

/** A step of an execution. */
export function stepLook(status: StepStatus): StateLook {
  switch (status) {
    case "pending":
      return { icon: "circle-outline", glyph: "\ueabc", word: t("pending"), kind: "planned" };
    case "ready":
      return { icon: "circle-large-outline", glyph: "\uebb5", word: t("ready"), kind: "ready" };
    case "running":
      return { icon: "sync", glyph: "\uea77", word: t("running"), kind: "running" };
    case "waiting":
      return { icon: "watch", glyph: "\ueb7c", word: t("waiting"), kind: "waiting" };
    case "completed":
      return { icon: "pass-filled", glyph: "\uebb3", word: t("completed"), kind: "completed" };
    case "failed":
      return { icon: "error", glyph: "\uea87", word: t("failed"), kind: "failed" };
    case "skipped":
      return { icon: "debug-step-over", glyph: "\uead6", word: t("skipped"), kind: "skipped" };
    case "cancelled":
      return { icon: "circle-slash", glyph: "\ueabd", word: t("cancelled"), kind: "cancelled" };
  }
}

/** A step of a plan that has not been started. */
export function plannedLook(step: PlanStep): StateLook {
  switch (step.decision) {
    case "undecided":
      return { icon: "question", glyph: "\ueb32", word: t("undecided"), kind: "undecided" };
    case "skip":
      return { icon: "debug-step-over", glyph: "\uead6", word: t("skipped"), kind: "skipped" };
    case "simulate":
      return { icon: "beaker", glyph: "\uea79", word: t("simulated"), kind: "planned" };
    case "agent":
      return step.simulated
        ? { icon: "beaker", glyph: "\uea79", word: t("simulated"), kind: "planned" }
        : { icon: "circle-outline", glyph: "\ueabc", word: t("planned"), kind: "planned" };
  }
}

/** An execution as a whole. */
export function executionLook(status: ExecutionStatus): StateLook {
  switch (status) {
    case "running":
      return stepLook("running");
    case "paused":
      return { icon: "debug-pause", glyph: "\uead1", word: t("paused"), kind: "waiting" };
    case "waiting":
      return { icon: "bell-dot", glyph: "\ueb9a", word: t("waits for you"), kind: "waiting" };
    case "cancelling":
      return { icon: "debug-stop", glyph: "\uead7", word: t("cancelling…"), kind: "cancelled" };
    case "completed":
      return stepLook("completed");
    case "failed":
      return stepLook("failed");
    case "cancelled":
      return stepLook("cancelled");
    case "interrupted":
      return { icon: "debug-disconnect", glyph: "\uead0", word: t("interrupted"), kind: "waiting" };
  }
}

const ENDED: ReadonlySet<ExecutionStatus> = new Set(["completed", "failed", "cancelled"]);

export function hasEnded(status: ExecutionStatus): boolean {
  return ENDED.has(status);
}
