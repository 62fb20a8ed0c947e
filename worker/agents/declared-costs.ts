import type { AgentDefinition } from "../../schemas/agent.ts";
import type { CostEntry } from "../../schemas/event.ts";
import { toMicros } from "../../schemas/money.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import type { AttemptContext } from "./adapter.ts";

/**
 * What an attempt costs whose agent has reported nothing. A command costs nothing unless the spec declares it; any other agent costs
 * what is declared or registered, else unknown.
 */
export function declaredCosts({ step, agent, currency }: AttemptContext): CostEntry[] {
  const service = serviceOf(step, agent);
  if (step.estimateSource.cost === "declared" && step.estimatedCost !== null) {
    return [{ amount: toMicros(step.estimatedCost), currency, certainty: "estimated", service }];
  }
  if (agent.adapter.kind === "command" && agent.adapter.argv === null) return [];
  const registered = agent.capabilities.find(({ name }) => name === step.capability)?.estimatedCost ?? null;
  const amount = registered === null ? null : toMicros(registered);
  return [{ amount, currency: agent.currency, certainty: amount === null ? "unknown" : "estimated", service }];
}

/** What costs are booked under that do not say so themselves: the step's service is that of its own agent, a fallback has another. */
export function serviceOf(
  step: Pick<PlanStep, "agent" | "service">,
  { id, service }: Pick<AgentDefinition, "id" | "service">,
): string {
  const own = service ?? id;
  return step.agent === id ? (step.service ?? own) : own;
}
