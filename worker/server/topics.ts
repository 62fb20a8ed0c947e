import { readLog, tailEntries } from "../logs/log-reader.ts";
import { logFolder } from "./equipment.ts";
import { executionSource } from "./execution-topic.ts";
import { summaryOf } from "./handlers/execution.ts";
import { USUAL_INTERVAL_MS, type Found, type LogBatch, type LogSource, type Topics } from "./subscriptions.ts";
import { workspaceSource } from "./workspace-topic.ts";
import type { Workspace, WorkspaceRecord } from "./workspace.ts";

/** What can be followed in a workspace: executions, their logs and the whole, read from the record. */
export function workspaceTopics(workspace: Workspace): Topics {
  return {
    execution: async (topic) =>
      executionSource(workspace, (await summaryOf(workspace, topic.executionId)).record, topic),
    log: async ({ executionId, filter, after: from, newest }) => {
      const { record } = await summaryOf(workspace, executionId);
      const folder = logFolder(workspace.home, executionId);
      const source: LogSource = {
        from,
        interval: newest === null ? USUAL_INTERVAL_MS : 100,
        isPaced: newest !== null,
        async read(after, limit): Promise<Found<string>> {
          // Asked before reading: what is written in between is found by the next read.
          const over = !record.executions.running.includes(executionId);
          const page =
            newest !== null && after === ""
              ? { ...(await tailEntries(folder, filter, newest)), more: false }
              : await readLog(folder, after, filter, newest ?? limit);
          const { entries, cursor, more } = page;
          const batch: LogBatch = { kind: "log", entries, skipped: 0, after: cursor, end: over && !more };
          return { batch, after: cursor, more, isNews: entries.length > 0 };
        },
        onChange: (listener) => onLogChange(workspace, record, executionId, listener),
      };
      return source;
    },
    workspace: async () => workspaceSource(workspace),
  };
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
