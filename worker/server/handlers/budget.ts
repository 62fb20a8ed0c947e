import { throwFailure } from "../../../schemas/failure.ts";
import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";

const DAY_MS = 86_400_000;

export function budgetHandlers(workspace: Workspace): Pick<Handlers, "budget.get" | "budget.bill"> {
  return {
    "budget.get": ({ days }) =>
      Promise.resolve({
        problems: [],
        limits: [],
        since: new Date(workspace.options.clock.wall().getTime() - days * DAY_MS).toISOString(),
        byService: [],
        byAgent: [],
        byExecution: [],
        byDay: [],
        accuracy: [],
        approvals: [],
      }),
    "budget.bill": () => throwFailure("not_found", "there is no billing source"),
  };
}
