import type { ExecutionProgress } from "../../schemas/execution.ts";
import { FailureError } from "../../schemas/failure.ts";
import { progressOf } from "../engine/view.ts";
import { readLog } from "../logs/log-reader.ts";
import { readEvents } from "../store/events.ts";
import { logFolder } from "./equipment.ts";
import { summaryOf } from "./handlers/execution.ts";
import { recordedState } from "./recovery.ts";
import type { ExecutionBatch, ExecutionSource, LogBatch, LogSource, Topics } from "./subscriptions.ts";
import type { Workspace, WorkspaceRecord } from "./workspace.ts";

/** What can be followed in a workspace: executions and their logs, read from the record. */
export function workspaceTopics(workspace: Workspace): Topics {
  return {
    execution: async ({ executionId }) =>
      executionSource((await summaryOf(workspace, executionId)).record, executionId),
    log: async ({ executionId, filter }) => {
      const { record } = await summaryOf(workspace, executionId);
      const folder = logFolder(workspace.home, executionId);
      const source: LogSource = {
        async read(after, limit) {
          // Asked before reading: what is written in between is found by the next read.
          const over = !record.executions.running.includes(executionId);
          const page = await readLog(folder, after, filter, limit);
          const batch: LogBatch = { kind: "log", entries: page.entries, after: page.cursor, end: over && !page.more };
          return { batch, more: page.more };
        },
        onChange: (listener) => onLogChange(workspace, record, executionId, listener),
      };
      return source;
    },
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

function executionSource(record: WorkspaceRecord, executionId: string): ExecutionSource {
  // An execution that is over has one progress for good.
  let final: ExecutionProgress | null = null;
  const progress = async (): Promise<ExecutionProgress> => {
    try {
      const live = await record.executions.live(executionId)?.durableProgress();
      if (live) return live;
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      // What is in the record is true; nothing moves until it can be written again.
      return { ...finalProgress(record, executionId), stalled: error.message };
    }
    final ??= finalProgress(record, executionId);
    return final;
  };
  return {
    async read(after, limit) {
      const over = !record.executions.running.includes(executionId);
      const events = readEvents(record.database, executionId, after, limit);
      const more = events.length === limit;
      const batch: ExecutionBatch = {
        kind: "execution",
        events,
        progress: await progress(),
        after: events.at(-1)?.seq ?? after,
        end: over && !more,
      };
      return { batch, more };
    },
    onChange: (listener) =>
      record.executions.onChange((changed) => {
        if (changed === executionId) listener();
      }),
  };
}

function finalProgress(record: WorkspaceRecord, executionId: string): ExecutionProgress {
  const state = recordedState(record.database, executionId);
  return progressOf(state, state.t);
}
