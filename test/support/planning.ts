import { UNKNOWN_HEALTH } from "../../schemas/agent-health.ts";
import type { AgentView } from "../../schemas/agent.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { Failure } from "../../schemas/failure.ts";
import type { Plan, PlanStep, StepModification } from "../../schemas/plan.ts";
import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { selectAgent } from "../../worker/agents/selection.ts";
import { buildPlan } from "../../worker/plan/build.ts";
import type { History } from "../../worker/plan/estimates.ts";
import { readSettings } from "../../worker/agents/settings-file.ts";
import { NO_POLICIES, policySet, type PolicySet } from "../../worker/plan/policies.ts";
import type { RoleSet } from "../../worker/plan/roles/role.ts";
import { BUDGET_FORMAT } from "../../worker/server/budget-file.ts";
import { parseSpec } from "../../worker/spec/parse.ts";

/** An agent that can do what is named, each for the given cost and duration. */
export function agentView(id: string, capabilities: readonly string[], more: Partial<AgentView> = {}): AgentView {
  return {
    id,
    name: id,
    type: "general",
    capabilities: capabilities.map((name) => ({
      name,
      description: "",
      parameters: {},
      estimatedCost: null,
      estimatedDuration: null,
      dependencies: [],
    })),
    permissions: "full",
    restrictions: [],
    priority: 0,
    maxLoad: 4,
    timeout: 300_000,
    currency: "USD",
    retry: null,
    service: null,
    status: "active",
    adapter: "command",
    argv: id === "shell" ? null : [id],
    approves: more.argv ?? (id === "shell" ? null : [id]),
    url: null,
    simulated: false,
    origin: "built-in",
    available: true,
    unavailableReason: null,
    load: 0,
    health: UNKNOWN_HEALTH,
    installation: null,
    subject: null,
    ...more,
  };
}

export const SHELL = agentView("shell", ["command"]);
export const SIMULATED = agentView("simulated", ["code_generation", "testing"], {
  simulated: true,
  adapter: "simulated",
});

/** The document of a spec in our dialect. */
export function parse(text: string, path = "test.spec.md"): SpecDocument {
  return parseSpec(text, path);
}

interface Planning {
  readonly agents?: AgentView[];
  readonly modifications?: StepModification[];
  readonly history?: History;
  /** The content of `.planwright/budget.json`. */
  readonly budget?: unknown;
  readonly roles?: RoleSet;
}

/** The plan of a spec in our dialect, with only the shell and a simulated agent unless others are given. */
export function planOf(text: string, planning: Planning = {}): Plan {
  return planOfDocument(parse(text), planning);
}

/** The plan of what was parsed, whatever its dialect. */
export function planOfDocument(
  spec: SpecDocument,
  { agents = [SHELL, SIMULATED], modifications = [], history, budget, roles }: Planning = {},
): Plan {
  return buildPlan({
    spec,
    specPath: "test.spec.md",
    agents,
    definitionHash: (id) => `hash of ${id}`,
    select: (request) => selectAgent(agents, request),
    planId: "plan-1",
    createdAt: "2026-01-01T00:00:00.000Z",
    modifications,
    ...(budget === undefined ? {} : { budget: budgetFromText(JSON.stringify(budget)).set }),
    ...(history ? { history } : {}),
    ...(roles ? { roles } : {}),
  });
}

/** `id <- what it waits for`, in plan order. */
export function edges(plan: Plan): string[] {
  return plan.steps.map(({ id, dependencies }) => `${id} <- ${dependencies.join(" ")}`.trimEnd());
}

export function task(document: SpecDocument, id: string): SpecTask {
  return found(document.tasks, id);
}

export function step(plan: Plan, id: string): PlanStep {
  return found(plan.steps, id);
}

function found<T extends { id: string }>(list: readonly T[], id: string): T {
  const entry = list.find((candidate) => candidate.id === id);
  if (!entry) throw new Error(`no ${id} among ${list.map((candidate) => candidate.id).join(", ")}`);
  return entry;
}

/** `severity code line`, in the order in which they are told. */
export function told(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ severity, code, range }) => `${severity} ${code} ${range?.line ?? "-"}`);
}

/** Every step that must be over before another starts, by id. */
export function reachable(plan: Plan): Map<string, Set<string>> {
  const direct = new Map(plan.steps.map(({ id, dependencies }) => [id, dependencies]));
  const all = new Map<string, Set<string>>();
  for (const { id } of plan.steps) {
    const seen = new Set<string>(direct.get(id));
    for (const before of seen) for (const further of direct.get(before) ?? []) seen.add(further);
    all.set(id, seen);
  }
  return all;
}

/** What a text would say as `.planwright/budget.json`; nothing of a bad one is used. */
export function budgetFromText(text: string): { readonly set: PolicySet; readonly problems: readonly Failure[] } {
  const { value, problems } = readSettings(text, BUDGET_FORMAT);
  return { set: value === null ? NO_POLICIES : policySet(value), problems };
}
