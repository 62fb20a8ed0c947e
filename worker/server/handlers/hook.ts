import { listDeliveries, retryDeliveries } from "../../store/hook-deliveries.ts";
import type { Handlers } from "../handlers.ts";
import { readHooks } from "../hooks-file.ts";
import type { Workspace } from "../workspace.ts";
import { summaryOf } from "./execution.ts";

export function hookHandlers(workspace: Workspace): Pick<Handlers, "hook.list" | "hook.retry"> {
  return {
    "hook.list": async ({ executionId, limit }) => {
      const record =
        executionId === null ? await workspace.recordIfKept() : (await summaryOf(workspace, executionId)).record;
      return {
        deliveries: record ? listDeliveries(record.database, executionId, limit) : [],
        problems: (await readHooks(workspace.folder)).problems.map(({ message }) => message),
      };
    },
    "hook.retry": async ({ executionId }) => {
      const record =
        executionId === null ? await workspace.recordIfKept() : (await summaryOf(workspace, executionId)).record;
      if (!record) return { queued: 0 };
      const queued = retryDeliveries(record.database, executionId);
      await record.database.durable();
      record.hooks.poke();
      return { queued };
    },
  };
}
