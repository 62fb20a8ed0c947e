import { fileURLToPath } from "node:url";
import type { AgentDefinition } from "../../schemas/agent.ts";
import { Supervision, type AgentHealth, type LifecycleEvent } from "../../schemas/agent-health.ts";
import type { Adapters, JsonValue } from "../../worker/agents/adapter.ts";
import { Lifecycle } from "../../worker/agents/lifecycle.ts";
import { builtInAdapters } from "../../worker/agents/step-runner.ts";
import { systemClock } from "../../worker/run/system-clock.ts";
import { builtIn, TestAttempt } from "./attempts.ts";
import { testModels } from "./models.ts";

const HOSTILE = fileURLToPath(new URL("../fixtures/hostile-agent.mjs", import.meta.url));

/** Everything that takes seconds, in tenths of them. */
const QUICK = Supervision.parse({
  heartbeat: 100,
  timeout: 600,
  grace: 1_500,
  window: 60_000,
  stagger: 0,
  stopGrace: 400,
});

export interface ProcessAgentOptions {
  readonly id?: string;
  readonly argv?: string[];
  readonly transport?: "lines" | "ipc";
  readonly lifetime?: "attempt" | "shared";
  readonly supervision?: Partial<Supervision>;
  readonly maxLoad?: number;
}

/** The agent without manners; `first` is how it is from its start. */
export function hostileAgent(first: string, options: ProcessAgentOptions = {}): AgentDefinition {
  return processAgent([process.execPath, HOSTILE, first], options);
}

export function processAgent(argv: string[], options: ProcessAgentOptions = {}): AgentDefinition {
  const { id = "agent", transport = "lines", lifetime = "attempt", supervision = {}, maxLoad = 4 } = options;
  return {
    ...builtIn("shell"),
    id,
    name: id,
    maxLoad,
    adapter: { kind: "process", argv, env: {}, transport, lifetime, supervision: { ...QUICK, ...supervision } },
  };
}

/** What supervises the agents of one workspace folder, with real processes. Close it at the end. */
export class AgentsWorld {
  readonly folder: string;
  readonly lifecycle = new Lifecycle(() => new Date());
  readonly adapters: Adapters;

  constructor(folder: string) {
    this.folder = folder;
    this.adapters = builtInAdapters({
      clock: systemClock,
      environment: process.env,
      lifecycle: this.lifecycle,
      models: testModels(process.env),
    });
  }

  /** An attempt of an agent; with a mode, that is what the agent without manners does with it. */
  attempt(agent: AgentDefinition, mode: string | null = null): TestAttempt {
    const extra: Record<string, JsonValue> = mode === null ? {} : { mode };
    return new TestAttempt(this.folder, null, { agent, extra, adapters: this.adapters });
  }

  /** What an attempt ended with: its outcome and the code of its failure. */
  async end(agent: AgentDefinition, mode: string | null = null): Promise<string> {
    const { outcome, failure } = await this.attempt(agent, mode).result;
    return failure === null ? outcome : failure.code;
  }

  health(agent: AgentDefinition): AgentHealth | undefined {
    return this.adapters.process.health?.(agent);
  }

  /** The kinds of events that were told of an agent so far. */
  told(agent: AgentDefinition): LifecycleEvent["type"][] {
    return this.lifecycle.after(0).flatMap((event) => (event.agent === agent.id ? event.type : []));
  }

  /** Resolves with the first event of a kind that comes after a sequence number. */
  async event(type: LifecycleEvent["type"], after = 0): Promise<LifecycleEvent> {
    return new Promise((resolve) => {
      const look = (): boolean => {
        const found = this.lifecycle.after(after).find((event) => event.type === type);
        if (found) resolve(found);
        return found !== undefined;
      };
      if (look()) return;
      const leave = this.lifecycle.onEvent(() => {
        if (look()) leave();
      });
    });
  }

  async close(): Promise<void> {
    await this.adapters.process.close?.();
  }
}
