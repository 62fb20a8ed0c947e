import type { Plan, PlanStep } from "../../schemas/plan.ts";
import { canonicalJson } from "./canonical-json.ts";

/**
 * What an approval binds to (semantics, Approval): everything that decides what runs, and nothing that only tells about it.
 * States, estimates, reasons, lines and diagnostics are left out. A declared cost is in it because it is the step's cap.
 */
export function approvalHash(plan: Omit<Plan, "hash">, sha256: (text: string) => string): string {
  const { title, specPath, budget, currency, maxConcurrent, onFailure, context, agentHashes } = plan;
  const whole = { version: 1, title, specPath, budget, currency, maxConcurrent, onFailure, context, agentHashes };
  return sha256([canonicalJson(whole), ...plan.steps.map(stepText)].join("\n"));
}

/** One line of JSON. Lists in a fixed order stand for objects, because sorting the keys of every step would take long. */
function stepText(step: PlanStep): string {
  const { parameters, retry } = step;
  return JSON.stringify([
    step.id,
    step.title,
    step.agent,
    step.capability,
    step.decision,
    step.simulated,
    parameters.instructions,
    parameters.command?.kind === "shell" ? parameters.command.script : (parameters.command?.argv ?? null),
    parameters.cwd,
    sortedJson(parameters.env),
    sortedJson(parameters.extra),
    step.dependencies.length > 1 ? [...step.dependencies].sort() : step.dependencies,
    step.estimateSource.cost === "declared" ? step.estimatedCost : null,
    step.service,
    step.priority,
    [retry.maxAttempts, retry.base, retry.factor, retry.cap, retry.retryOn],
    step.timeout,
    step.onFailure,
    step.files,
    step.outputs,
    step.check,
    step.checkpoint,
    step.section,
  ]);
}

function sortedJson(record: Readonly<Record<string, unknown>>): string | null {
  for (const _ in record) return canonicalJson(record);
  return null;
}
