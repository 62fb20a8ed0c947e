import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { AgentView } from "../../../schemas/agent.ts";
import type { SpecDocument } from "../../../schemas/spec.ts";
import type { Calibration } from "../../../schemas/calibration.ts";
import type { History } from "../../plan/estimates.ts";
import { planCurrency } from "../../plan/estimates.ts";
import type { PolicySet } from "../../plan/policies.ts";
import type { RoleSet } from "../../plan/roles/role.ts";
import type { ParseOptions } from "../../spec/parse.ts";
import type { Clock } from "../../run/ports.ts";
import { planFacts, type FactsInput, type PlanFacts } from "../../lint/plan-facts.ts";
import type { Reading } from "../../lint/reading.ts";

export interface ThreadRequest {
  readonly id: number;
  readonly text: string;
  readonly specPath: string;
  readonly options: ParseOptions;
  readonly agents: readonly AgentView[];
  /** What the record says of the agents; `key` is agent, capability and currency in JSON. */
  readonly history: readonly { readonly key: string; readonly calibration: Calibration }[] | null;
  readonly budget: PolicySet;
  readonly roles: RoleSet | undefined;
}

export type ThreadAnswer =
  | { readonly id: number; readonly facts: PlanFacts; readonly problem: null }
  | { readonly id: number; readonly facts: null; readonly problem: string };

/** Plans of up to so many tasks take a few milliseconds and are made at once. */
const TASKS_AT_ONCE = 400;
/** A thread that nobody needs any more gives its memory back. */
const IDLE_MS = 30_000;

/** Makes plans of texts while they are edited: large ones in a thread, so that nobody who asks for something else waits. */
export class Planner {
  readonly #clock: Pick<Clock, "after">;
  readonly #waiting = new Map<number, { resolve(facts: PlanFacts): void; reject(error: Error): void }>();
  #thread: Worker | null = null;
  #idle: { cancel(): void } | null = null;
  #lastId = 0;

  constructor(clock: Pick<Clock, "after">) {
    this.#clock = clock;
  }

  /** Whether the plan of this spec is made at once. */
  isQuick({ tasks }: SpecDocument): boolean {
    return tasks.length <= TASKS_AT_ONCE;
  }

  /** Rejects when the thread is lost or the planner is disposed. */
  async facts({ text, options }: Pick<Reading, "text" | "options">, input: FactsInput): Promise<PlanFacts> {
    if (this.isQuick(input.spec)) return planFacts(input);
    const { specPath, agents } = input;
    this.#lastId += 1;
    const id = this.#lastId;
    const request: ThreadRequest = {
      id,
      text,
      specPath,
      options,
      agents: [...agents],
      history: recorded(input),
      budget: input.budget,
      roles: input.roles,
    };
    this.#idle?.cancel();
    this.#thread ??= this.#start();
    const { promise, resolve, reject } = Promise.withResolvers<PlanFacts>();
    this.#waiting.set(request.id, { resolve, reject });
    // Somebody waits for it, so the process may not end; an idle thread keeps nobody.
    this.#thread.ref();
    this.#thread.postMessage(request);
    return promise;
  }

  async dispose(): Promise<void> {
    this.#idle?.cancel();
    await this.#end("the planner was disposed");
  }

  #start(): Worker {
    const thread = new Worker(threadFile(), { execArgv: [] });
    thread.on("message", (answer: ThreadAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (answer.facts) waiting?.resolve(answer.facts);
      else waiting?.reject(new Error(answer.problem));
      if (this.#waiting.size > 0) return;
      thread.unref();
      this.#idle?.cancel();
      this.#idle = this.#clock.after(IDLE_MS, () => {
        this.#end("the thread was idle").catch(() => {});
      });
    });
    const onLost = (reason: string): void => {
      if (this.#thread === thread) this.#thread = null;
      this.#rejectAll(reason);
    };
    thread.on("error", (error) => {
      onLost(error instanceof Error ? error.message : String(error));
    });
    thread.on("exit", (code) => {
      if (this.#thread === thread) onLost(`it ended with code ${code}`);
    });
    thread.unref();
    return thread;
  }

  async #end(reason: string): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    this.#rejectAll(reason);
    await thread?.terminate();
  }

  #rejectAll(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(`the thread that plans was lost: ${reason}`));
    this.#waiting.clear();
  }
}

/** A function does not cross to a thread, but all that it can be asked does: it is asked of the agents' own capabilities only. */
function recorded({ spec, agents, history, budget }: FactsInput): ThreadRequest["history"] {
  if (history === null) return null;
  const currency = planCurrency(spec, budget);
  const stated = spec.tasks.flatMap(({ attributes }) => attributes.capability ?? []);
  const asked = new Set<string>();
  const rows: { key: string; calibration: Calibration }[] = [];
  const add = (...key: Parameters<History>): void => {
    const text = JSON.stringify(key);
    if (asked.has(text)) return;
    asked.add(text);
    rows.push({ key: text, calibration: history(...key) });
  };
  for (const agent of agents) {
    for (const { name } of agent.capabilities) add(agent.id, name, currency);
    for (const name of new Set(stated)) add(agent.id, name, currency);
  }
  return rows;
}

/** The build makes a file of its own of the thread, beside the bundle. */
function threadFile(): URL {
  const built = new URL("./plan-thread.mjs", import.meta.url);
  return existsSync(built) ? built : new URL("./plan-thread.ts", import.meta.url);
}
