import { UNKNOWN_HEALTH, type AgentHealth } from "../../../schemas/agent-health.ts";
import { Engine } from "./engine.ts";
import type { ContainerSettings } from "./run-arguments.ts";

/** What was heard of an engine holds so long. */
const FRESH_MS = 30_000;

interface Heard {
  readonly at: number;
  readonly answer: Promise<string | null>;
  trouble: string | null | undefined;
}

/** Another program is one that the folder's file names: it is not run before a plan that needs it is approved. */
const ASKED: ReadonlySet<string> = new Set(["docker", "podman"]);

/** Knows whether the engines of agents answer, for lists and before plans are made. */
export class EngineWatch {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #heard = new Map<string, Heard>();

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  async look({ engine }: ContainerSettings): Promise<void> {
    if (!ASKED.has(engine)) return;
    const before = this.#heard.get(engine);
    if (before && performance.now() - before.at < FRESH_MS) {
      await before.answer;
      return;
    }
    const answer = new Engine(engine, this.#environment).trouble();
    const heard: Heard = { at: performance.now(), answer, trouble: before?.trouble };
    this.#heard.set(engine, heard);
    heard.trouble = await answer;
  }

  health({ engine }: ContainerSettings): AgentHealth {
    const trouble = this.#heard.get(engine)?.trouble;
    if (trouble === undefined) return UNKNOWN_HEALTH;
    return { ...UNKNOWN_HEALTH, state: trouble === null ? "healthy" : "unhealthy", detail: trouble };
  }
}
