import type { AgentView } from "../../schemas/agent.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { StepDecision } from "../../schemas/plan.ts";
import type { SpecSettings, SpecTask } from "../../schemas/spec.ts";
import { nearestName } from "../spec/nearest-name.ts";
import { changesThings, COMMAND_CAPABILITY, inferCapability } from "./capability.ts";
import type { Decision } from "./modifications.ts";
import { quoted } from "./quoted.ts";

/** The built-in agent that runs the steps' own commands. */
export const SHELL_AGENT = "shell";

/** How an agent is chosen where nobody names one; `worker/agents/selection.ts` has the product's own. */
export type SelectAgent = (request: {
  capability: string;
  type: string | null;
  allowed: readonly string[];
  writes: boolean;
  isStated: boolean;
}) => { agent: AgentView | null; reason: string };

export interface Assignment {
  readonly agent: AgentView | null;
  /** Agents for the attempts after one that it could not do, in their order (catalogue D7). */
  readonly fallbacks: readonly string[];
  readonly decision: StepDecision;
  readonly simulated: boolean;
  readonly capability: string;
  /** Neither the spec nor a word of the title tells the capability. */
  readonly isGuessed: boolean;
  readonly reason: { readonly agent: string; readonly capability: string };
  readonly diagnostics: readonly Diagnostic[];
}

export interface AssignmentContext {
  readonly agents: ReadonlyMap<string, AgentView>;
  readonly settings: SpecSettings["agents"];
  readonly select: SelectAgent;
}

/** Who does a step: what a person decided, else whom the spec names, else whom selection finds (catalogue D3). */
export function assignAgent(task: SpecTask, decision: Decision | undefined, context: AssignmentContext): Assignment {
  const inferred = inferCapability({
    title: task.title,
    hasCommand: task.attributes.command !== null,
    stated: task.attributes.capability,
    isReview: task.attributes.reviews !== null,
  });
  const { capability, isGuessed } = inferred;
  const base = { capability, isGuessed, fallbacks: [], diagnostics: [] };
  if (decision?.skip === true) {
    const reason = { agent: "skipped by a person's decision", capability: inferred.reason };
    return { ...base, agent: null, decision: "skip", simulated: false, reason };
  }
  if (decision?.simulate === true) {
    const agent = [...context.agents.values()].find(({ simulated }) => simulated) ?? null;
    const reason = { agent: "simulated by a person's decision", capability: inferred.reason };
    return { ...base, agent, decision: agent ? "simulate" : "undecided", simulated: true, reason };
  }
  const named = nameOf(task, decision, inferred.capability, context);
  if (named) return useNamed(task, named, inferred, context);
  const { allowed } = context.settings;
  const chosen = context.select({
    capability: inferred.capability,
    type: null,
    allowed: inferred.capability === COMMAND_CAPABILITY ? [] : allowed,
    writes: changesThings(inferred.capability),
    isStated: task.attributes.capability !== null,
  });
  const reason = { agent: chosen.reason, capability: inferred.reason };
  if (chosen.agent) return { ...base, agent: chosen.agent, decision: "agent", simulated: false, reason };
  return {
    ...base,
    agent: null,
    decision: "undecided",
    simulated: false,
    reason,
    diagnostics: [nobody(task, chosen.reason)],
  };
}

interface Named {
  readonly id: string;
  readonly by: "person" | "task" | "front matter" | "command";
}

/** Commands go to the shell unless the task itself names an agent: an agent that is inherited is meant for the other children. */
function nameOf(
  task: SpecTask,
  decision: Decision | undefined,
  capability: string,
  context: AssignmentContext,
): Named | null {
  if (decision && decision.agent !== null) return { id: decision.agent, by: "person" };
  const { agent } = task.attributes;
  const isCommand = capability === COMMAND_CAPABILITY;
  if (agent !== null && !(isCommand && task.inherited.includes("agent"))) return { id: agent, by: "task" };
  const mapped = Object.hasOwn(context.settings.byCapability, capability)
    ? context.settings.byCapability[capability]
    : undefined;
  if (mapped !== undefined) return { id: mapped, by: "front matter" };
  return isCommand && context.agents.has(SHELL_AGENT) ? { id: SHELL_AGENT, by: "command" } : null;
}

