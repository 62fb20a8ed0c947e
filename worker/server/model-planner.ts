import type { AgentDefinition } from "../../schemas/agent.ts";
import type { Decomposition } from "../../schemas/decomposition.ts";
import { throwFailure } from "../../schemas/failure.ts";
import type { ModelPlanning } from "../../schemas/operations/plan.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { SpecDocument, SpecReading } from "../../schemas/spec.ts";
import { selectAgent } from "../agents/selection.ts";
import { sha256 } from "../plan/hash.ts";
import { planningPrompt, repairPrompt, type PlanningSubject } from "../plan/planning-prompt.ts";
import { readPlanned } from "../plan/read-planned.ts";
import type { Caller } from "./handlers.ts";
import { askPlanner, canPlan, type PlannerAnswer, type PlannerCosts } from "./planner-question.ts";
import type { Workspace } from "./workspace.ts";

/** What agents that plan must be able to do. */
const CAPABILITY = "task_decomposition";

export interface PlanMaker {
  readonly workspace: Workspace;
  /** The plan by the rules, with what differs. */
  plan(more: Partial<Pick<Plan, "reading" | "planner">> & { readonly modifications?: [] }): Promise<Plan>;
}

export interface PlanningCaller extends Pick<Caller, "audience" | "signal"> {
  /** Of the spec. */
  readonly text: string;
  readonly spec: SpecDocument;
}

/**
 * Lets an agent take a spec apart (catalogue A3). Its answer is data: it is checked, what is wrong goes back to it once, and then the
 * rules plan, with a note that says why. It decides no command, check, cost or limit, and its plan is approved like any other. An agent
 * of the workspace's file gets the spec only after the person has accepted it on this machine: throws `not_approved` with
 * `UnacceptedPlanner` until then. Throws `bad_request` for an agent that is not there or cannot plan.
 */
export async function planWithModel(
  maker: PlanMaker,
  { agent: wanted, accept }: ModelPlanning,
  caller: PlanningCaller,
): Promise<Plan> {
  if (caller.audience !== "person") throwFailure("bad_request", "only a person may have an agent plan");
  const { workspace } = maker;
  const plain: SpecReading = { ...(await maker.plan({ modifications: [] })).reading, decomposition: null };
  const rules = await maker.plan({ modifications: [], reading: plain });
  const byRules = (agent: string | null, note: string): Promise<Plan> =>
    maker.plan({ reading: plain, planner: { kind: "structural", agent, note } });
  const errors = rules.diagnostics.filter(({ severity, code }) => severity === "error" && code !== "no-agent");
  if (errors[0]) return byRules(null, `planned by the rules, because the spec has errors: ${errors[0].message}`);
  const chosen = chosenPlanner(workspace, wanted, caller.spec);
  if (typeof chosen === "string") return byRules(null, `planned by the rules, because ${chosen}`);
  await requireAccepted(workspace, chosen, accept);
  const subject = { text: caller.text, spec: caller.spec, plan: rules, agents: workspace.options.registry.list() };
  const outcome = await planned({ maker, subject, plain, agent: chosen, signal: caller.signal });
  if (outcome.decomposition === null) return byRules(chosen.id, `planned by the rules, because ${outcome.note}`);
  const planner = { kind: "model" as const, agent: chosen.id, note: outcome.note };
  return maker.plan({ reading: { ...plain, decomposition: outcome.decomposition }, planner });
}

/** The agent that plans, or why there is none. */
function chosenPlanner({ options }: Workspace, wanted: string | null, spec: SpecDocument): AgentDefinition | string {
  const { registry } = options;
  if (wanted !== null) {
    const definition = registry.definition(wanted);
    if (definition === null)
      throwFailure("bad_request", `there is no agent "${wanted}": planwright agents lists those that there are`);
    const refusal = canPlan(definition);
    if (refusal !== null) throwFailure("bad_request", refusal);
    return definition;
  }
  const able = registry.list().filter(({ id }) => {
    const definition = registry.definition(id);
    return definition !== null && canPlan(definition) === null;
  });
  const { allowed } = spec.settings.agents;
  const request = { capability: CAPABILITY, type: null, allowed, writes: false, isStated: true };
  const { agent, reason } = selectAgent(able, request);
  return (agent && registry.definition(agent.id)) ?? `no agent can plan (${reason})`;
}

