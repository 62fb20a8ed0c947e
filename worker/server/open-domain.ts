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
import type { AnswerStore } from "../agents/llm/model-ports.ts";
import { keepModelAnswer, useModelAnswer } from "../store/model-answers.ts";
import { Models } from "./models.ts";
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
  const models: Models = new Models(process.env, () => answersOf(workspace));
  const adapters = builtInAdapters({ clock, environment: process.env, lifecycle, models });
  const registry = await createRegistry({
    agentsFile: join(state.folder, ".planwright", "agents.json"),
    obstacle: (agent) => adapters[agent.adapter.kind].obstacle?.(agent) ?? null,
    health: (agent) => adapters[agent.adapter.kind].health?.(agent) ?? UNKNOWN_HEALTH,
    capabilities: (agent) => adapters[agent.adapter.kind].capabilities?.(agent) ?? [],
    needsLogin: (agent) => adapters[agent.adapter.kind].needsLogin?.(agent) ?? null,
    known: async (agent) => adapters[agent.adapter.kind].known?.(agent),
  });
  lifecycle.tell("orchestrator:started", null, process.pid, state.folder);
  const workspace: Workspace = new Workspace({
    state,
    owner,
    clock,
    registry,
    adapters,
    models,
    lifecycle,
    settings,
    workerMark: `${state.key}:${process.pid}:${owner.epoch}`,
    equip: equipExecution,
    endLeftOvers: async () => {
      const agents = registry.list().flatMap(({ id }) => registry.definition(id) ?? []);
      const elsewhere = agents.map((agent) => adapters[agent.adapter.kind].recover?.(agent, state.key) ?? 0);
      const counts = await Promise.all([endLeftOvers(state.key, process.pid), ...elsewhere]);
      return counts.reduce((sum, count) => sum + count, 0);
    },
    notice: (message) => {
      log.note(redacted(message));
    },
    onLostRecord: () => {
      leave("bug");
    },
    leave: () => {
      leave("restored");
    },
  });
  models.onChange = () => {
    workspace.changed();
  };
  return domainOf(workspace);
}

/** The answers of models that are kept in the record, once there is one. */
function answersOf(workspace: Workspace): AnswerStore | null {
  const record = workspace.opened;
  if (!record) return null;
  const now = (): string => workspace.options.clock.wall().toISOString();
  return {
    find: (key) => useModelAnswer(record.database, key, now()),
    keep: (key, answer) => {
      keepModelAnswer(record.database, { key, ...answer }, now());
    },
  };
}
