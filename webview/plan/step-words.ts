import type { StepGlance } from "../../schemas/execution.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import type { RevisionStatus } from "../../schemas/revision.ts";
import { executionLook, plannedLook, stepLook, type StateLook } from "../parts/step-state.ts";
import { oneLine, t } from "../text.ts";
import type { PlanPage } from "./plan-page.ts";
import { estimateOf } from "./totals.ts";

/** How a step stands: in the execution that is shown, else in the plan. One that no batch told of has not begun. */
export function lookOf(page: PlanPage, step: PlanStep, glance: StepGlance | undefined): StateLook {
  if (page.run.progress.value === null) return plannedLook(step);
  // A revision that is not in force yet may bring steps that the execution does not know.
  if (page.revised.value.get(step.id)?.status === "new") return plannedLook(step);
  // Whatever its status: nothing moves it but a person.
  if (page.asked.value.has(step.id)) return executionLook("waiting");
  return stepLook(glance?.status ?? "pending");
}

/** Everything that the picture of a step says, as a sentence for screen readers. */
export function stepLabel(page: PlanPage, step: PlanStep, glance: StepGlance | undefined): string {
  const plan = page.plan.value;
  const number = page.numbers.value.get(step.id) ?? 0;
  const look = lookOf(page, step, glance);
  const waits = step.dependencies.map((id) => page.numbers.value.get(id) ?? 0).filter((known) => known > 0);
  const revised = page.revised.value.get(step.id);
  return [
    `${number}. ${oneLine(step.title)}`,
    look.word,
    glance?.problem ?? "",
    step.agent === null ? t("no agent") : t("agent {0}", glance?.agent ?? step.agent),
    step.simulated ? t("simulated") : "",
    t("cost {0}", plan === null ? "" : estimateOf(step, "cost", plan.currency).text),
    t("time {0}", plan === null ? "" : estimateOf(step, "duration", plan.currency).text),
    waits.length === 0 ? t("waits for nothing") : t("after {0}", listOf(waits)),
    page.critical.value.has(step.id) ? t("on the critical path") : "",
    revised ? `${revisionWord(revised.status)}: ${revised.reason}` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

const LISTED = 6;

function listOf(numbers: readonly number[]): string {
  const shown = numbers.slice(0, LISTED).join(", ");
  return numbers.length > LISTED ? t("{0} and {1} more", shown, numbers.length - LISTED) : shown;
}

export function revisionWord(status: RevisionStatus): string {
  switch (status) {
    case "kept":
      return t("kept");
    case "stale":
      return t("stale");
    case "new":
      return t("new");
    case "removed":
      return t("removed");
  }
}
