import { evidenceOf } from "../../schemas/evidence.ts";
import type { ExecutionEvent } from "../../schemas/event.ts";
import type { ExecutionView, StepView } from "../../schemas/execution.ts";
import type { HookDelivery } from "../../schemas/hook.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { Report } from "../../schemas/report.ts";
import { Interventions } from "./interventions.ts";
import { ReportLimits } from "./report-budget.ts";
import { ReportBoxes } from "./report-boxes.ts";
import { reportRequirements } from "./report-requirements.ts";

type ReportStep = Report["steps"][number];
type ReportAttempt = ReportStep["attempts"][number];

/** The report of an execution (catalogue L2), from the record alone: its plan, its events in order and the view folded from them. */
export function buildReport(
  plan: Plan,
  events: Iterable<ExecutionEvent>,
  view: ExecutionView,
  deliveries: readonly HookDelivery[] = [],
): Report {
  const attempts = new Map<string, ReportAttempt[]>();
  const interventions = new Interventions(view.costs.currency);
  const boxes = new ReportBoxes();
  const limits = new ReportLimits();
  for (const event of events) {
    addAttempt(attempts, event);
    interventions.add(event);
    boxes.add(event);
    limits.add(event);
  }
  const planned = new Map(plan.steps.map((step) => [step.id, step]));
  const steps = view.steps.map((step) =>
    reportStep(planned.get(step.id) ?? null, step, attempts.get(step.id) ?? [], view),
  );
  const count = (status: StepView["status"]): number => steps.filter((step) => step.status === status).length;
  return {
    version: 1,
    executionId: view.executionId,
    planId: plan.planId,
    planHash: plan.hash,
    title: plan.title,
    specPath: plan.specPath,
    status: view.status,
    simulated: view.simulated,
    startedAt: view.startedAt,
    completedAt: view.completedAt,
    duration: view.progress.elapsed,
    estimatedDuration: plan.estimatedDuration,
    estimatedCost: plan.estimatedCost,
    counts: {
      total: steps.length,
      completed: count("completed"),
      failed: count("failed"),
      skipped: count("skipped"),
      cancelled: count("cancelled"),
      retried: steps.filter((step) => step.attempts.length > 1).length,
    },
    costs: view.costs,
    budget: limits.report,
    failure: view.failure,
    steps,
    requirements: reportRequirements(plan, steps),
    boxes: boxes.report,
    artifacts: steps.flatMap((step) => step.artifacts),
    hooks: deliveries.map(({ executionId: _, ...delivery }) => delivery),
    interventions: interventions.list,
    notices: view.notices,
  };
}

/** `planned` is null for a step that a revised plan no longer has. */
function reportStep(
  planned: PlanStep | null,
  step: StepView,
  attempts: ReportAttempt[],
  view: ExecutionView,
): ReportStep {
  const check = step.result?.check ?? null;
  return {
    id: step.id,
    title: step.title,
    line: planned?.line ?? null,
    agent: step.agent,
    capability: planned?.capability ?? "",
    status: step.status,
    simulated: step.simulated,
    dependencies: planned?.dependencies ?? [],
    attempts,
    duration: step.duration,
    estimatedDuration: planned?.estimatedDuration ?? null,
    cost: step.cost,
    estimatedCost: planned?.estimatedCost ?? null,
    check: check && { command: check.command, passed: check.end.exitCode === 0 },
    artifacts: view.artifacts
      .filter(({ stepId }) => stepId === step.id)
      .map(({ stepId: _, simulated: __, ...artifact }) => artifact),
    outputs: step.result?.outputs ?? [],
    failure: step.failure,
  };
}

function addAttempt(byStep: Map<string, ReportAttempt[]>, event: ExecutionEvent): void {
  if (event.type === "attempt.started") {
    const list = byStep.get(event.stepId) ?? [];
    // Until its end is read, the attempt counts as interrupted: that is what a missing end means.
    list.push({
      attempt: event.attempt,
      outcome: "interrupted",
      startedAt: event.at,
      duration: null,
      exitCode: null,
      failure: null,
      evidence: [],
    });
    byStep.set(event.stepId, list);
  } else if (event.type === "attempt.finished") {
    const open = byStep.get(event.stepId)?.find((attempt) => attempt.attempt === event.attempt);
    if (!open) return;
    open.outcome = event.outcome;
    open.duration = event.duration;
    open.exitCode = event.result?.end?.exitCode ?? null;
    open.failure = event.failure;
    open.evidence = evidenceOf(event.result, event.artifacts).map(({ label, text }) => ({ label, text }));
  }
}
