import type { AgentView } from "../../schemas/agent.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import { quoted } from "./quoted.ts";

/**
 * Adds what an agent's capability itself depends on (catalogue A2): a step whose capability names others waits for the nearest
 * earlier step that provides each of them. Where no earlier step does, a warning says so. Never makes a cycle.
 */
export function addCapabilityDependencies(
  steps: readonly PlanStep[],
  agents: ReadonlyMap<string, AgentView>,
): { readonly steps: PlanStep[]; readonly diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const latest = new Map<string, PlanStep>();
  const byId = new Map(steps.map((step) => [step.id, step]));
  const changed = steps.map((step) => {
    const added: [id: string, reason: string][] = [];
    for (const wanted of capabilitiesNeeded(step, agents)) {
      const provider = latest.get(wanted);
      if (!provider) diagnostics.push(missing(step, wanted));
      else if (!step.dependencies.includes(provider.id) && !waitsFor(provider, step.id, byId)) {
        added.push([
          provider.id,
          `${step.capability} of ${step.agent ?? ""} builds on ${wanted}, which this step provides`,
        ]);
      }
    }
    if (step.decision !== "skip") latest.set(step.capability, step);
    return added.length === 0 ? step : withDependencies(step, added);
  });
  return { steps: changed, diagnostics };
}

function capabilitiesNeeded(step: PlanStep, agents: ReadonlyMap<string, AgentView>): readonly string[] {
  if (step.agent === null || step.decision === "skip" || step.simulated) return [];
  return agents.get(step.agent)?.capabilities.find(({ name }) => name === step.capability)?.dependencies ?? [];
}

function withDependencies(step: PlanStep, added: readonly (readonly [id: string, reason: string])[]): PlanStep {
  return {
    ...step,
    dependencies: [...step.dependencies, ...added.map(([id]) => id)],
    reason: { ...step.reason, dependencies: { ...step.reason.dependencies, ...Object.fromEntries(added) } },
  };
}

/** Whether a step waits for another one, directly or through others. */
function waitsFor(step: PlanStep, wanted: string, byId: ReadonlyMap<string, PlanStep>): boolean {
  const seen = new Set<string>();
  const open = [...step.dependencies];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === wanted) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(byId.get(id)?.dependencies ?? []));
  }
  return false;
}

function missing(step: PlanStep, wanted: string): Diagnostic {
  return {
    code: "missing-capability",
    severity: "warning",
    message: `${quoted(step.title)}: ${step.capability} of ${step.agent ?? ""} builds on ${wanted}, which no earlier step provides: add such a step, or choose another agent`,
    range: step.range,
    steps: [step.id],
  };
}
