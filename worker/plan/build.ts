import type { AgentView } from "../../schemas/agent.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { Plan, PlanStep, RetryPolicy, StepModification } from "../../schemas/plan.ts";
import type { FailurePolicy, SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { addCapabilityDependencies } from "./capability-dependencies.ts";
import { approvalHash } from "./approval-hash.ts";
import { assignAgent, type Assignment, type AssignmentContext, type SelectAgent } from "./assignment.ts";
import { findCycles } from "./cycles.ts";
import { findDependencies } from "./dependencies.ts";
import { checkBudget, estimateStep, planCurrency, totalEstimates } from "./estimates.ts";
import { changeParameters, collectDecisions, type Decision } from "./modifications.ts";
import { findFalseParallel } from "./parallel-files.ts";
import { sha256 } from "./hash.ts";
import { resolveNeeds } from "./references.ts";
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
  /** What holds where the spec says nothing; 4 at a time and `continue` when left out. */
  readonly defaults?: { readonly maxConcurrent: number; readonly onFailure: FailurePolicy };
  readonly modifications?: readonly StepModification[];
}

/**
 * Makes the plan of a spec (catalogue A2, A6, B1). Pure: equal inputs give equal plans. What is wrong stands in the plan's
 * diagnostics. Throws FailureError `bad_request` for modifications that cannot be applied.
 */
export function buildPlan(input: PlanInput): Plan {
  const { spec, defaults = DEFAULTS } = input;
  const { needs, diagnostics: ofNeeds } = resolveNeeds(spec.tasks);
  const graph = findDependencies(spec, needs);
  const agents = new Map(input.agents.map((agent) => [agent.id, agent]));
  const stepIds = graph.nodes.map(({ id }) => id);
  const decisions = collectDecisions(input.modifications ?? [], stepIds, [...agents.keys()]);
  const currency = planCurrency(spec.settings.budget, spec.tasks);
  const maker = new StepMaker(input, graph, decisions, currency, {
    agents,
    settings: spec.settings.agents,
    select: input.select,
  });
  const made = graph.nodes.length > MAX_STEPS ? [] : graph.nodes.map((node) => maker.make(node));
  const { steps, diagnostics: ofCapabilities } = addCapabilityDependencies(made, agents);
  const maxConcurrent = spec.settings.maxConcurrent ?? defaults.maxConcurrent;
  const totals = totalEstimates(steps, maxConcurrent);
  const diagnostics = [
    ...spec.diagnostics,
    ...ofNeeds,
    ...cyclesOf(spec.tasks, graph),
    ...findFalseParallel(spec.tasks, graph.waits),
    ...maker.diagnostics,
    ...ofCapabilities,
    ...(graph.nodes.length > MAX_STEPS ? [tooMany(graph.nodes.length)] : []),
    ...checkBudget(steps, maker.tasks, spec.settings.budget, currency, totals.knownCost),
  ];
  const plan: Omit<Plan, "hash"> = {
    planId: input.planId,
    title: spec.title,
    specPath: input.specPath,
    dialect: spec.dialect,
    createdAt: input.createdAt,
    steps,
    settled: spec.tasks.flatMap(({ id, title, state, range }) =>
      state === "done" || state === "skipped" ? [{ id, title, state, line: range.line }] : [],
    ),
    ...totals,
    currency,
    budget: spec.settings.budget,
    maxConcurrent,
    onFailure: spec.settings.onFailure ?? defaults.onFailure,
    context: spec.settings.context,
    agentHashes: hashesOf(input, steps),
    agentCommands: commandsOf(agents, steps),
    modifications: [...(input.modifications ?? [])],
    diagnostics,
  };
  return { ...plan, hash: approvalHash(plan, sha256) };
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

const DEFAULTS = { maxConcurrent: 4, onFailure: "continue" } as const;

/** Runs nothing and succeeds: for steps that only stand for others, or only check what others did. */
const NOTHING_TO_RUN = { kind: "shell", script: ":" } as const;

const DEFAULT_TIMEOUT = 300_000;

/** Attempts of a step (catalogue C2; semantics, Execution). With stated retries, failed commands and checks are tried again too. */
function retryPolicy(retries: number | null): RetryPolicy {
  return retries === null ? DEFAULT_RETRY : { ...DEFAULT_RETRY, maxAttempts: retries + 1, retryOn: RETRY_WHEN_ASKED };
}

const RETRY_ALWAYS: RetryPolicy["retryOn"] = ["timeout", "transport", "crash", "rate_limit"];
const RETRY_WHEN_ASKED: RetryPolicy["retryOn"] = [...RETRY_ALWAYS, "exit_nonzero", "check_failed", "output_missing"];
const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 3, base: 2_000, factor: 2, cap: 8_000, retryOn: RETRY_ALWAYS };

