import type { AgentView } from "../../schemas/agent.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { Hook } from "../../schemas/hook.ts";
import type { Plan, PlanStep, StepModification } from "../../schemas/plan.ts";
import { PLAIN_READING, type SpecDocument, type SpecReading, type SpecTask } from "../../schemas/spec.ts";
import { addCapabilityDependencies } from "./capability-dependencies.ts";
import { approvalHash } from "./approval-hash.ts";
import type { SelectAgent } from "./assignment.ts";
import { findUncovered } from "./coverage.ts";
import { findCycles, type CycleStep } from "./cycles.ts";
import { findDependencies } from "./dependencies.ts";
import { checkBudget } from "./budget-checks.ts";
import { planCurrency, totalEstimates, type History } from "./estimates.ts";
import { collectDecisions } from "./modifications.ts";
import { findFalseParallel } from "./parallel-files.ts";
import { sha256 } from "./hash.ts";
import { addLocks } from "./locks.ts";
import { needsWords } from "./needs-words.ts";
import { NO_POLICIES, policiesFor, type PolicySet } from "./policies.ts";
import { resolveNeeds } from "./references.ts";
import { servedRequirements } from "./served-requirements.ts";
import { findStateConflicts } from "./states.ts";
import { findMissingBarriers } from "./unordered-files.ts";
import { StepMaker } from "./step-maker.ts";
import { BUILT_IN_SET, FIXED_BY } from "./roles/built-in.ts";
import type { RoleSet } from "./roles/role.ts";
import { addReviews } from "./reviews.ts";
import type { DependencyGraph } from "./waits.ts";

export interface PlanInput {
  readonly spec: SpecDocument;
  /** Inside the workspace, with `/`. */
  readonly specPath: string;
  readonly agents: readonly AgentView[];
  /** SHA-256 of the definition of an agent of the list. */
  readonly definitionHash: (agentId: string) => string | null;
  readonly select: SelectAgent;
  readonly planId: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** How the spec was read. */
  readonly reading?: SpecReading;
  readonly modifications?: readonly StepModification[];
  /** The execution that is to go on with the plan. */
  readonly revises?: string | null;
  /** What the record says of earlier runs; without it there is none to ask. */
  readonly history?: History;
  /** Who made it, where that is more than the reading tells. */
  readonly planner?: Plan["planner"];
  /** What `.planwright/budget.json` says. */
  readonly budget?: PolicySet;
  /** What `.planwright/hooks.json` says. */
  readonly hooks?: readonly Hook[];
  /** The prompt templates of the folder; without it those that are built in. */
  readonly roles?: RoleSet;
}

/**
 * Makes the plan of a spec (catalogue A2, A6, B1). Pure: equal inputs give equal plans. What is wrong stands in the plan's
 * diagnostics. Throws FailureError `bad_request` for modifications that cannot be applied.
 */
export function buildPlan(input: PlanInput): Plan {
  const { spec } = input;
  const { settings } = spec;
  const { needs, diagnostics: ofNeeds } = resolveNeeds(spec);
  const graph = findDependencies(spec, needs);
  const agents = new Map(input.agents.map((agent) => [agent.id, agent]));
  const stepIds = graph.nodes.map(({ id }) => id);
  const decisions = collectDecisions(input.modifications ?? [], stepIds, [...agents.keys()]);
  const set = input.budget ?? NO_POLICIES;
  const currency = planCurrency(spec, set);
  const { policies, rates } = policiesFor(set, settings.context.environment, currency);
  const roles = input.roles ?? BUILT_IN_SET;
  const maker = new StepMaker(
    spec,
    graph,
    decisions,
    { currency, rates, history: input.history ?? null },
    {
      agents,
      settings: settings.agents,
      select: input.select,
    },
    roles,
  );
  const made = graph.nodes.length > MAX_STEPS ? [] : graph.nodes.map((node) => maker.make(node));
  const { steps: provided, diagnostics: ofCapabilities } = addCapabilityDependencies(made, agents);
  const { steps: unlocked, diagnostics: ofReviews } = addReviews({ steps: provided, tasks: spec.tasks, needs, roles });
  const steps = addLocks(unlocked, maker.tasks, spec.tasks, settings.inferLocks);
  const maxConcurrent = settings.maxConcurrent ?? DEFAULT_CONCURRENT;
  const totals = totalEstimates(steps, maxConcurrent);
  const diagnostics = [
    ...spec.diagnostics,
    ...ofNeeds,
    ...cyclesOf(spec, graph),
    ...findFalseParallel(spec, graph.waits),
    ...findMissingBarriers(spec, graph.waits),
    ...findStateConflicts(spec.tasks),
    ...findUncovered(spec),
    ...maker.diagnostics,
    ...ofCapabilities,
    ...ofReviews,
    ...roleProblems(roles),
    ...(graph.nodes.length > MAX_STEPS ? [tooMany(graph.nodes.length)] : []),
    ...checkBudget(steps, maker.tasks, { budget: settings.budget, policies, rates, currency }),
  ];
  const plan: Omit<Plan, "hash"> = {
    planId: input.planId,
    title: spec.title,
    specPath: input.specPath,
    dialect: spec.dialect,
    reading: input.reading ?? PLAIN_READING,
    createdAt: input.createdAt,
    steps,
    settled: settledTasks(spec.tasks),
    optionalTasks: optionalTasks(spec),
    ...totals,
    currency,
    budget: settings.budget,
    policies,
    rates,
    hooks: [...(input.hooks ?? [])],
    maxConcurrent,
    onFailure: settings.onFailure,
    timeout: settings.timeout,
    pools: settings.pools,
    context: settings.context,
    isolation: null,
    ...rolesOf(steps, roles),
    planner: input.planner ?? plannerOf(input.reading),
    agentHashes: hashesOf(input, steps),
    agentCommands: commandsOf(agents, steps),
    modifications: [...(input.modifications ?? [])],
    revises: input.revises ?? null,
    requirements: spec.requirements,
    diagnostics,
  };
  return { ...plan, hash: approvalHash(plan, sha256) };
}

