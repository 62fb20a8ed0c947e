import { readLog, tailEntries } from "../../logs/log-reader.ts";
import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";
import { logFolder } from "../equipment.ts";
import { summaryOf } from "./execution.ts";

export function logHandlers(workspace: Workspace): Pick<Handlers, "log.query"> {
  return {
    "log.query": async ({ executionId, filter, cursor, limit, tail }) => {
      await summaryOf(workspace, executionId);
      await workspace.logs.get(executionId)?.flush();
      const folder = logFolder(workspace.home, executionId);
      return tail === undefined ? readLog(folder, cursor, filter, limit) : tailEntries(folder, filter, tail);
    },
  };
}
