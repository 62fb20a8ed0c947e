import { answer, report, type AttemptEnd } from "../engine/answer.ts";
import { accept, type Command } from "../engine/command.ts";
import { decide, isAtRest, nextWake } from "../engine/decide.ts";
import { fold } from "../engine/fold.ts";
import { allowanceOf } from "../engine/limits.ts";
import { askPermission } from "../engine/permission.ts";
import { NOTHING_AROUND, stepNamed, type ExecutionState, type Surroundings } from "../engine/state.ts";
import { stopOf } from "../engine/stop-reason.ts";
import { allowedSince, oldestSince, trackOf, usageOf } from "../engine/usage.ts";
import { progressOf, viewOf } from "../engine/view.ts";
import type { EnginePlan, EventBody, EventOf, ExecutionEvent } from "../../schemas/event.ts";
import type { ExecutionProgress, ExecutionView } from "../../schemas/execution.ts";
import { failed, failure, FailureError, success, type Outcome } from "../../schemas/failure.ts";
import { fromMicros } from "../../schemas/money.ts";
import { DurableQueue } from "./durable-queue.ts";
import type { LiveSpending, PastSpending } from "./policy-book.ts";
import { AttemptReports } from "./attempt-reports.ts";
import type { AttemptStarter, AttemptSupport, Clock, Journal, RunningAttempt } from "./ports.ts";
import { Questions } from "./questions.ts";

/** Time that an agent has between being asked to stop and being killed (catalogue C5). */
export const STOP_GRACE_MS = 5_000;

/** A timer that fires so much too late tells that this process stood still. */
const FROZEN_MS = 1_000;
/** What was due meanwhile gets this time, in which answers that came meanwhile are heard: they come before it. */
const THAW_MS = 1_000;

export interface LiveExecutionOptions {
  readonly executionId: string;
  readonly specPath: string;
  readonly journal: Journal;
  readonly starter: AttemptStarter;
  readonly clock: Clock;
  /** What other executions of the folder hold. */
  readonly around?: Surroundings;
  /** Called with events once they are durable, in order. Must not throw. */
  readonly onDurable: (events: readonly ExecutionEvent[]) => void;
  /** Told when the record cannot be written for the moment, and (null) when it can again. Must not throw. */
  readonly onStalled: (reason: FailureError | null) => void;
  /** After `drain`: told whenever everything is stored, because then it may be at rest. Must not throw. */
  readonly onQuiet?: () => void;
}

/** What tells only what was done. */
export type Note = Extract<EventBody, { type: "boxes.written" }>;

/** What an execution holds that others may want, too. */
export type Holdings = Pick<Surroundings, "load" | "holders"> & LiveSpending;

/** What events of one moment share; each adds its own `seq` and body. */
interface Moment {
  readonly at: string;
  readonly t: number;
}

/**
 * The shell around the engine for one execution: stamps what `decide` returns, folds it, has it stored, and only then acts on it.
 * While the record cannot be written nothing is acted upon, nothing is acknowledged, and the execution's clock stands still: an
 * attempt must not pass its timeout before it could be started.
 */
export class LiveExecution {
  readonly executionId: string;
  /**
   * Resolves after `execution.finished` is durable. Rejects, once all agents are gone, when the record is lost for good or the
   * worker leaves. Stays pending when `begin` rejects: then nothing was started.
   */
  readonly done: Promise<void>;
  readonly #options: LiveExecutionOptions;
  readonly #around: Surroundings;
  readonly #attempts = new Map<string, RunningAttempt>();
  readonly #record: DurableQueue;
  /** The monotonic clock's reading at which the execution's own clock shows 0. */
  #origin: number;
  #state: ExecutionState | null = null;
  /** Of the last event that is no note: what is noted after the end takes nothing of the end back. */
  #decidedSeq = 1;
  readonly #reports = new AttemptReports();
  readonly #questions = new Questions();
  #answers: { readonly event: EventOf<"attempt.started">; readonly end: AttemptEnd }[] = [];
  #advancing = false;
  #draining = false;
  /** Set when the execution was let go; from then on nothing is decided, acted upon or stored. */
  #lost: { readonly reason: unknown } | null = null;
  #wake: { at: number; timer: { cancel(): void } } | null = null;
  #finish: () => void = () => undefined;
  #break: (error: unknown) => void = () => undefined;

