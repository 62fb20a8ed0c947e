import { signal } from "@preact/signals";
import type { Host } from "../bridge.ts";
import type { LineRing } from "./line-ring.ts";

/** How soon the execution may be asked again for a step that nobody has named yet. */
const AGAIN_MS = 2_000;

/** Titles of the steps and the agents that appear in a log: what a person can choose from. */
export class StepNames {
  /** Steps that have begun, in plan order: title by id. */
  readonly steps = signal<ReadonlyMap<string, string>>(new Map());
  readonly agents = signal<readonly string[]>([]);
  readonly #host: Host;
  #executionId: string | null = null;
  /** Rows before this id have been looked at. */
  #seen = 0;
  #asked = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(host: Host) {
    this.#host = host;
  }

  show(executionId: string): void {
    if (executionId === this.#executionId) return;
    this.#executionId = executionId;
    this.steps.value = new Map();
    this.agents.value = [];
    this.#seen = 0;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#ask();
  }

  titleOf(stepId: string): string {
    return this.steps.value.get(stepId) ?? stepId;
  }

  /** Looks whether new lines are of steps or agents that are not known yet. */
  notice(ring: LineRing): void {
    const known = this.steps.peek();
    const agents = new Set(this.agents.peek());
    let isNew = false;
    for (let id = Math.max(this.#seen, ring.firstId); id < ring.endId; id += 1) {
      const row = ring.byId(id);
      if (row?.kind !== "line") continue;
      if (row.agent !== null) agents.add(row.agent);
      if (row.stepId !== null && !known.has(row.stepId)) isNew = true;
    }
    this.#seen = ring.endId;
    if (agents.size > this.agents.peek().length) this.agents.value = [...agents].sort();
    if (isNew && this.#timer === null) {
      this.#timer = setTimeout(
        () => {
          this.#timer = null;
          this.#ask();
        },
        this.#asked ? AGAIN_MS : 0,
      );
    }
  }

  #ask(): void {
    const executionId = this.#executionId;
    if (executionId === null) return;
    this.#asked = true;
    this.#host.client.call("execution.get", { executionId }).then(
      ({ steps }) => {
        if (executionId !== this.#executionId) return;
        const begun = steps.filter(({ attempts }) => attempts > 0);
        this.steps.value = new Map(begun.map(({ id, title }) => [id, title]));
        const agents = new Set(this.agents.peek());
        for (const { agent } of begun) if (agent !== null) agents.add(agent);
        this.agents.value = [...agents].sort();
      },
      // Without titles the ids stand there; the log itself tells why the worker does not answer.
      () => null,
    );
  }
}
