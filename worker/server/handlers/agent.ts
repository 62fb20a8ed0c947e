import { agentAnalytics } from "../../insight/agent-analytics.ts";
import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";

const DAY_MS = 86_400_000;

export function agentHandlers(workspace: Workspace): Pick<Handlers, "agent.list" | "agent.analytics"> {
  const { registry } = workspace.options;
  return {
    "agent.list": async () => {
      await registry.refresh();
      return { agents: registry.list(), problems: registry.problems() };
    },
    "agent.analytics": async ({ agentId, days }) => {
      const record = await workspace.recordIfKept();
      const since = new Date(workspace.options.clock.wall().getTime() - days * DAY_MS).toISOString();
      return { since, agents: record ? agentAnalytics(record.database, since, agentId) : [] };
    },
  };
}
