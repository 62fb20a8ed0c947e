import { join } from "node:path";
import { UNKNOWN_HEALTH } from "../../schemas/agent-health.ts";
import { endLeftOvers } from "../agents/left-overs.ts";
import { createRegistry } from "../agents/registry.ts";
import { Lifecycle } from "../agents/lifecycle.ts";
import type { Owner } from "../store/owner-lock.ts";
import { builtInAdapters } from "../agents/step-runner.ts";
import { domainOf } from "./domain.ts";
import { equipExecution } from "./equipment.ts";
import type { Domain } from "./handlers.ts";
import { currentRedactor } from "./secrets.ts";
import { Settings } from "./settings.ts";
import type { WorkerContext } from "./worker-process.ts";
import { Workspace } from "./workspace.ts";

/** Puts the rooms together for one workspace folder. Loaded with the first operation that needs any of them. */
export async function openDomain({ state, owner, clock, log, leave }: WorkerContext<Owner>): Promise<Domain> {
  const settings = new Settings(state.folder);
  const redactor = currentRedactor(settings, process.env);
  const redacted = (text: string): string => redactor().text(text);
  const lifecycle = new Lifecycle(() => clock.wall(), redacted);
  const adapters = builtInAdapters({ clock, environment: process.env, lifecycle });
  const registry = await createRegistry({
    agentsFile: join(state.folder, ".planwright", "agents.json"),
    health: (agent) => adapters[agent.adapter.kind].health?.(agent) ?? UNKNOWN_HEALTH,
    capabilities: (agent) => adapters[agent.adapter.kind].capabilities?.(agent) ?? [],
    known: async (agent) => adapters[agent.adapter.kind].known?.(agent),
  });
  lifecycle.tell("orchestrator:started", null, process.pid, state.folder);
  return domainOf(
    new Workspace({
      state,
      owner,
      clock,
      registry,
      adapters,
      lifecycle,
      settings,
      workerMark: `${state.key}:${process.pid}:${owner.epoch}`,
      equip: equipExecution,
      endLeftOvers: () => endLeftOvers(state.key, process.pid),
      notice: (message) => {
        log.note(redacted(message));
      },
      onLostRecord: () => {
        leave("bug");
      },
      leave: () => {
        leave("restored");
      },
    }),
  );
}