/** The spec goes to a program or service that a cloned repository may have named. Built-in agents are ours. */
async function requireAccepted(workspace: Workspace, agent: AgentDefinition, accept: string | null): Promise<void> {
  const { registry } = workspace.options;
  const isOurs = registry.list().some(({ id, origin }) => id === agent.id && origin === "built-in");
  if (isOurs) return;
  const hash = sha256([`planner ${registry.definitionHash(agent.id) ?? ""}`]);
  if (await workspace.approvals.isAccepted(hash)) return;
  if (accept === hash) return workspace.approvals.accept(hash);
  const what = placeOf(agent);
  throwFailure(
    "not_approved",
    `agent ${agent.id} of .planwright/agents.json ${what}, and nobody has accepted on this machine that it gets specs to plan: planwright plan --planner model asks you`,
    { details: { hash, agent: agent.id, what } },
  );
}

/** What an agent does with what it is given; follows its name. */
function placeOf({ adapter }: AgentDefinition): string {
  switch (adapter.kind) {
    case "llm":
      if (adapter.provider === "vscode") return `asks ${adapter.model} of VS Code`;
      return `asks ${adapter.model} at ${adapter.urls.length > 0 ? adapter.urls.join(", ") : adapter.provider}`;
    case "http":
      return `asks ${adapter.urls.join(", ")}`;
    case "acp":
      return adapter.argv === null ? `runs ${adapter.program ?? "a program"}` : `runs ${words(adapter.argv)}`;
    case "command":
      return `runs ${words(adapter.argv ?? [])}`;
    default:
      return `is of the kind ${adapter.kind}`;
  }
}

function words(argv: readonly string[]): string {
  return argv.map((word) => JSON.stringify(word)).join(" ");
}

interface Planning {
  readonly maker: PlanMaker;
  readonly subject: PlanningSubject;
  readonly plain: SpecReading;
  readonly agent: AgentDefinition;
  readonly signal: AbortSignal;
}

type Planned = { readonly decomposition: Decomposition | null; readonly note: string };

/** Asks, and once more with what is wrong. */
async function planned(planning: Planning): Promise<Planned> {
  const { maker, subject, agent, signal } = planning;
  const question = planningPrompt(subject);
  const costs: PlannerCosts[] = [];
  const ask = async (prompt: string): Promise<PlannerAnswer> => {
    const answer = await askPlanner(maker.workspace, { agent, prompt, plan: subject.plan }, signal);
    costs.push(answer.costs);
    return answer;
  };
  const first = await ask(question);
  if (first.failure !== null) return { decomposition: null, note: `${first.failure.message}${costNote(costs)}` };
  const read = await accepted(planning, first.text);
  if (read.decomposition !== null)
    return { decomposition: read.decomposition, note: `planned by ${agent.id}${costNote(costs)}` };
  const second = await ask(repairPrompt(question, first.text, read.problems));
  if (second.failure !== null) return { decomposition: null, note: `${second.failure.message}${costNote(costs)}` };
  const again = await accepted(planning, second.text);
  if (again.decomposition !== null)
    return {
      decomposition: again.decomposition,
      note: `planned by ${agent.id}, with one correction${costNote(costs)}`,
    };
  const [problem = "it is none"] = again.problems;
  return {
    decomposition: null,
    note: `the plan of ${agent.id} could not be used, also when it had been sent back: ${problem}${costNote(costs)}`,
  };
}

/** What of an answer can be used: first by itself, then as the plan that comes of it. */
async function accepted(
  { maker, subject, plain, agent }: Planning,
  text: string,
): Promise<{ readonly decomposition: Decomposition | null; readonly problems: readonly string[] }> {
  const read = readPlanned(text, subject);
  if (read.kind === "refused") return { decomposition: null, problems: read.problems };
  const decomposition = { by: agent.id, tasks: [...read.tasks] };
  const plan = await maker.plan({ modifications: [], reading: { ...plain, decomposition } });
  const known = new Set(subject.plan.diagnostics.map(({ message }) => message));
  const problems = plan.diagnostics.filter(
    ({ severity, code, message }) => severity === "error" && code !== "no-agent" && !known.has(message),
  );
  return problems.length > 0
    ? { decomposition: null, problems: problems.slice(0, 20).map(({ message }) => message) }
    : { decomposition, problems: [] };
}

function costNote(costs: readonly PlannerCosts[]): string {
  const questions = `${costs.length} ${costs.length === 1 ? "question" : "questions"}`;
  const tokens = costs.reduce((sum, one) => sum + one.tokens, 0);
  const isKnown = costs.every(({ amount }) => amount !== null);
  const amount = costs.reduce((sum, one) => sum + (one.amount ?? 0), 0);
  const price = isKnown
    ? `${amount.toFixed(4)} ${costs[0]?.currency ?? ""} ${costs.some(({ isSure }) => !isSure) ? "estimated" : "measured"}`
    : "unknown cost";
  return ` (${questions}, ${price}${tokens === 0 ? "" : `, ${tokens.toLocaleString("en-US")} tokens`})`;
}
