import type { CostEntry } from "../../schemas/event.ts";
import { toMicros } from "../../schemas/money.ts";
import type { AttemptContext } from "./adapter.ts";

/**
 * What an attempt costs whose agent has reported nothing. A command costs nothing unless the spec declares it; any other agent costs
 * what is declared or registered, else unknown.
 */
export function declaredCosts({ step, agent, currency }: AttemptContext): CostEntry[] {
  const service = step.service ?? agent.service ?? agent.id;
  if (step.estimateSource.cost === "declared" && step.estimatedCost !== null) {
    return [{ amount: toMicros(step.estimatedCost), currency, certainty: "estimated", service }];
  }
  if (agent.adapter.kind === "command" && agent.adapter.argv === null) return [];
  const registered = agent.capabilities.find(({ name }) => name === step.capability)?.estimatedCost ?? null;
  const amount = registered === null ? null : toMicros(registered);
  return [{ amount, currency: agent.currency, certainty: amount === null ? "unknown" : "estimated", service }];
}