function useNamed(
  task: SpecTask,
  named: Named,
  inferred: ReturnType<typeof inferCapability>,
  context: AssignmentContext,
): Assignment {
  const reasons: Record<Named["by"], string> = {
    person: "chosen by a person",
    task: task.inherited.includes("agent") ? "named in the spec, for the parent" : "named in the spec",
    "front matter": `the front matter names it for ${inferred.capability}`,
    command: "runs the commands of steps",
  };
  const { usable, passedOver, problems } = chainOf(task, named, context);
  const [first, ...fallbacks] = usable;
  const chain = [
    ...(passedOver.length > 0 ? [`because ${passedOver.join(" and ")}`] : []),
    ...(fallbacks.length > 0 ? [`then ${fallbacks.map(({ id }) => id).join(", then ")}`] : []),
  ];
  const reason = { agent: [reasons[named.by], ...chain].join(", "), capability: inferred.reason };
  const base = { capability: inferred.capability, isGuessed: inferred.isGuessed, reason };
  if (problems.length > 0 || !first) {
    return { ...base, agent: null, fallbacks: [], decision: "undecided", simulated: false, diagnostics: problems };
  }
  return {
    ...base,
    agent: first,
    fallbacks: fallbacks.map(({ id }) => id),
    decision: "agent",
    simulated: first.simulated,
    diagnostics: [],
  };
}

interface Chain {
  readonly usable: readonly AgentView[];
  /** Why those before them, or between them, are left out. */
  readonly passedOver: readonly string[];
  readonly problems: readonly Diagnostic[];
}

/** The agents of a chain that can be used now. One that cannot is passed over while another can; one that makes no sense is an error. */
function chainOf(task: SpecTask, named: Named, context: AssignmentContext): Chain {
  const ids = named.by === "task" ? [named.id, ...task.attributes.fallbacks] : [named.id];
  const usable: AgentView[] = [];
  const passedOver: string[] = [];
  const wrong: Diagnostic[] = [];
  for (const id of ids) {
    const agent = context.agents.get(id);
    const mistake = mistakeOf(task, { ...named, id }, agent, context);
    const obstacle = agent ? obstacleOf(agent) : null;
    if (mistake) wrong.push(mistake);
    else if (obstacle !== null) passedOver.push(`${id} ${obstacle}`);
    else if (agent) usable.push(agent);
  }
  if (wrong.length > 0) return { usable: [], passedOver, problems: wrong };
  return { usable, passedOver, problems: usable.length > 0 ? [] : [nobody(task, passedOver.join("; "))] };
}

/** What is wrong with the name of an agent, whatever its state. */
function mistakeOf(
  task: SpecTask,
  named: Named,
  agent: AgentView | undefined,
  context: AssignmentContext,
): Diagnostic | null {
  const place = { range: task.range, steps: [task.id], severity: "error" as const };
  if (!agent) {
    const near = nearestName(named.id, context.agents.keys());
    const advice = near === null ? "define it in `.planwright/agents.json`, or name another" : `did you mean ${near}?`;
    return {
      code: "unknown-agent",
      message: `${quoted(task.title)} names the agent ${named.id}, which does not exist: ${advice}`,
      ...place,
    };
  }
  const { allowed } = context.settings;
  if (named.by === "task" && allowed.length > 0 && !allowed.includes(named.id)) {
    const message = `${quoted(task.title)} names the agent ${named.id}, which \`agents\` in the front matter does not list: add it there or name another`;
    return { code: "unknown-agent", message, ...place };
  }
  if (agent.adapter === "command" && agent.argv === null && task.attributes.command === null) {
    const message = `${quoted(task.title)} is given to ${named.id}, which runs commands, and has none: add an \`sh\` block or \`command\`, or name another agent`;
    return { code: "bad-value", message, ...place };
  }
  if (agent.argv !== null && task.attributes.command !== null) {
    const message = `${quoted(task.title)} is given to ${named.id}, which does not run commands, and has one: take the agent or the command away`;
    return { code: "bad-value", message, ...place };
  }
  // Were it passed over in a chain, nobody would notice; were it used, nobody would have chosen to simulate.
  return agent.simulated && named.by !== "person"
    ? nobody(task, `${named.id} only simulates, which only a person can choose`)
    : null;
}

/** Why an agent cannot be used now; follows its name. */
function obstacleOf(agent: AgentView): string | null {
  if (agent.available && agent.status === "active") return null;
  return agent.available ? "is inactive" : `is not available (${agent.unavailableReason ?? "no reason known"})`;
}

function nobody(task: SpecTask, why: string): Diagnostic {
  const ways = `decide it with \`--set ${task.id}.agent=AGENT\`, \`--simulate ${task.id}\` or \`--skip ${task.id}\``;
  return {
    code: "no-agent",
    severity: "error",
    message: `${quoted(task.title)} has no agent: ${why}; ${ways}`,
    range: task.range,
    steps: [task.id],
  };
}
