import type { EventBody, EventOf, ExecutionEvent } from "../../schemas/event.ts";
import type { ExecutionProgress, ExecutionView } from "../../schemas/execution.ts";
import { FailureError } from "../../schemas/failure.ts";
import { answer } from "../engine/answer.ts";
import { decide, nextWake } from "../engine/decide.ts";
import { fold } from "../engine/fold.ts";
import type { ExecutionState } from "../engine/state.ts";
import { progressOf, viewOf } from "../engine/view.ts";
import type { AttemptStarter, Clock, Journal, RunningAttempt } from "./ports.ts";

/** Time that an agent has between being asked to stop and being killed (catalogue C5). */
export const STOP_GRACE_MS = 5_000;
const FULL_DISK_RETRY_MS = 1_000;

export interface LiveExecutionOptions {
  readonly executionId: string;
  readonly specPath: string;
  readonly journal: Journal;
  readonly starter: AttemptStarter;
  readonly clock: Clock;
  /** Called with events once they are durable, in order. */
  readonly onDurable: (events: readonly ExecutionEvent[]) => void;
  /** Told when the record cannot be written for the moment, and (null) when it can again. */
  readonly onStalled: (reason: FailureError | null) => void;
}

/**
 * The shell around the engine for one execution: stamps what `decide` returns, folds it, has it stored, and only then acts on it.
 * While the record cannot be written nothing is acted upon and nothing is acknowledged.
 */
export class LiveExecution {
  readonly executionId: string;
  /** Resolves after `execution.finished` is durable; rejects when the record is lost for good. */
  readonly done: Promise<void>;
  readonly #options: LiveExecutionOptions;
  readonly #attempts = new Map<string, RunningAttempt>();
  readonly #origin: number;
  #state: ExecutionState | null = null;
  #queue: ExecutionEvent[] = [];
  #pumping = false;
  #advancing = false;
  #broken = false;
  #wake: { at: number; timer: { cancel(): void } } | null = null;
  #finish: () => void = () => undefined;
  #break: (error: unknown) => void = () => undefined;

  constructor(options: LiveExecutionOptions) {
    this.#options = options;
    this.executionId = options.executionId;
    this.#origin = options.clock.monotonic();
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#break = reject;
    });
    // Whoever is interested awaits `done`; a rejection must not end the process before that.
    this.done.catch(() => undefined);
  }

  /** Starts the execution. Resolves when its creation is durable. */
  async begin(created: Omit<EventOf<"execution.created">, "v" | "executionId" | "seq" | "at" | "t">): Promise<void> {
    const first: ExecutionEvent = { ...this.#moment(), seq: 1, ...created };
    this.#state = fold(null, first);
    await this.#options.journal.append(this.executionId, [first]);
    this.#options.onDurable([first]);
    this.#scheduleAdvance();
  }

  /** Harmless when the execution is over. With `force` running attempts are killed at once. */
  cancel(by: string, force: boolean): void {
    const state = this.#state;
    if (!state || state.finished || (state.cancel && (state.cancel.force || !force))) return;
    this.#emit([{ type: "cancel.requested", by, force }]);
    this.#scheduleAdvance();
  }

  progress(): ExecutionProgress | null {
    return this.#state && progressOf(this.#state, this.#now());
  }

  view(): ExecutionView | null {
    return this.#state && viewOf(this.#state, this.#now(), this.#options.specPath);
  }

  get hasFinished(): boolean {
    return this.#state?.finished != null && this.#queue.length === 0 && !this.#pumping;
  }

  /** Milliseconds on the execution's own clock. */
  #now(): number {
    return Math.max(this.#state?.t ?? 0, Math.round(this.#options.clock.monotonic() - this.#origin));
  }

  /** The stamp that all events of one moment share; each adds its own `seq`. */
  #moment(): { readonly v: 1; readonly executionId: string; readonly at: string; readonly t: number } {
    return { v: 1, executionId: this.executionId, at: this.#options.clock.wall().toISOString(), t: this.#now() };
  }

  #emit(bodies: readonly EventBody[]): void {
    const moment = this.#moment();
    for (const body of bodies) {
      const event: ExecutionEvent = { ...moment, seq: (this.#state?.seq ?? 0) + 1, ...body };
      this.#state = fold(this.#state, event);
      this.#queue.push(event);
    }
    void this.#pump();
  }

  /** Completions that arrive in the same turn are decided upon together. */
  #scheduleAdvance(): void {
    if (this.#advancing || this.#broken) return;
    this.#advancing = true;
    queueMicrotask(() => {
      this.#advancing = false;
      this.#advance();
    });
  }

  #advance(): void {
    const state = this.#state;
    if (!state || this.#broken) return;
    for (let events = decide(state, this.#now()); events.length > 0; events = decide(state, this.#now()))
      this.#emit(events);
    this.#setWake(nextWake(state));
  }

  #setWake(at: number | null): void {
    if (this.#wake?.at === at) return;
    this.#wake?.timer.cancel();
    this.#wake = null;
    if (at === null) return;
    const timer = this.#options.clock.after(Math.max(0, at - this.#now()), () => {
      this.#wake = null;
      this.#scheduleAdvance();
    });
    this.#wake = { at, timer };
  }

  /** Stores what is queued, then acts on it. One batch at a time, so that order holds and commits are shared. Never rejects. */
  async #pump(): Promise<void> {
    if (this.#pumping || this.#broken) return;
    this.#pumping = true;
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      if (!(await this.#store(batch))) return;
      this.#options.onDurable(batch);
      for (const event of batch) this.#perform(event);
    }
    this.#pumping = false;
    if (this.#state?.finished) {
      this.#setWake(null);
      this.#finish();
    }
  }

  async #store(batch: readonly ExecutionEvent[]): Promise<boolean> {
    for (let stalled = false; ;) {
      try {
        await this.#options.journal.append(this.executionId, batch);
        if (stalled) this.#options.onStalled(null);
        return true;
      } catch (error) {
        if (!(error instanceof FailureError) || error.failure.code !== "database_full") {
          this.#giveUp(error);
          return false;
        }
        if (!stalled) this.#options.onStalled(error);
        stalled = true;
        await new Promise<void>((resolve) => void this.#options.clock.after(FULL_DISK_RETRY_MS, resolve));
      }
    }
  }

  /** The record is lost: what runs without a record must not go on. */
  #giveUp(error: unknown): void {
    this.#broken = true;
    this.#setWake(null);
    for (const attempt of this.#attempts.values()) attempt.stop(0);
    this.#break(error);
  }

  #perform(event: ExecutionEvent): void {
    if (event.type === "attempt.started") this.#start(event);
    else if (event.type === "attempt.stopping")
      this.#attempts.get(event.attemptId)?.stop(this.#state?.cancel?.force ? 0 : STOP_GRACE_MS);
    else if (event.type === "cancel.requested" && event.force)
      for (const attempt of this.#attempts.values()) attempt.stop(0);
  }

  #start(event: EventOf<"attempt.started">): void {
    const running = this.#options.starter.start(event);
    this.#attempts.set(event.attemptId, running);
    void running.result.then((end) => {
      this.#attempts.delete(event.attemptId);
      if (!this.#state || this.#broken) return;
      this.#emit([answer(this.#state, event.stepId, event.attempt, event.attemptId, end)]);
      this.#scheduleAdvance();
    });
  }
}
