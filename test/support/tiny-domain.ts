import { throwFailure } from "../../schemas/failure.ts";
import type { Domain, DomainHandlers } from "../../worker/server/handlers.ts";
import type { CommandMemory } from "../../worker/server/idempotent.ts";
import type { Topics } from "../../worker/server/subscriptions.ts";

/** The smallest domain that the server can serve: every operation is unknown territory except those that a test replaces. */
export function tinyDomain(replaced: Partial<DomainHandlers> = {}, topics: Partial<Topics> = {}): Domain {
  const absent = async (): Promise<never> => throwFailure("not_found", "this test worker has nothing of the kind");
  return {
    handlers: {
      "agent.analytics": async () => ({ since: new Date(0).toISOString(), agents: [] }),
      "agent.list": async () => ({ agents: [], health: { healthy: 0, unhealthy: 0, total: 0 }, problems: [] }),
      "backup.list": async () => ({ backups: [] }),
      "backup.make": absent,
      "backup.restore": absent,
      "budget.bill": absent,
      "budget.get": absent,
      "execution.accept": absent,
      "execution.result": absent,
      "execution.resultFile": absent,
      "execution.cancel": absent,
      "execution.get": absent,
      "execution.kill": absent,
      "execution.list": async () => ({ executions: [], notices: [] }),
      "execution.pause": absent,
      "execution.report": absent,
      "execution.rerun": absent,
      "execution.resume": absent,
      "execution.retry": absent,
      "execution.revise": absent,
      "execution.start": absent,
      "execution.step": absent,
      "hook.list": async () => ({ deliveries: [], problems: [] }),
      "hook.retry": absent,
      "role.list": absent,
      "inbox.answer": absent,
      "inbox.list": async () => ({ decisions: [] }),
      "log.query": absent,
      "model.answer": absent,
      "model.keys": absent,
      "permission.forget": absent,
      "permission.list": absent,
      "plan.approve": absent,
      "plan.create": absent,
      "plan.get": absent,
      "plan.layout": absent,
      "plan.list": async () => ({ plans: [] }),
      "spec.create": absent,
      "spec.parse": absent,
      "spec.setDialect": absent,
      "worker.doctor": async () => ({ checks: [] }),
      ...replaced,
    },
    topics: { execution: absent, log: absent, workspace: absent, agents: absent, models: absent, ...topics },
    commands: commandsInMemory(),
    serveEditor: absent,
    running: () => [],
    busy: () => false,
    onBusyChange: () => () => {},
    drain: () => {},
    close: async () => {},
  };
}

export function commandsInMemory(): CommandMemory {
  const known = new Map<string, { operation: string; result: string }>();
  return {
    get: async (id) => known.get(id),
    put: async (id, operation, result) => {
      known.set(id, { operation, result });
    },
  };
}
