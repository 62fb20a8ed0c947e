import { readLog } from "../logs/log-reader.ts";
import { newestEntries } from "../logs/newest-entries.ts";
import { logFolder } from "./equipment.ts";
import { USUAL_INTERVAL_MS, type Found, type LogBatch, type LogSource, type LogTopic } from "./subscriptions.ts";
import type { Workspace, WorkspaceRecord } from "./workspace.ts";

/** At most ten batches a second for somebody who only watches. */
const WATCH_INTERVAL_MS = 100;

/** The log of an execution to follow: all of it, or only the newest entries of what has come. */
export function logSource(workspace: Workspace, record: WorkspaceRecord, topic: LogTopic): LogSource {
  const { executionId, filter, newest } = topic;
  const folder = logFolder(workspace.home, executionId);
  return {
    from: topic.after,
    interval: newest === null ? USUAL_INTERVAL_MS : WATCH_INTERVAL_MS,
    isPaced: newest !== null,
    async read(after, limit): Promise<Found<string>> {
      // Asked before reading: what is written in between is found by the next read.
      const over = !record.executions.running.includes(executionId);
      const { entries, cursor, skipped, more } =
        newest === null
          ? { ...(await readLog(folder, after, filter, limit)), skipped: 0 }
          : { ...(await newestEntries(folder, after, filter, newest)), more: false };
      const batch: LogBatch = { kind: "log", entries, skipped, after: cursor, end: over && !more };
      return { batch, after: cursor, more, isNews: entries.length > 0 };
    },
    onChange: (listener) => onLogChange(workspace, record, executionId, listener),
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
