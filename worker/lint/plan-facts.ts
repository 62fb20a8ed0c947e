import type { AgentView } from "../../schemas/agent.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import { fromMicros, toMicros } from "../../schemas/money.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { SpecDocument } from "../../schemas/spec.ts";
import { selectAgent } from "../agents/selection.ts";
import { buildPlan } from "../plan/build.ts";
import type { History } from "../plan/estimates.ts";
import type { PolicySet } from "../plan/policies.ts";
import type { RoleSet } from "../plan/roles/role.ts";

/** What an editor tells of one step. Small, because it may come from another thread. */
export interface StepFacts {
  readonly agent: string | null;
  readonly decision: PlanStep["decision"];
  readonly capability: string;
  readonly why: { readonly agent: string; readonly capability: string };
  readonly cost: number | null;
  readonly duration: number | null;
  readonly source: PlanStep["estimateSource"];
  readonly note: string | null;
  /** The first of them. */
  readonly dependencies: readonly { readonly id: string; readonly title: string; readonly reason: string }[];
  readonly locks: PlanStep["locks"];
}

/** What the planner says of a text. */
export interface PlanFacts {
  readonly diagnostics: readonly Diagnostic[];
  readonly currency: string;
  readonly knownCost: number;
  /** What the plan costs if every step costs what nine of ten runs stay below. */
  readonly highCost: number;
  /** By step id. */
  readonly steps: ReadonlyMap<string, StepFacts>;
}

export interface FactsInput {
  readonly spec: SpecDocument;
  readonly specPath: string;
  readonly agents: readonly AgentView[];
  /** Null: there is no record. */
  readonly history: History | null;
  /** What `.planwright/budget.json` says. */
  readonly budget: PolicySet;
  /** What `.planwright/roles/` says; without it the built-in roles. */
  readonly roles?: RoleSet;
}

/** The plan of a text that may not be saved yet. Nothing is kept. */
export function planFacts({ spec, specPath, agents, history, budget, roles }: FactsInput): PlanFacts {
  const idle = agents.map((agent) => ({ ...agent, load: 0 }));
  const plan = buildPlan({
    spec,
    specPath,
    agents,
    // The hash is not looked at.
    definitionHash: () => null,
    // As for any plan: an agent that is busy now will have room when the step's turn comes.
    select: (request) => {
      const free = selectAgent(agents, request);
      return free.agent ? free : selectAgent(idle, request);
    },
    planId: "draft",
    createdAt: "1970-01-01T00:00:00.000Z",
    budget,
    ...(history ? { history } : {}),
    ...(roles ? { roles } : {}),
  });
  return {
    diagnostics: plan.diagnostics,
    currency: plan.currency,
    knownCost: plan.knownCost,
    highCost: fromMicros(plan.steps.reduce((sum, step) => sum + (toMicros(highCostOf(step)) ?? 0), 0)),
    steps: stepFacts(plan),
  };
}

function highCostOf({ highCost, estimatedCost }: PlanStep): number {
  return highCost ?? estimatedCost ?? 0;
}

function stepFacts({ steps }: Plan): Map<string, StepFacts> {
  const titles = new Map(steps.map(({ id, title }) => [id, title]));
  return new Map(
    steps.map((step): [string, StepFacts] => [
      step.id,
      {
        agent: step.agent,
        decision: step.decision,
        capability: step.capability,
        why: { agent: step.reason.agent, capability: step.reason.capability },
        cost: step.estimatedCost,
        duration: step.estimatedDuration,
        source: step.estimateSource,
        note: step.estimateNote,
        dependencies: step.dependencies.slice(0, DEPENDENCIES_SHOWN).map((id) => ({
          id,
          title: titles.get(id) ?? id,
          reason: step.reason.dependencies[id] ?? "",
        })),
        locks: step.locks,
      },
    ]),
  );
}

/** More are not read in a hover. */
const DEPENDENCIES_SHOWN = 30;
