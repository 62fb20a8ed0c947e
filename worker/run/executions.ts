import type { ExecutionEvent } from "../../schemas/event.ts";
import { failure, FailureError, throwFailure } from "../../schemas/failure.ts";
import type { ExecutionView } from "../../schemas/execution.ts";
import type { Plan } from "../../schemas/plan.ts";
import { accept, type Command } from "../engine/command.ts";
import type { ExecutionState, Surroundings } from "../engine/state.ts";
import { enginePlanOf, type StartTerms } from "./engine-plan.ts";
import { PolicyBook, type PastSpending } from "./policy-book.ts";
import { LiveExecution, type Holdings, type Note } from "./live-execution.ts";
import type { AttemptStarter, Clock, Journal } from "./ports.ts";

/** What belongs to one execution besides its events: its agents' runs, its log, and the work at its end. */
export interface ExecutionEquipment {
  readonly starter: AttemptStarter;
  /** Told of durable events, in order. Must not throw. */
  onEvents(events: readonly ExecutionEvent[]): void;
  /** After `execution.finished` is durable: boxes and report. Must not reject. */
  finish(view: ExecutionView): Promise<void>;
  /** At the very end, also when the execution was let go: the log. Must not reject. */
  close(): Promise<void>;
}

/** What an execution is equipped for. */
export interface Equipping {
  readonly executionId: string;
  readonly plan: Plan;
  readonly writeBack: boolean;
  /** What it has reached already; null: it is new. */
  readonly state: ExecutionState | null;
  /** Records what was done because of its events. Rejects when it cannot be recorded, or the execution was let go. */
  readonly note: (body: Note) => Promise<void>;
}

export interface ExecutionsOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly newId: () => string;
  equip(what: Equipping): Promise<ExecutionEquipment>;
  /** What was spent since a moment of wall time, by execution, from the record. */
  spending(since: number): Promise<ReadonlyMap<string, PastSpending>>;
  /** The record of an execution cannot be written for the moment, or (null) can again. */
  onStalled(executionId: string, reason: FailureError | null): void;
  /** The execution was let go without an end: its record is lost for good, or the worker is leaving. */
  onLost(executionId: string, reason: unknown): void;
}

/** How an execution starts. */
export interface Start extends StartTerms {
  readonly writeBack: boolean;
}

/** An execution as it is recorded. Whoever takes it up owns the state. */
export interface RecordedExecution {
  readonly plan: Plan;
  readonly state: ExecutionState;
}

const LEAVING = "the worker is about to leave and takes no new work: run the command again in a moment";

/** Commands that do not ask for anything to start. */
const KEEPS_PAUSE: ReadonlySet<Command["kind"]> = new Set(["answer", "revise", "kill", "cancel"]);

interface Live {
  readonly execution: LiveExecution;
  readonly settled: Promise<void>;
}

/** The executions that this worker runs. */
export class Executions {
  readonly #options: ExecutionsOptions;
  readonly #live = new Map<string, Live>();
  /** Executions that are being taken up, or changed in the record alone, so that nothing else does the same meanwhile. */
  readonly #takingUp = new Map<string, Promise<void>>();
  readonly #listeners = new Set<(executionId: string) => void>();
  #closing = false;

  /** What all of them use of the policies' limits. */
  readonly book: PolicyBook;

  constructor(options: ExecutionsOptions) {
    this.#options = options;
    this.book = new PolicyBook({
      clock: options.clock,
      recorded: (since) => options.spending(since),
      live: () => this.#holdings(),
    });
  }