class StepMaker {
  readonly diagnostics: Diagnostic[] = [];
  /** The tasks as they are after a person's changes, by step id. */
  readonly tasks = new Map<string, SpecTask>();
  readonly #input: PlanInput;
  readonly #graph: DependencyGraph;
  readonly #decisions: ReadonlyMap<string, Decision>;
  readonly #currency: string;
  readonly #assignment: AssignmentContext;
  readonly #byId: ReadonlyMap<string, SpecTask>;
  readonly #parents: ReadonlySet<string>;

  constructor(
    input: PlanInput,
    graph: DependencyGraph,
    decisions: ReadonlyMap<string, Decision>,
    currency: string,
    assignment: AssignmentContext,
  ) {
    this.#input = input;
    this.#graph = graph;
    this.#decisions = decisions;
    this.#currency = currency;
    this.#assignment = assignment;
    this.#byId = new Map(input.spec.tasks.map((task) => [task.id, task]));
    this.#parents = new Set(input.spec.tasks.flatMap(({ parent }) => (parent === null ? [] : [parent])));
  }

  make(node: DependencyGraph["nodes"][number]): PlanStep {
    const decision = this.#decisions.get(node.id);
    const original = node.kind === "task" ? this.#withWork(node.task) : gatheringTask(node);
    const { task, extra } = changeParameters(original, decision?.parameters ?? {});
    this.tasks.set(node.id, task);
    const assignment = assignAgent(task, decision, this.#assignment);
    this.diagnostics.push(...assignment.diagnostics);
    const dependencies = this.#graph.waits.get(node.id) ?? new Map<string, string>();
    const { attributes } = task;
    const { spec, defaults = DEFAULTS } = this.#input;
    return {
      id: node.id,
      title: task.title,
      ...stepAgent(assignment),
      parameters: {
        instructions: this.#instructions(task),
        command: attributes.command,
        cwd: attributes.cwd,
        env: attributes.env,
        extra,
      },
      dependencies: [...dependencies.keys()],
      ...estimateStep(task, assignment, assignment.agent, this.#currency),
      parent: task.parent,
      priority: attributes.priority ?? 0,
      retry: retryPolicy(decision?.retries ?? attributes.retries),
      timeout: decision?.timeout ?? attributes.timeout ?? assignment.agent?.timeout ?? DEFAULT_TIMEOUT,
      onFailure: attributes.onFailure ?? spec.settings.onFailure ?? defaults.onFailure,
      files: attributes.files,
      outputs: attributes.outputs,
      check: attributes.check,
      checkpoint: task.checkpoint,
      section: task.section,
      line: task.range.line,
      range: task.range,
      fingerprint: task.fingerprint,
      reason: { ...assignment.reason, dependencies: Object.fromEntries(dependencies) },
    };
  }

  #withWork(task: SpecTask): SpecTask {
    const isParent = this.#parents.has(task.id);
    const named = task.attributes.agent === null ? undefined : this.#assignment.agents.get(task.attributes.agent);
    // A parent that names an agent for its children's commands has no work for it of its own.
    const hasNone = isParent && task.attributes.command === null && named?.adapter === "command" && named.argv === null;
    if (hasNone) return { ...task, attributes: { ...task.attributes, command: NOTHING_TO_RUN } };
    return withOwnWork(task, isParent);
  }

  /** What the spec says of a task and, for agents, of the whole and of the tasks that it is part of. */
  #instructions(task: SpecTask): string {
    if (task.attributes.command !== null) return task.instructions;
    const { dialect, preamble } = this.#input.spec;
    // The tasks of a prose spec have its text as their instructions already.
    const above = dialect === "prose" || preamble === "" ? [] : [`About the whole:\n\n${preamble}`];
    const parents: string[] = [];
    for (let at = task.parent; at !== null;) {
      const parent = this.#byId.get(at);
      if (!parent) break;
      if (parent.instructions !== "") parents.unshift(`For all parts of "${parent.title}":\n\n${parent.instructions}`);
      at = parent.parent;
    }
    return [...above, ...parents, task.instructions].filter((text) => text !== "").join("\n\n");
  }
}

