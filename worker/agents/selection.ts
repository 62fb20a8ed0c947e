import type { AgentView } from "../../schemas/agent.ts";

export interface SelectionRequest {
  readonly capability: string;
  /** Only agents of this type; null: any. */
  readonly type: string | null;
  /** Only these ids; empty: any. */
  readonly allowed: readonly string[];
  /** The work changes files, which agents with permission `readonly` may not. */
  readonly writes: boolean;
  /** True when the spec itself names the capability; agents restricted as `specialized` take only such work. */
  readonly isStated: boolean;
}

export interface Selection {
  /** Null: nobody can do it. */
  readonly agent: AgentView | null;
  /** Why this agent, or why none; one clause. */
  readonly reason: string;
  /** Ids of the agents that could have done it, best first. */
  readonly considered: readonly string[];
}

/**
 * Chooses an agent (catalogue D3): capability, type, active, available, load below its maximum and permitted; then those
 * that need no login, then higher priority, then lower load, then id. Simulated agents are never chosen: only a person decides to simulate. Restrictions:
 * `guest` works only where it is named, `specialized` only on a stated capability, `compiler` only on commands.
 */
export function selectAgent(agents: readonly AgentView[], request: SelectionRequest): Selection {
  const refused: string[] = [];
  let isInstallable = false;
  const able: AgentView[] = [];
  for (const agent of agents) {
    if (agent.simulated || !agent.capabilities.some(({ name }) => name === request.capability)) continue;
    const obstacle = obstacleOf(agent, request);
    if (obstacle === null) able.push(agent);
    // A known agent that nobody has installed is no obstacle to be told of.
    else if (agent.origin === "built-in" && agent.installation?.state === "missing") isInstallable = true;
    else refused.push(`${agent.id} ${obstacle}`);
  }
  able.sort(
    (a, b) => needsLogin(a) - needsLogin(b) || b.priority - a.priority || a.load - b.load || compare(a.id, b.id),
  );
  const [first, second] = able;
  if (!first) {
    const reason =
      refused.length === 0
        ? `no agent has the capability ${request.capability}${isInstallable ? ", and no coding agent is installed (`planwright doctor` says how to get one)" : ""}`
        : `no agent with capability ${request.capability} can take it: ${refused.slice(0, 5).join("; ")}`;
    return { agent: null, reason, considered: [] };
  }
  return { agent: first, reason: reasonFor(first, second, request.capability), considered: able.map(({ id }) => id) };
}

/** As far as can be seen. Such an agent may work all the same, but comes last. */
function needsLogin({ installation }: AgentView): number {
  return installation?.state === "needs_login" ? 1 : 0;
}

function obstacleOf(agent: AgentView, request: SelectionRequest): string | null {
  if (request.type !== null && agent.type !== request.type) return `is a ${agent.type}, not a ${request.type}`;
  if (agent.status !== "active") return "is inactive";
  if (!agent.available)
    return `is not available${agent.unavailableReason === null ? "" : ` (${agent.unavailableReason})`}`;
  if (agent.load >= agent.maxLoad) return `is at its maximum load of ${agent.maxLoad}`;
  if (request.allowed.length > 0 && !request.allowed.includes(agent.id))
    return "is not among the agents that the spec allows";
  if (request.writes && agent.permissions === "readonly") return "may only read";
  if (agent.restrictions.includes("guest")) return "is a guest and works only where it is named";
  if (agent.restrictions.includes("specialized") && !request.isStated)
    return "takes only work whose capability is stated";
  if (agent.restrictions.includes("compiler") && request.capability !== "command") return "runs only commands";
  return null;
}

function reasonFor(first: AgentView, second: AgentView | undefined, capability: string): string {
  if (second && needsLogin(first) !== needsLogin(second)) return `no login is missing, as with ${second.id}`;
  if (!second) return `only agent with capability ${capability}`;
  if (first.priority !== second.priority) return `priority ${first.priority} before ${second.priority} (${second.id})`;
  if (first.load !== second.load) return `load ${first.load} below ${second.load} (${second.id})`;
  return `first by name of the agents with capability ${capability} (before ${second.id})`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
