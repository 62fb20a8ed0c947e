import type { EnginePlan, EventOf, ExecutionEvent } from "../../schemas/event.ts";
import { failure, FailureError } from "../../schemas/failure.ts";
import type { AttemptEnd } from "../../worker/engine/answer.ts";
import { LiveExecution } from "../../worker/run/live-execution.ts";
import type { AttemptReport, AttemptStarter, AttemptSupport, Journal, RunningAttempt } from "../../worker/run/ports.ts";
import { createdBody } from "./engine-plans.ts";
import { FakeClock, quiet } from "./fake-clock.ts";
import { attemptEnd, type Script } from "./virtual-run.ts";

/** A journal in memory that can be slow, full or broken. */
export class MemoryJournal implements Journal {
  /** What has become durable, in order. */
  readonly events: ExecutionEvent[] = [];
  /** Calls of `append`, also those that failed. */
  calls = 0;
  /** `instant`: durable in the same turn. `held`: not before `release`. */
  mode: "instant" | "held" | "full" | "broken" = "instant";
  #held: { events: readonly ExecutionEvent[]; resolve: () => void }[] = [];

  async append(_executionId: string, events: readonly ExecutionEvent[]): Promise<void> {
    this.calls += 1;
    switch (this.mode) {
      case "full":
        throw new FailureError(failure("database_full", "the disk is full: free some space", { retryable: true }));
      case "broken":
        throw new FailureError(failure("database_damaged", "the disk failed"));
      case "held":
        return new Promise((resolve) => void this.#held.push({ events, resolve }));
      case "instant":
        this.events.push(...events);
    }
  }

  /** Makes durable what is held back; what comes later is held back again. */
  async release(): Promise<void> {
    for (const { events, resolve } of this.#held.splice(0)) {
      this.events.push(...events);
      resolve();
    }
    await quiet();
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }
}

/** Agents that end when the test or their script says so, and remember how they were stopped. */
export class ScriptedStarter implements AttemptStarter {
  /** `step/attempt`, in order of start. */
  readonly started: string[] = [];
  /** `step/attempt grace`, in order. */
  readonly stops: string[] = [];
  readonly #clock: FakeClock;
  readonly #script: Script;
  readonly #ends = new Map<string, (end: AttemptEnd) => void>();
  readonly #supports = new Map<string, AttemptSupport>();

  constructor(clock: FakeClock, script: Script) {
    this.#clock = clock;
    this.#script = script;
  }

  start({ stepId, attempt }: EventOf<"attempt.started">, support: AttemptSupport): RunningAttempt {
    const name = `${stepId}/${attempt}`;
    this.#supports.set(name, support);
    this.started.push(name);
    const { duration = null, fails = null, stopsIn } = this.#script(stepId, attempt);
    const result = new Promise<AttemptEnd>((resolve) => this.#ends.set(name, resolve));
    const reason = fails && failure(fails, `${stepId} broke`);
    if (duration !== null) {
      this.#clock.after(duration, () =>
        this.end(name, { outcome: reason ? "failed" : "succeeded", failure: reason, duration }),
      );
    }
    return {
      result,
      stop: (graceMs) => {
        this.stops.push(`${name} ${graceMs}`);
        const delay = graceMs === 0 ? 0 : stopsIn;
        if (delay !== undefined) this.#clock.after(delay, () => this.end(name, { outcome: "cancelled" }));
      },
    };
  }

  /** Ends an attempt; harmless when it is over. */
  end(name: string, more: Partial<AttemptEnd> = {}): void {
    this.#ends.get(name)?.(attemptEnd(more));
    this.#ends.delete(name);
  }

  /** An attempt says what it has cost, also when it is over. */
  report(name: string, said: Partial<AttemptReport>): void {
    this.#supports.get(name)?.report({ costs: [], refused: [], ...said });
  }

  /** What an attempt was given. */
  support(name: string): AttemptSupport {
    const support = this.#supports.get(name);
    if (!support) throw new Error(`${name} was not started`);
    return support;
  }

  /** Attempts whose processes still live. */
  get alive(): string[] {
    return [...this.#ends.keys()];
  }
}

/** A LiveExecution on a fake clock, with a journal in memory and scripted agents that do not end by themselves unless told so. */
export class LiveRun {
  readonly clock = new FakeClock();
  readonly journal = new MemoryJournal();
  readonly starter: ScriptedStarter;
  readonly execution: LiveExecution;
  /** What was published, in order. */
  readonly published: ExecutionEvent[] = [];
  /** What was said of the record: a failure's code, or null when it can be written again. */
  readonly stalls: (string | null)[] = [];
  /** How `done` has settled. */
  outcome: "resolved" | { readonly rejected: unknown } | null = null;
  readonly #plan: EnginePlan;

  constructor(plan: EnginePlan, script: Script = () => ({})) {
    this.#plan = plan;
    this.starter = new ScriptedStarter(this.clock, script);
    this.execution = new LiveExecution({
      executionId: "run-1",
      specPath: "x.spec.md",
      journal: this.journal,
      starter: this.starter,
      clock: this.clock,
      onDurable: (events) => void this.published.push(...events),
      onStalled: (reason) => void this.stalls.push(reason && reason.failure.code),
    });
    this.execution.done.then(
      () => (this.outcome = "resolved"),
      (error: unknown) => (this.outcome = { rejected: error }),
    );
  }

  async begin(): Promise<void> {
    await this.execution.begin(createdBody(this.#plan));
    await quiet();
  }
}