function stepAgent(
  assignment: Assignment,
): Pick<PlanStep, "agent" | "capability" | "decision" | "simulated" | "service"> {
  return {
    agent: assignment.agent?.id ?? null,
    capability: assignment.capability,
    decision: assignment.decision,
    simulated: assignment.simulated,
    service: assignment.agent?.service ?? null,
  };
}

/** A parent or checkpoint that only has a check or outputs does no work of its own: it looks at what the steps before it did. */
function withOwnWork(task: SpecTask, isParent: boolean): SpecTask {
  const { attributes, inherited } = task;
  const hasAgent =
    (attributes.agent !== null && !inherited.includes("agent")) ||
    (attributes.capability !== null && !inherited.includes("capability"));
  const isCheck =
    (isParent || (task.checkpoint && task.instructions === "")) && attributes.command === null && !hasAgent;
  return isCheck ? { ...task, attributes: { ...attributes, command: NOTHING_TO_RUN } } : task;
}

/** The task of a step that stands between many steps and many others. */
function gatheringTask(node: DependencyGraph["nodes"][number] & { kind: "gathering" }): SpecTask {
  const { place } = node;
  return {
    ...place,
    id: node.id,
    ownId: null,
    title: node.title,
    parent: node.task ? node.task.parent : null,
    checkpoint: node.checkpoint,
    instructions: "",
    attributes: {
      agent: null,
      capability: null,
      files: [],
      outputs: [],
      check: null,
      command: NOTHING_TO_RUN,
      timeout: null,
      retries: null,
      cost: null,
      costCurrency: null,
      duration: 0,
      priority: null,
      onFailure: null,
      cwd: null,
      env: {},
    },
    inherited: [],
    runs: true,
    fingerprint: node.task ? node.task.fingerprint : "",
  };
}

function cyclesOf(tasks: readonly SpecTask[], graph: DependencyGraph): Diagnostic[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const titles = new Map(graph.nodes.map((node) => [node.id, node.kind === "task" ? node.task.title : node.title]));
  return findCycles(graph.waits, (id) => {
    const task = byId.get(id);
    return {
      title: titles.get(id) ?? id,
      range: task?.needsRange ?? task?.range ?? null,
      states: (task?.needs?.length ?? 0) > 0,
    };
  });
}

function hashesOf(input: PlanInput, steps: readonly PlanStep[]): Record<string, string> {
  const used = [...new Set(steps.flatMap(({ agent }) => (agent === null ? [] : [agent])))].sort();
  return Object.fromEntries(
    used.flatMap((id): [string, string][] => {
      const hash = input.definitionHash(id);
      return hash === null ? [] : [[id, hash]];
    }),
  );
}

/** Only what would be started: a simulated step starts nothing. */
function commandsOf(agents: ReadonlyMap<string, AgentView>, steps: readonly PlanStep[]): Record<string, string[]> {
  const commands = new Map<string, string[]>();
  for (const { agent, simulated, decision } of steps) {
    const argv = agent === null || simulated || decision !== "agent" ? null : agents.get(agent)?.argv;
    if (agent !== null && argv) commands.set(agent, argv);
  }
  return Object.fromEntries(commands);
}
