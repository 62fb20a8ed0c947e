import { FailureError } from "../../schemas/failure.ts";
import { findCommand, rememberCommand } from "../store/command-ids.ts";
import type { Domain, DomainHandlers } from "./handlers.ts";
import { agentHandlers } from "./handlers/agent.ts";
import { backupHandlers } from "./handlers/backup.ts";
import { budgetHandlers } from "./handlers/budget.ts";
import { commandHandlers } from "./handlers/command.ts";
import { doctorHandlers } from "./handlers/doctor.ts";
import { executionHandlers } from "./handlers/execution.ts";
import { hookHandlers } from "./handlers/hook.ts";
import { permissionHandlers } from "./handlers/permission.ts";
import { logHandlers } from "./handlers/log.ts";
import { modelHandlers } from "./handlers/model.ts";
import { planHandlers } from "./handlers/plan.ts";
import { roleHandlers } from "./handlers/role.ts";
import { resultHandlers } from "./handlers/result.ts";
import { specHandlers } from "./handlers/spec.ts";
import { recentCommands, type CommandMemory } from "./idempotent.ts";
import { workspaceTopics } from "./topics.ts";
import type { Workspace } from "./workspace.ts";

/** Everything behind the operations of one workspace. */
export function domainOf(workspace: Workspace): Domain {
  const handlers: DomainHandlers = {
    ...specHandlers(workspace),
    ...planHandlers(workspace),
    ...executionHandlers(workspace),
    ...commandHandlers(workspace),
    ...resultHandlers(workspace),
    ...logHandlers(workspace),
    ...modelHandlers(workspace),
    ...agentHandlers(workspace),
    ...budgetHandlers(workspace),
    ...hookHandlers(workspace),
    ...roleHandlers(workspace),
    ...permissionHandlers(workspace),
    ...backupHandlers(workspace),
    ...doctorHandlers(workspace),
  };
  return {
    handlers,
    topics: workspaceTopics(workspace),
    commands: recentCommands(storedCommands(workspace)),
    serveEditor: async (socket, onBug) => {
      const { serveEditorOf } = await import("./language/editor-of-workspace.ts");
      serveEditorOf(workspace, socket, onBug);
    },
    running: () => workspace.running,
    busy: () => workspace.opened !== null && (workspace.opened.executions.isBusy || workspace.opened.hooks.isBusy),
    onBusyChange: (listener) => workspace.onChange(listener),
    drain: () => workspace.opened?.executions.drain(),
    close: () => workspace.close(),
  };
}

/** Large answers are plans: repeating such a command after a crash makes the same plan again, and the record stays small. */
const MAX_KEPT_RESULT = 64 * 1024;

/** Kept in the record once there is one; a change that needs no record, such as a plan that is not kept, does not create it. */
function storedCommands(workspace: Workspace): CommandMemory {
  return {
    async get(commandId) {
      const record = await workspace.recordIfKept();
      return (record && findCommand(record.database, commandId)) ?? undefined;
    },
    async put(commandId, operation, result) {
      const record = workspace.opened;
      if (!record || result.length > MAX_KEPT_RESULT) return;
      try {
        rememberCommand(record.database, {
          commandId,
          operation,
          result,
          at: workspace.options.clock.wall().toISOString(),
        });
        await record.database.durable();
      } catch (error) {
        // The change is done and its answer is kept in memory; only a crash before the next one could repeat it.
        if (!(error instanceof FailureError)) throw error;
        workspace.options.notice(`the answer to ${operation} could not be kept: ${error.message}`);
      }
    },
  };
}
