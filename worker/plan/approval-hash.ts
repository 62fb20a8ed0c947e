import type { Plan } from "../../schemas/plan.ts";
import { canonicalJson } from "./canonical-json.ts";

/**
 * What an approval binds to (semantics, Approval): everything that decides what runs, and nothing that only tells about it.
 * States, estimates, reasons, lines and diagnostics are left out. A declared cost is in it because it is the step's cap.
 */
export function approvalHash(plan: Omit<Plan, "hash">, sha256: (text: string) => string): string {
  const steps = plan.steps.map((step) => [
    step.id,
    step.title,
    step.agent,
    step.capability,
    step.decision,
    step.simulated,
    step.parameters,
    [...step.dependencies].sort(),
    step.estimateSource.cost === "declared" ? step.estimatedCost : null,
    step.service,
    step.priority,
    step.retry,
    step.timeout,
    step.onFailure,
    step.files,
    step.outputs,
    step.check,
    step.checkpoint,
    step.section,
  ]);
  return sha256(
    canonicalJson({
      version: 1,
      title: plan.title,
      specPath: plan.specPath,
      steps,
      budget: plan.budget,
      currency: plan.currency,
      maxConcurrent: plan.maxConcurrent,
      onFailure: plan.onFailure,
      context: plan.context,
      agentHashes: plan.agentHashes,
    }),
  );
}