  /** Ids of executions that have not ended, or whose end is still being written down. */
  get running(): string[] {
    return [...this.#live.keys()];
  }

  /** Whether something runs or is due; waiting for a person alone does not count. */
  get isBusy(): boolean {
    return this.#takingUp.size > 0 || [...this.#live.values()].some(({ execution }) => execution.isBusy);
  }

  live(executionId: string): LiveExecution | null {
    return this.#live.get(executionId)?.execution ?? null;
  }

  /** Called whenever an execution has new durable events, and once more when its end is written down. Returns the way to stop. */
  onChange(listener: (executionId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts an approved plan; resolves when the start is durable. Whoever calls has checked the approval. */
  async start(plan: Plan, { writeBack, ...terms }: Start): Promise<string> {
    if (this.#closing) throwFailure("worker_busy", LEAVING);
    const enginePlan = enginePlanOf(plan, terms);
    const executionId = this.#options.newId();
    await this.book.cover(enginePlan.limits);
    const equipment = await this.#equip({ executionId, plan, writeBack, state: null });
    const execution = await this.#enter(executionId, plan, equipment);
    try {
      await execution.begin({
        type: "execution.created",
        planId: plan.planId,
        planHash: plan.hash,
        title: plan.title,
        plan: enginePlan,
        writeBack,
        ...(enginePlan.limits.length === 0 ? {} : { services: this.book.services() }),
      });
    } catch (error) {
      this.#live.delete(executionId);
      await equipment.close();
      throw error;
    }
    return executionId;
  }

  /**
   * Does what a person asks of an execution, and takes it up first when no worker runs it: `load` reads it, after checking that its
   * plan may run. Resolves when the command is durable. Rejects with FailureError when it is refused; then nothing has changed.
   */
  async command(
    executionId: string,
    command: Command,
    by: string,
    load: () => Promise<RecordedExecution>,
  ): Promise<void> {
    if ("revision" in command && command.revision) await this.book.cover(command.revision.plan.limits);
    for (;;) {
      const underWay = this.#takingUp.get(executionId);
      if (underWay) {
        // Others may have waited for it too, so it is looked at anew.
        await underWay;
        continue;
      }
      const live = this.#live.get(executionId);
      if (!live) {
        await this.#alone(executionId, () => this.#takeUp(executionId, command, by, load));
        await this.live(executionId)?.durableProgress();
        return;
      }
      if (!live.execution.hasFinished) {
        obey(live.execution, command, by);
        await live.execution.durableProgress();
        return;
      }
      // Its report is being written: what comes after its end begins when that is done.
      await live.settled;
    }
  }

  /**
   * Changes the record of an execution that this worker does not run, while nobody takes it up. False: it does run here, and
   * nothing was done.
   */
  async whileUnattended(executionId: string, change: () => Promise<void>): Promise<boolean> {
    for (let underWay = this.#takingUp.get(executionId); underWay; underWay = this.#takingUp.get(executionId))
      await underWay;
    if (this.#live.has(executionId)) return false;
    if (this.#closing) throwFailure("worker_busy", LEAVING);
    await this.#alone(executionId, change);
    return true;
  }

  /** To be called in the same turn in which nothing else was found to be under way. */
  async #alone(executionId: string, act: () => Promise<void>): Promise<void> {
    const acting = act();
    this.#takingUp.set(
      executionId,
      acting.catch(() => undefined).finally(() => this.#takingUp.delete(executionId)),
    );
    await acting;
  }

  async #takeUp(
    executionId: string,
    command: Command,
    by: string,
    load: () => Promise<RecordedExecution>,
  ): Promise<void> {
    if (this.#closing) throwFailure("worker_busy", LEAVING);
    const { plan, state } = await load();
    await this.book.cover(state.plan.limits);
    const accepted = accept(state, command, by);
    if (!accepted.ok) throw new FailureError(accepted.failure);
    if (accepted.value.length === 0) return;
    const equipment = await this.#equip({ executionId, plan, writeBack: state.writeBack, state });
    const execution = await this.#enter(executionId, plan, equipment);
    // Whoever begins anew what has ended wants it to run, also when it was paused or interrupted at its end. Only then can it resume.
    const hasEnded = state.finished !== null;
    const standsStill = state.interrupted !== null || (hasEnded && state.paused !== null);
    const { paused } = state;
    execution.takeUp(state);
    this.book.entered(executionId);
    if (standsStill && !hasEnded && command.kind !== "resume") {
      obey(execution, { kind: "resume" }, by);
      // Going on after a crash does not lift a pause, and neither does an answer.
      if (paused && KEEPS_PAUSE.has(command.kind)) obey(execution, { kind: "pause" }, paused.by);
    }
    obey(execution, command, by);
    if (standsStill && hasEnded) obey(execution, { kind: "resume" }, by);
  }

  /** Takes nothing new and stops all agents without recording an end: the executions show as interrupted to the next worker. */
  async abandon(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#takingUp.values());
    const live = [...this.#live.values()];
    await Promise.all(live.map(({ execution }) => execution.abandon()));
    await Promise.all(live.map(({ settled }) => settled));
  }

  /** Takes nothing new from now on, and starts no attempt; those that run may finish. */
  drain(): void {
    this.#closing = true;
    for (const { execution } of this.#live.values()) execution.drain();
  }

  async #equip(what: Omit<Equipping, "note">): Promise<ExecutionEquipment> {
    const note = async (body: Note): Promise<void> => {
      const execution = this.live(what.executionId);
      if (!execution) throw new FailureError(failure("interrupted", "the execution was let go"));
      await execution.note(body);
    };
    return this.#options.equip({ ...what, note });
  }

  async #enter(executionId: string, plan: Plan, equipment: ExecutionEquipment): Promise<LiveExecution> {
    if (this.#closing) {
      await equipment.close();
      throwFailure("worker_busy", LEAVING);
    }
    const execution = new LiveExecution({
      executionId,
      specPath: plan.specPath,
      journal: this.#options.journal,
      starter: equipment.starter,
      clock: this.#options.clock,
      around: this.#around(executionId),
      onDurable: (events) => {
        equipment.onEvents(events);
        this.#changed(executionId);
        if (events.some(isFeltByOthers)) this.#pokeOthers(executionId);
      },
      onStalled: (reason) => {
        this.#options.onStalled(executionId, reason);
        this.#changed(executionId);
      },
      onQuiet: () => {
        this.#changed(executionId);
      },
    });
    this.#live.set(executionId, { execution, settled: this.#settle(execution, equipment) });
    return execution;
  }

  async #settle(execution: LiveExecution, equipment: ExecutionEquipment): Promise<void> {
    try {
      await execution.done;
      const view = execution.view();
      if (view) await equipment.finish(view);
      await execution.leave();
    } catch (error) {
      this.#options.onLost(execution.executionId, error);
    }
    await equipment.close();
    this.#live.delete(execution.executionId);
    if (execution.spending) this.book.left(execution.executionId, execution.spending);
    this.#changed(execution.executionId);
  }

  /** What all executions but this one hold. */
  #around(executionId: string): Surroundings {
    const sum = (of: (holdings: Holdings) => number): number => {
      let total = 0;
      for (const [id, holdings] of this.#holdings()) if (id !== executionId) total += of(holdings);
      return total;
    };
    return {
      ...this.book.around(executionId, () => this.live(executionId)?.plan ?? null),
      load: (agent) => sum((holdings) => holdings.load(agent)),
      holders: (lock) => sum((holdings) => holdings.holders(lock)),
    };
  }

  *#holdings(): Generator<readonly [string, Holdings], void> {
    for (const [id, { execution }] of this.#live) yield [id, execution.holdings];
  }

  #pokeOthers(executionId: string): void {
    for (const [id, { execution }] of this.#live) if (id !== executionId) execution.poke();
  }

  #changed(executionId: string): void {
    for (const listener of this.#listeners) listener(executionId);
  }
}

/** A place, a lock or money may be free, or gone. */
function isFeltByOthers({ type }: ExecutionEvent): boolean {
  return type === "attempt.finished" || type === "attempt.reported" || type === "decision.answered";
}

function obey(execution: LiveExecution, command: Command, by: string): void {
  const obeyed = execution.command(command, by);
  if (!obeyed.ok) throw new FailureError(obeyed.failure);
}
