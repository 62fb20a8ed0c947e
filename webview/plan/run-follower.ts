import { batch, computed, signal } from "@preact/signals";
import type { ExecutionProgress, StepGlance } from "../../schemas/execution.ts";
import type { Failure } from "../../schemas/failure.ts";
import type { SubscriptionBatch } from "../../schemas/operations/subscription.ts";
import type { Host } from "../bridge.ts";
import { follow } from "../follow.ts";

interface FollowerOptions {
  readonly onFailure: (reason: Failure) => void;
  /** Ids of the steps that a batch told of. */
  readonly onSteps: (changed: ReadonlySet<string>) => void;
  readonly onEnd: () => void;
}

const TICK_MS = 1_000;

/** One execution as it goes on: its steps at a glance, its progress, and the time that passes between two batches. */
export class RunFollower {
  readonly glances = signal<ReadonlyMap<string, StepGlance>>(new Map());
  readonly progress = signal<ExecutionProgress | null>(null);
  /** Milliseconds on the execution's own clock, moving on by whole seconds while it runs. */
  readonly elapsed = computed(() => (this.progress.value?.elapsed ?? 0) + this.#sinceBatch.value);
  readonly #sinceBatch = signal(0);
  readonly #host: Host;
  readonly #options: FollowerOptions;
  #executionId: string | null = null;
  #after = 0;
  #stop: (() => void) | null = null;
  #hasEnded = false;
  #ticker: number | undefined;

  constructor(host: Host, options: FollowerOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Follows an execution from its beginning; null: none. One that is followed already goes on. */
  show(executionId: string | null): void {
    if (executionId === this.#executionId) return;
    this.#stop?.();
    this.#stop = null;
    window.clearInterval(this.#ticker);
    this.#executionId = executionId;
    this.#after = 0;
    batch(() => {
      this.glances.value = new Map();
      this.progress.value = null;
      this.#sinceBatch.value = 0;
    });
    if (executionId !== null) this.#follow(executionId);
  }

  /** Goes on following one that had ended. */
  again(executionId: string): void {
    if (executionId !== this.#executionId) return;
    this.#stop?.();
    this.#follow(executionId);
  }

  /** Goes on following one that had ended for us and goes on elsewhere, such as after a worker was lost. */
  notice(executionId: string): void {
    if (this.#hasEnded) this.again(executionId);
  }

  #follow(executionId: string): void {
    this.#hasEnded = false;
    this.#stop = follow(this.#host, {
      topic: () => ({ kind: "execution", executionId, after: this.#after, glance: true }),
      onBatch: (next) => {
        if (next.kind === "execution") this.#take(next);
      },
      onFailure: this.#options.onFailure,
    });
  }

  #take({ steps, progress, after, end }: Extract<SubscriptionBatch, { kind: "execution" }>): void {
    this.#after = after;
    batch(() => {
      if (steps.length > 0) {
        const glances = new Map(this.glances.value);
        for (const step of steps) glances.set(step.id, step);
        this.glances.value = glances;
      }
      this.progress.value = progress;
      this.#sinceBatch.value = 0;
    });
    this.#tick(progress.running.length > 0);
    this.#options.onSteps(new Set(steps.map(({ id }) => id)));
    this.#hasEnded = end;
    if (end) this.#options.onEnd();
  }

  #tick(isRunning: boolean): void {
    window.clearInterval(this.#ticker);
    if (!isRunning) return;
    const from = performance.now();
    this.#ticker = window.setInterval(() => {
      // Between two batches the clock of the execution moves as ours does; it stands while the worker is lost.
      if (this.#host.worker.value.state === "connected") this.#sinceBatch.value = performance.now() - from;
    }, TICK_MS);
  }
}

/** How long a step has run, as its glance tells it and the clock says now; null before its first attempt. */
export function runningTime(glance: StepGlance | undefined, elapsed: number): number | null {
  if (glance === undefined) return null;
  const last = glance.spans.at(-1);
  if (last === undefined) return glance.duration;
  const current = last.end === null ? Math.max(0, elapsed - last.start) : 0;
  const before = glance.spans.reduce((sum, span) => (span.end === null ? sum : sum + span.end - span.start), 0);
  return last.end === null ? before + current : (glance.duration ?? before);
}