  constructor(options: LiveExecutionOptions) {
    this.#options = options;
    this.executionId = options.executionId;
    this.#around = options.around ?? NOTHING_AROUND;
    this.#origin = options.clock.monotonic();
    this.#record = new DurableQueue({
      executionId: options.executionId,
      journal: options.journal,
      clock: options.clock,
      onDurable: (events) => {
        options.onDurable(events);
        for (const event of events) this.#perform(event);
      },
      onDrained: () => {
        if (this.hasFinished) this.#finish();
        if (this.#draining) options.onQuiet?.();
      },
      onStalled: (reason, lasted) => this.#onStalled(reason, lasted),
      onLost: (error) => this.#giveUp(error),
    });
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#break = reject;
    });
    // Whoever is interested awaits `done`; a rejection must not end the process before that.
    this.done.catch(() => undefined);
  }

  /** Starts the execution. Resolves when its creation is durable; rejects when it cannot be stored, and then nothing happens. */
  async begin(created: Omit<EventOf<"execution.created">, "v" | "executionId" | "seq" | "at" | "t">): Promise<void> {
    const first: ExecutionEvent = { v: 1, executionId: this.executionId, seq: 1, ...this.#moment(), ...created };
    this.#state = fold(null, first);
    try {
      await this.#record.begin(first);
    } catch (error) {
      this.#letGo(error);
      throw error;
    }
    this.#scheduleAdvance();
  }

  /**
   * Goes on from what is recorded, instead of `begin`. Nothing of it may run any more: the caller has recorded the interruption
   * and ended what was left. An interrupted or finished execution stands still until a command moves it.
   */
  takeUp(state: ExecutionState): void {
    if (state.running.size > 0) throw new Error(`execution ${this.executionId} was not interrupted`);
    this.#state = state;
    this.#record.startAfter(state.seq);
    this.#decidedSeq = state.seq;
    this.#origin = this.#options.clock.monotonic() - state.t;
    this.#scheduleAdvance();
  }

  /** What a person asks for. It holds at once and is recorded soon: `durableView` waits for that. */
  command(command: Command, by: string): Outcome<void> {
    const state = this.#state;
    if (!state || this.#lost) {
      const message = `execution ${this.executionId} was let go by this worker: run the command again in a moment`;
      return failed(failure("worker_busy", message));
    }
    // Killing needs no record to be safe, and must not wait for a disk that is full.
    if (command.kind === "cancel" && command.force && this.#record.stalledSince !== null) this.#stopAll(0);
    const accepted = accept(state, command, by);
    if (!accepted.ok) return accepted;
    this.#emit(accepted.value, this.#moment());
    this.#record.flush();
    this.#scheduleAdvance();
    return success(undefined);
  }

  /**
   * Records what was done because of its events, also after its end. It changes nothing of what is decided, and its place in the
   * order means nothing. Resolves when it is stored. Rejects when that is not possible for the moment or for good.
   */
  async note(body: Note): Promise<void> {
    if (this.#lost) throw this.#lost.reason;
    const decided = this.#decidedSeq;
    this.#emit([body], this.#moment());
    this.#decidedSeq = decided;
    const seq = this.#state?.seq ?? 0;
    this.#record.flush();
    await this.#record.stored(seq);
  }

  /** To be called after its end, when nothing more is noted. Resolves when nothing is being written. */
  async leave(): Promise<void> {
    this.#record.close(new FailureError(failure("interrupted", "the execution has ended")));
    await this.#record.idle();
  }

  /** Something around it has changed: a lock or an agent may be free now. */
  poke(): void {
    if (this.#record.stalledSince === null) this.#scheduleAdvance();
  }

  /** Starts no attempt any more. What runs may finish; what is left then is for the next worker, as after a crash (semantics, Worker). */
  drain(): void {
    this.#draining = true;
  }

  /**
   * Whether something runs or is due. One that only waits for a person is not busy (semantics, Worker); one that is drained is busy as
   * long as an attempt runs.
   */
  get isBusy(): boolean {
    const state = this.#state;
    if (!state || this.#lost) return false;
    if (this.#record.isWriting || this.#advancing || state.finished !== null) return true;
    return this.#draining ? this.#attempts.size > 0 : !isAtRest(state);
  }

  /** What it holds now, for the other executions of the folder. */
  readonly holdings: Holdings = {
    load: (agent) => this.#state?.agentLoad.get(agent) ?? 0,
    holders: (lock) => this.#state?.lockHolders.get(lock)?.size ?? 0,
    usage: (scope, since) => {
      const state = this.#state;
      if (!state) return null;
      const { currency, environment } = state.plan;
      return { ...usageOf(state, scope, since), currency, environment };
    },
    allowed: (key, since) => (this.#state ? allowedSince(this.#state.ledger, key, since) : 0),
    services: () => this.#state?.ledger.servicesOf ?? new Map<string, Set<string>>(),
    oldest: (scope, since) => (this.#state ? oldestSince(trackOf(this.#state.ledger, scope), since) : null),
  };

  /** The plan that is in force; null before its start. */
  get plan(): EnginePlan | null {
    return this.#state?.plan ?? null;
  }

  /** What it has spent so far, for when it runs no more; null before its start. */
  get spending(): PastSpending | null {
    if (!this.#state) return null;
    const { plan, ledger } = this.#state;
    const { bookings, allowances } = ledger;
    return { environment: plan.environment, currency: plan.currency, bookings, allowances };
  }

  /**
   * Stops all agents and lets go of the execution without recording an end, because the worker is leaving. Resolves when their
   * processes are gone and nothing is being written. `done` then rejects, unless the end was stored already; the next worker
   * finds the execution interrupted.
   */
  async abandon(): Promise<void> {
    if (this.hasFinished) return;
    this.#letGo(new FailureError(failure("interrupted", "the worker is leaving")));
    await this.#stopAgents(STOP_GRACE_MS);
    await this.#record.idle();
    if (!this.hasFinished) this.#break(this.#lost?.reason);
  }

  /**
   * What somebody sees who looks at the execution now, once everything that it shows is stored. Null before `begin`. Throws
   * FailureError when the record cannot be written: `database_full` for the moment, others for good.
   */
  async durably<T>(look: (state: ExecutionState, t: number, around: Surroundings) => T): Promise<T | null> {
    const state = this.#state;
    if (!state) return null;
    const seen = look(state, this.#now(), this.#around);
    await this.#record.stored(state.seq);
    return seen;
  }

  /** The whole execution, as `durably`. */
  durableView(): Promise<ExecutionView | null> {
    return this.durably((state, t, around) => viewOf(state, t, this.#options.specPath, around));
  }

  /** The same in one small object. */
  durableProgress(): Promise<ExecutionProgress | null> {
    return this.durably(progressOf);
  }

  /** The whole execution after its end is stored (`done` has resolved); null before. */
  view(): ExecutionView | null {
    return this.#state && this.hasFinished ? viewOf(this.#state, this.#now(), this.#options.specPath) : null;
  }

  /** True once the end is durable. */
  get hasFinished(): boolean {
    return this.#state?.finished != null && this.#record.storedSeq >= this.#decidedSeq;
  }

  /** Milliseconds on the execution's own clock. */
  #now(): number {
    const reading = this.#record.stalledSince ?? this.#options.clock.monotonic();
    return Math.max(this.#state?.t ?? 0, Math.round(reading - this.#origin));
  }

  #moment(): Moment {
    return { at: this.#options.clock.wall().toISOString(), t: this.#now() };
  }

  /** Folds events and hands them over to be stored. */
  #emit(bodies: readonly EventBody[], { at, t }: Moment): void {
    for (const body of bodies) {
      const seq = (this.#state?.seq ?? 0) + 1;
      const event: ExecutionEvent = { v: 1, executionId: this.executionId, seq, at, t, ...body };
      this.#state = fold(this.#state, event);
      this.#decidedSeq = seq;
      this.#record.push([event]);
    }
  }

  /** What arrives in the same turn is recorded and decided upon together, and shares a commit. */
  #scheduleAdvance(): void {
    if (this.#advancing || this.#lost) return;
    this.#advancing = true;
    queueMicrotask(() => {
      this.#advancing = false;
      this.#advance();
    });
  }

  #advance(): void {
    if (!this.#state || this.#lost) return;
    this.#forgiveFreeze();
    const moment = this.#moment();
    // What an attempt has reported is recorded before its answer.
    for (const { event, report: said } of this.#reports.take()) this.#emit([report(this.#state, event, said)], moment);
    for (const question of this.#questions.take()) {
      const said = askPermission(this.#state, question.event, question.request);
      if (said.event) this.#emit([said.event], moment);
      if (said.answer !== null) question.settle(said.answer);
      else if (said.event?.type === "decision.asked") this.#questions.keep(said.event.decisionId, question);
    }
    const answers = this.#answers;
    this.#answers = [];
    for (const { event, end } of answers)
      this.#emit([answer(this.#state, event.stepId, event.attempt, event.attemptId, end, moment.t)], moment);
    for (let events = this.#decide(moment.t); events.length > 0; events = this.#decide(moment.t))
      this.#emit(events, moment);
    this.#record.flush();
    const stands = this.#record.stalledSince !== null || !this.#state;
    this.#setWake(stands ? null : nextWake(this.#state, moment.t, this.#around));
  }

  #decide(t: number): EventBody[] {
    const events = this.#state ? decide(this.#state, t, this.#around) : [];
    const start = this.#draining ? events.findIndex(({ type }) => type === "attempt.started") : -1;
    return start < 0 ? events : events.slice(0, start);
  }

  #setWake(at: number | null): void {
    if (this.#wake?.at === at) return;
    this.#wake?.timer.cancel();
    this.#wake = null;
    if (at === null) return;
    const timer = this.#options.clock.after(Math.max(0, at - this.#now()), () => {
      this.#forgiveFreeze();
      this.#wake = null;
      this.#scheduleAdvance();
    });
    this.#wake = { at, timer };
  }

  /**
   * Time in which this process was stopped, or the machine slept with its clock running, is no time of the execution: an attempt
   * that ended meanwhile must not pass its timeout because nobody was there to hear of it.
   */
  #forgiveFreeze(): void {
    const late = this.#wake && this.#record.stalledSince === null ? this.#now() - this.#wake.at : 0;
    if (late < FROZEN_MS) return;
    this.#wake?.timer.cancel();
    this.#wake = null;
    this.#origin += late + THAW_MS;
  }

  /** While the record cannot be written the execution's clock stands still. */
  #onStalled(reason: FailureError | null, lasted: number): void {
    if (reason) this.#setWake(null);
    else this.#origin += lasted;
    this.#options.onStalled(reason);
    if (!reason) this.#scheduleAdvance();
  }

  #letGo(reason: unknown): void {
    this.#lost ??= { reason };
    this.#questions.close();
    this.#setWake(null);
    this.#record.close(reason);
  }

  /** The record is lost: what runs without a record must not go on. */
  async #giveUp(error: unknown): Promise<void> {
    this.#letGo(error);
    await this.#stopAgents(0);
    this.#break(error);
  }

  async #stopAgents(graceMs: number): Promise<void> {
    const attempts = [...this.#attempts.values()];
    this.#stopAll(graceMs);
    await Promise.allSettled(attempts.map(({ result }) => result));
  }

  #stopAll(graceMs: number): void {
    for (const attemptId of this.#attempts.keys()) this.#stop(attemptId, graceMs);
  }

  /** Whoever is stopped waits for no answer any more. */
  #stop(attemptId: string, graceMs: number): void {
    this.#questions.drop(attemptId);
    this.#attempts.get(attemptId)?.stop(graceMs);
  }

  #perform(event: ExecutionEvent): void {
    if (this.#lost) return;
    if (event.type === "attempt.started") this.#start(event);
    else if (event.type === "attempt.stopping")
      this.#stop(event.attemptId, this.#state?.cancel?.force ? 0 : STOP_GRACE_MS);
    else if (event.type === "cancel.requested" && event.force) this.#stopAll(0);
    else this.#questions.hear(event);
  }

  #start(event: EventOf<"attempt.started">): void {
    const phase = this.#state && stepNamed(this.#state, event.stepId).phase;
    const isStale = phase?.kind === "running" && phase.live.isStale;
    if (isStale || (this.#state && stopOf(this.#state))) {
      // Since the start was decided the plan was revised, or the execution is being wound down: nothing of it starts any more.
      this.#answered(event, NOT_STARTED);
      return;
    }
    const running = this.#options.starter.start(event, this.#supportOf(event));
    this.#attempts.set(event.attemptId, running);
    void running.result.then(
      (end) => {
        this.#over(event.attemptId);
        this.#answered(event, end);
      },
      (error: unknown) => {
        // A bug in an adapter: what it left behind is not known, so nothing may build on it.
        this.#over(event.attemptId);
        return this.#giveUp(error);
      },
    );
  }

  #over(attemptId: string): void {
    this.#attempts.delete(attemptId);
    this.#questions.drop(attemptId);
  }

  #supportOf(event: EventOf<"attempt.started">): AttemptSupport {
    const state = this.#state;
    const step = state && stepNamed(state, event.stepId);
    const most = state && step?.phase.kind === "running" ? allowanceOf(state, step, step.phase.live) : null;
    return {
      findings: step?.findings ?? null,
      allowance: most === null ? null : fromMicros(most),
      report: (costs) => {
        // What comes after the end of everything has no place in the record.
        if (this.#lost || this.#state?.finished) return;
        this.#reports.add(event, costs);
        this.#scheduleAdvance();
      },
      ask: async (request) => {
        if (this.#lost || this.#state?.finished) return "cancelled";
        const answered = this.#questions.add(event, request);
        this.#scheduleAdvance();
        return answered;
      },
    };
  }

  #answered(event: EventOf<"attempt.started">, end: AttemptEnd): void {
    if (this.#lost) return;
    this.#answers.push({ event, end });
    this.#scheduleAdvance();
  }
}

const NOT_STARTED: AttemptEnd = {
  outcome: "cancelled",
  failure: failure("cancelled", "stopped before it was started"),
  result: null,
  costs: [],
  artifacts: [],
  duration: 0,
};
