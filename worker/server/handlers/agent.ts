import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";

export function agentHandlers(workspace: Workspace): Pick<Handlers, "agent.list"> {
  const { registry } = workspace.options;
  return {
    "agent.list": async () => {
      await registry.refresh();
      return { agents: registry.list(), problems: registry.problems() };
    },
  };
}
