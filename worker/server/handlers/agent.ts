import type { AggregatedHealth, HealthState } from "../../../schemas/agent-health.ts";
import type { AgentView } from "../../../schemas/agent.ts";
import { agentAnalytics } from "../../insight/agent-analytics.ts";
import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";

const DAY_MS = 86_400_000;

function aggregated(agents: readonly AgentView[]): AggregatedHealth {
  const count = (...states: HealthState[]): number =>
    agents.filter(({ health }) => states.includes(health.state)).length;
  return { healthy: count("healthy"), unhealthy: count("unhealthy", "failed"), total: agents.length };
}

export function agentHandlers(workspace: Workspace): Pick<Handlers, "agent.list" | "agent.analytics"> {
  const { registry } = workspace.options;
  return {
    "agent.list": async () => {
      await registry.refreshAll();
      const agents = registry.list();
      return { agents, health: aggregated(agents), problems: registry.problems() };
    },
    "agent.analytics": async ({ agentId, days }) => {
      const record = await workspace.recordIfKept();
      const since = new Date(workspace.options.clock.wall().getTime() - days * DAY_MS).toISOString();
      return { since, agents: record ? agentAnalytics(record.database, since, agentId) : [] };
    },
  };
}
