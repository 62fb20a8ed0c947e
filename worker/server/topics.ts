import { agentsSource } from "./agents-topic.ts";
import { executionSource } from "./execution-topic.ts";
import { summaryOf } from "./handlers/execution.ts";
import { logSource } from "./log-topic.ts";
import type { Topics } from "./subscriptions.ts";
import { workspaceSource } from "./workspace-topic.ts";
import type { Workspace } from "./workspace.ts";

/** What can be followed in a workspace: executions, their logs and the whole, read from the record. */
export function workspaceTopics(workspace: Workspace): Topics {
  return {
    execution: async (topic) =>
      executionSource(workspace, (await summaryOf(workspace, topic.executionId)).record, topic),
    log: async (topic) => logSource(workspace, (await summaryOf(workspace, topic.executionId)).record, topic),
    workspace: async () => workspaceSource(workspace),
    agents: async (topic) => agentsSource(workspace.options.lifecycle, topic),
    models: async () => workspace.options.models.editor.source(),
  };
}
