import { join } from "node:path";
import { throwFailure } from "../../../schemas/failure.ts";
import { readLog, tailEntries } from "../../logs/log-reader.ts";
import { purgeOf } from "../../logs/retention.ts";
import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";
import { logFolder } from "../equipment.ts";
import { executionOf } from "./execution.ts";

export function logHandlers(workspace: Workspace): Pick<Handlers, "log.query"> {
  return {
    "log.query": async ({ executionId, filter, cursor, limit, tail }) => {
      await executionOf(workspace, executionId);
      const purge = await purgeOf(join(workspace.home, "logs"), executionId);
      if (purge) {
        const why = purge.reason === "age" ? "because of its age" : "to stay within the size of all logs";
        throwFailure(
          "not_found",
          `the log of ${executionId} was removed on ${purge.purgedAt} ${why}; its events and its report remain`,
        );
      }
      await workspace.logs.get(executionId)?.flush();
      const folder = logFolder(workspace.home, executionId);
      return tail === undefined ? readLog(folder, cursor, filter, limit) : tailEntries(folder, filter, tail);
    },
  };
}
