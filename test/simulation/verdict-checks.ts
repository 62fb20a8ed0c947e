import type { EventOf } from "../../schemas/event.ts";
import type { ExecutionView } from "../../schemas/execution.ts";
import { fromMicros } from "../../schemas/money.ts";
import type { JournalModel } from "./journal-model.ts";
import type { StepBook } from "./step-book.ts";
import { stopCode } from "./settling-checks.ts";
import { hold } from "./violation.ts";

/** The execution ends when everything has, and says how. */
export function checkFinished(model: JournalModel, { status, failure }: EventOf<"execution.finished">): void {
  for (const { place, def } of model.steps) hold(2, place === "ended", () => `the end comes before that of ${def.id}`);
  hold(3, model.reserved === 0, () => `${model.reserved} stays reserved`);
  hold("decisions", model.decisions.size === 0, () => `${model.decisions.size} decisions are open at the end`);
  const expected = expectedEnd(model);
  const said = `${status} ${failure?.code ?? "-"}`;
  hold("verdict", said === expected.end, () => `it ends as ${said}, not as ${expected.end}`);
  for (const { def } of expected.named.slice(0, 3))
    hold("verdict", failure?.message.includes(`"${def.title}"`) === true, () => `${failure?.message} hides ${def.id}`);
}

function expectedEnd(model: JournalModel): { end: string; named: StepBook[] } {
  if (model.cancel) return { end: "cancelled cancelled", named: [] };
  const unpaid = model.steps.filter(({ reason }) => reason?.code === "budget_exceeded");
  // What a person has left out stops nothing but that.
  const enforced = unpaid.filter(({ leftOutBy }) => leftOutBy === null);
  if (enforced.length > 0 && model.money.limits.some(({ mode }) => mode === "enforce"))
    return { end: "failed budget_exceeded", named: enforced };
  if (unpaid.length > 0) return { end: "failed cancelled", named: unpaid };
  const bad = model.steps.filter(
    ({ status, reason, def }) => status === "failed" && reason !== null && def.onFailure !== "tolerate",
  );
  const [first] = bad;
  if (first) return { end: `failed ${first.reason?.code}`, named: bad };
  return { end: model.stop === null ? "completed -" : `failed ${stopCode(model.stop)}`, named: [] };
}

/** What clients see of an execution that has ended is what the journal says. */
export function checkView(model: JournalModel, view: ExecutionView): void {
  hold("view", view.status === model.finished?.status, () => `status ${view.status}`);
  hold("view", view.completedAt === model.finished?.at, () => `completed at ${view.completedAt}`);
  const { costs, progress } = view;
  const isNone = model.money.unknown > 0 && costs.total === null;
  hold(
    3,
    isNone || costs.total === fromMicros(model.money.spent),
    () => `costs ${costs.total}, not ${model.money.spent}`,
  );
  hold(
    3,
    costs.unknown === model.money.unknown,
    () => `${costs.unknown} costs are unknown, not ${model.money.unknown}`,
  );
  hold(3, costs.reserved === fromMicros(model.money.held), () => `${costs.reserved} is held, not ${model.money.held}`);
  for (const [service, micros] of model.money.byService) {
    const shown = costs.byService[service];
    hold(3, shown === fromMicros(micros), () => `${service} cost ${shown}, not ${micros}`);
  }
  hold(
    "view",
    costs.certainty === model.money.certainty,
    () => `costs are ${costs.certainty}, not ${model.money.certainty}`,
  );
  const made = new Map<string, string[]>();
  for (const { stepId, path } of view.artifacts) made.set(stepId, [...(made.get(stepId) ?? []), path]);
  const count = (status: string): number => model.steps.filter((step) => step.status === status).length;
  hold("view", progress.completed === count("completed"), () => `${progress.completed} completed`);
  hold("view", progress.failed === count("failed"), () => `${progress.failed} failed`);
  hold("view", progress.skipped === count("skipped") + count("cancelled"), () => `${progress.skipped} skipped`);
  hold("view", progress.waitingTotal === 0 && progress.running.length === 0, () => "something is waiting at the end");
  for (const step of model.steps) {
    const seen = view.steps[step.index];
    hold("view", seen?.id === step.def.id, () => `step ${step.index} is shown as ${seen?.id}`);
    const is = (what: string, shown: unknown, real: unknown): void =>
      hold("view", shown === real, () => `${step.def.id}: ${what} is shown as ${String(shown)}, not ${String(real)}`);
    is("status", seen.status, step.status);
    is("number of attempts", seen.attempts, step.attempts);
    is("start", seen.startTime, step.firstAt);
    is("end", seen.endTime, step.endedAt);
    is("duration", seen.duration, step.firstAt === null ? null : step.duration);
    is("failure", seen.failure?.code, step.reason?.code);
    is("findings", seen.findings, step.findings);
    is("tail", seen.result?.tail, step.result?.tail);
    is("what it made", (made.get(step.def.id) ?? []).join(), step.artifacts.join());
    is("blocker", seen.blocker, null);
    is("cost", seen.cost, step.unknown > 0 && step.spent === 0 ? null : fromMicros(step.spent));
  }
}
