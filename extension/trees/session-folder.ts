import type { FolderSession } from "../session.ts";
import type { TreeFolder } from "./tree-folder.ts";

/** A folder of the session as trees see it. `isWaking`: somebody is about to connect to its worker. */
export function treeFolder({ folder, link, model }: FolderSession, isWaking: () => boolean): TreeFolder {
  return {
    uri: folder.uri.toString(),
    name: folder.name,
    get view() {
      return model.view;
    },
    get isConnecting() {
      const { kind } = model.link;
      // The first view follows the connection.
      return kind === "connecting" || kind === "connected" || isWaking();
    },
    execution: (executionId) => link.call("execution.get", { executionId }),
    step: (executionId, stepId) => link.call("execution.step", { executionId, stepId }),
    executions: async (limit) => (await link.call("execution.list", { limit })).executions,
    analytics: async (days) => (await link.call("agent.analytics", { days })).agents,
    budget: (days) => link.call("budget.get", { days }),
    agentProblems: async () => (await link.call("agent.list", {})).problems,
    follow: (executionId, after, onBatch) =>
      link.follow({ kind: "execution", executionId, after, glance: true }, (batch) => {
        if (batch.kind === "execution") onBatch(batch);
      }),
  };
}
