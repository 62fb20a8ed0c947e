import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import { sharingParts } from "../../schemas/same-parts.ts";
import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { NO_ATTRIBUTES } from "../spec/attributes.ts";
import { assignAgent, type Assignment, type AssignmentContext } from "./assignment.ts";
import { estimateStep, type EstimateBasis } from "./estimates.ts";
import { changeTask, type Decision } from "./modifications.ts";
import { retryPolicy } from "./retry-policy.ts";
import { ServedWords, servedRequirements } from "./served-requirements.ts";
import type { RoleSet } from "./roles/role.ts";
import { changeOf, roleOf, unknownRole } from "./step-role.ts";
import type { DependencyGraph } from "./waits.ts";

/** Runs nothing and succeeds: for steps that only stand for others, or only check what others did. */
const NOTHING_TO_RUN = { kind: "shell", script: ":" } as const;

const DEFAULT_TIMEOUT = 300_000;

/** How often a review may send work back when nobody says. */
const DEFAULT_ROUNDS = 2;

/** Makes the steps of a plan one by one, all but their locks, which depend on all of them. */
export class StepMaker {
  readonly diagnostics: Diagnostic[] = [];
  /** The tasks as they are after a person's changes, by step id. */
  readonly tasks = new Map<string, SpecTask>();
  readonly #spec: SpecDocument;
  readonly #graph: DependencyGraph;
  readonly #decisions: ReadonlyMap<string, Decision>;
  readonly #estimates: Pick<EstimateBasis, "currency" | "rates" | "history">;
  readonly #assignment: AssignmentContext;
  readonly #roles: RoleSet;
  readonly #byId: ReadonlyMap<string, SpecTask>;
  readonly #parents: ReadonlySet<string>;
  readonly #served: ReadonlyMap<string, readonly string[]>;
  readonly #servedWords: ServedWords;
  #last: PlanStep | undefined;

  constructor(
    spec: SpecDocument,
    graph: DependencyGraph,
    decisions: ReadonlyMap<string, Decision>,
    estimates: Pick<EstimateBasis, "currency" | "rates" | "history">,
    assignment: AssignmentContext,
    roles: RoleSet,
  ) {
    this.#spec = spec;
    this.#graph = graph;
    this.#decisions = decisions;
    this.#estimates = estimates;
    this.#assignment = assignment;
    this.#roles = roles;
    this.#byId = new Map(spec.tasks.map((task) => [task.id, task]));
    this.#parents = new Set(spec.tasks.flatMap(({ parent }) => (parent === null ? [] : [parent])));
    this.#served = servedRequirements(spec.tasks);
    this.#servedWords = new ServedWords(spec.requirements);
  }

  make(node: DependencyGraph["nodes"][number]): PlanStep {
    this.#last = sharingParts(this.#make(node), this.#last);
    return this.#last;
  }

  #make(node: DependencyGraph["nodes"][number]): PlanStep {
    const decision = this.#decisions.get(node.id);
    const original = node.kind === "task" ? this.#withWork(node.task) : gatheringTask(node);
    const { task, extra } = changeTask(original, decision);
    this.tasks.set(node.id, task);
    const assignment = assignAgent(task, decision, this.#assignment);
    this.diagnostics.push(...assignment.diagnostics);
    const dependencies = this.#graph.waits.get(node.id) ?? new Map<string, string>();
    const { attributes } = task;
    const question = { task, ...assignment };
    const role = roleOf(question, this.#roles);
    const unknown = role === null ? null : unknownRole(task, role, this.#roles);
    if (unknown) this.diagnostics.push(unknown);
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
      ...estimateStep(task, { step: assignment, agent: assignment.agent, ...this.#estimates }),
      parent: task.parent,
      priority: attributes.priority ?? 0,
      retry: retryPolicy(attributes, assignment.agent?.retry ?? null),
      timeout: attributes.timeout ?? assignment.agent?.timeout ?? DEFAULT_TIMEOUT,
      onFailure: attributes.onFailure ?? this.#spec.settings.onFailure,
      idempotent: attributes.idempotent ?? true,
      role,
      change: changeOf(question, role, this.#roles),
      reviews: null,
      rounds: attributes.rounds ?? DEFAULT_ROUNDS,
      place: "folder",
      locks: [],
      files: attributes.files,
      outputs: attributes.outputs,
      fallbacks: [...assignment.fallbacks],
      extract: attributes.extract,
      check: attributes.check,
      checkpoint: task.checkpoint,
      section: task.section,
      requirements: [...(this.#served.get(node.id) ?? [])],
      line: task.range.line,
      range: task.range,
      fingerprint: task.fingerprint,
      reason: reasonOf(task, assignment, dependencies),
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

  /** What the spec says of a task and, for agents, of the whole, of the tasks that it is part of, and of what it serves. */
  #instructions(task: SpecTask): string {
    if (task.attributes.command !== null) return task.instructions;
    const { dialect, preamble } = this.#spec;
    // The tasks of a prose spec have its text as their instructions already.
    const above = dialect === "prose" || preamble === "" ? [] : [`About the whole:\n\n${preamble}`];
    const parents: string[] = [];
    for (let at = task.parent; at !== null;) {
      const parent = this.#byId.get(at);
      if (!parent) break;
      parents.unshift(
        parent.instructions === ""
          ? `This is a part of "${parent.title}".`
          : `For all parts of "${parent.title}":\n\n${parent.instructions}`,
      );
      at = parent.parent;
    }
    const served = this.#servedWords.of(this.#served.get(task.id) ?? []);
    return [...above, ...parents, task.instructions, served].filter((text) => text !== "").join("\n\n");
  }
}

/** What a language model has planned is told as its choice, not as the spec's. */
function reasonOf(
  { planned }: SpecTask,
  { reason, decision }: Assignment,
  dependencies: ReadonlyMap<string, string>,
): PlanStep["reason"] {
  if (planned === undefined) return { ...reason, dependencies: Object.fromEntries(dependencies) };
  const why = planned.reason === "" ? "" : `: ${planned.reason}`;
  const isItsAgent = planned.agent && decision === "agent" && reason.agent.startsWith("named in the spec");
  return {
    agent: isItsAgent ? `chosen by the model that planned it${why}` : reason.agent,
    capability: planned.capability ? "said by the model that planned it" : reason.capability,
    dependencies: Object.fromEntries(
      [...dependencies].map(([id, told]) => [id, planned.needs.includes(id) ? "needs it, as the model planned" : told]),
    ),
  };
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
    attributes: { ...NO_ATTRIBUTES, command: NOTHING_TO_RUN, duration: 0 },
    inherited: [],
    runs: true,
    fingerprint: node.task ? node.task.fingerprint : "",
  };
}
