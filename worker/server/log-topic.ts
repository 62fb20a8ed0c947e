import { logFolder } from "./equipment.ts";
import { logFeed } from "./log-feed.ts";
import type { LogSource, LogTopic } from "./subscriptions.ts";
import type { Workspace, WorkspaceRecord } from "./workspace.ts";

/** The log of an execution to follow. */
export function logSource(workspace: Workspace, record: WorkspaceRecord, topic: LogTopic): LogSource {
  const { executionId } = topic;
  return logFeed(logFolder(workspace.home, executionId), topic, {
    isOver: () => !record.executions.running.includes(executionId),
    onChange: (listener) => onLogChange(workspace, record, executionId, listener),
  });
}

/** New entries, and the end of the execution. */
function onLogChange(
  workspace: Workspace,
  record: WorkspaceRecord,
  executionId: string,
  listener: () => void,
): () => void {
  const stopLog = workspace.logs.get(executionId)?.onAppend(listener);
  const stopExecution = record.executions.onChange((changed) => {
    if (changed === executionId) listener();
  });
  return () => {
    stopLog?.();
    stopExecution();
  };
}
