import { budgetBreakdown, NOTHING_SPENT } from "../../insight/budget.ts";
import { bill } from "../billing.ts";
import { readBudget } from "../budget-file.ts";
import { budgetStandings } from "../budget-standings.ts";
import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";

const DAY_MS = 86_400_000;

export function budgetHandlers(workspace: Workspace): Pick<Handlers, "budget.get" | "budget.bill"> {
  return {
    "budget.get": async ({ days }) => {
      const record = await workspace.recordIfKept();
      const { set, problems } = await readBudget(workspace.folder);
      const since = new Date(workspace.options.clock.wall().getTime() - days * DAY_MS).toISOString();
      return {
        problems: problems.map(({ message }) => message),
        limits: await budgetStandings(set, record),
        since,
        ...(record ? await budgetBreakdown(record.database, since) : NOTHING_SPENT),
      };
    },
    "budget.bill": ({ accept }) => bill(workspace, accept),
  };
}