function plannerOf(reading: SpecReading | undefined): Plan["planner"] {
  const by = reading?.decomposition?.by ?? null;
  return { kind: by === null ? "structural" : "model", agent: by, note: null };
}

function optionalTasks({ tasks }: SpecDocument): number {
  const parents = new Set(tasks.map(({ parent }) => parent));
  return tasks.filter(({ id, optional, state }) => optional && state !== "done" && !parents.has(id)).length;
}

function settledTasks(tasks: readonly SpecTask[]): Plan["settled"] {
  const served = servedRequirements(tasks);
  return tasks.flatMap(({ id, title, state, range }) =>
    state === "done" || state === "skipped"
      ? [{ id, title, state, line: range.line, requirements: [...(served.get(id) ?? [])] }]
      : [],
  );
}

/** A plan crosses to its clients in one message. */
const MAX_STEPS = 20_000;

function tooMany(count: number): Diagnostic {
  const [has, limit] = [count.toLocaleString("en-US"), MAX_STEPS.toLocaleString("en-US")];
  return {
    code: "too-large",
    severity: "error",
    message: `the spec makes ${has} steps, and a plan may have ${limit}: split it into several specs`,
    range: null,
    steps: [],
  };
}

const DEFAULT_CONCURRENT = 4;

function cyclesOf({ tasks, dialect }: SpecDocument, graph: DependencyGraph): Diagnostic[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const titles = new Map(graph.nodes.map((node) => [node.id, node.kind === "task" ? node.task.title : node.title]));
  const describe = (id: string): CycleStep => {
    const task = byId.get(id);
    return {
      title: titles.get(id) ?? id,
      range: task?.needsRange ?? task?.range ?? null,
      states: (task?.needs?.length ?? 0) > 0,
    };
  };
  return findCycles(graph.waits, describe, needsWords(dialect).told);
}

/** A file that cannot be used is told although no step has its role: whoever wrote it expects that it is. */
function roleProblems({ problems }: RoleSet): Diagnostic[] {
  return problems.map(({ message }) => ({ code: "bad-role", severity: "error", message, range: null, steps: [] }));
}

/** The templates that the steps use, and those that what is sent back is put right with. */
function rolesOf(steps: readonly PlanStep[], { templates }: RoleSet): Pick<Plan, "roleHashes" | "roleFiles"> {
  const roles = new Set(steps.flatMap(({ role, simulated }) => (role === null || simulated ? [] : [role])));
  const isReviewed = new Set(steps.flatMap(({ reviews }) => reviews ?? []));
  for (const { id, role } of steps) {
    const fixer = role !== null && isReviewed.has(id) ? FIXED_BY.get(role) : undefined;
    if (fixer !== undefined) roles.add(fixer);
  }
  const used = [...roles].sort().flatMap((id) => templates.get(id) ?? []);
  return {
    roleHashes: Object.fromEntries(used.map(({ id, text }) => [id, sha256(text)])),
    roleFiles: Object.fromEntries(used.flatMap(({ id, path }) => (path === null ? [] : [[id, path]]))),
  };
}

function hashesOf(input: PlanInput, steps: readonly PlanStep[]): Record<string, string> {
  const used = [...new Set(steps.flatMap(agentsOf))].sort();
  return Object.fromEntries(
    used.flatMap((id): [string, string][] => {
      const hash = input.definitionHash(id);
      return hash === null ? [] : [[id, hash]];
    }),
  );
}

function agentsOf({ agent, fallbacks }: PlanStep): string[] {
  return agent === null ? [] : [agent, ...fallbacks];
}

/** Only what would be started: a simulated step starts nothing. */
function commandsOf(agents: ReadonlyMap<string, AgentView>, steps: readonly PlanStep[]): Record<string, string[]> {
  const commands = new Map<string, string[]>();
  for (const step of steps) {
    if (step.simulated || step.decision !== "agent") continue;
    for (const agent of agentsOf(step)) {
      const argv = agents.get(agent)?.approves;
      if (argv) commands.set(agent, argv);
    }
  }
  return Object.fromEntries(commands);
}
