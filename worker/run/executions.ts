import type { EnginePlan, ExecutionEvent } from "../../schemas/event.ts";
import { throwFailure, type FailureError } from "../../schemas/failure.ts";
import type { ExecutionView } from "../../schemas/execution.ts";
import { toMicros } from "../../schemas/money.ts";
import type { Plan } from "../../schemas/plan.ts";
import { LiveExecution } from "./live-execution.ts";
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

export interface ExecutionsOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly newId: () => string;
  equip(executionId: string, plan: Plan, writeBack: boolean): Promise<ExecutionEquipment>;
  /** The record of an execution cannot be written for the moment, or (null) can again. */
  onStalled(executionId: string, reason: FailureError | null): void;
  /** The execution was let go without an end: its record is lost for good, or the worker is leaving. */
  onLost(executionId: string, reason: unknown): void;
  /** Limits of agents, by id. */
  agentLimits(plan: Plan): Record<string, number>;
}

const LEAVING = "the worker is about to leave and takes no new work: run the command again in a moment";

/** The executions that this worker runs. */
export class Executions {
  readonly #options: ExecutionsOptions;
  readonly #live = new Map<string, { readonly execution: LiveExecution; readonly settled: Promise<void> }>();
  readonly #listeners = new Set<(executionId: string) => void>();
  #closing = false;

  constructor(options: ExecutionsOptions) {
    this.#options = options;
  }

  /** Ids of executions that have not ended, or whose end is still being written down. */
  get running(): string[] {
    return [...this.#live.keys()];
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
  async start(plan: Plan, writeBack: boolean): Promise<string> {
    if (this.#closing) throwFailure("worker_busy", LEAVING);
    const executionId = this.#options.newId();
    const equipment = await this.#options.equip(executionId, plan, writeBack);
    const execution = new LiveExecution({
      executionId,
      specPath: plan.specPath,
      journal: this.#options.journal,
      starter: equipment.starter,
      clock: this.#options.clock,
      onDurable: (events) => {
        equipment.onEvents(events);
        this.#changed(executionId);
      },
      onStalled: (reason) => {
        this.#options.onStalled(executionId, reason);
        this.#changed(executionId);
      },
    });
    if (this.#closing) {
      await equipment.close();
      throwFailure("worker_busy", LEAVING);
    }
    const settled = this.#settle(execution, equipment);
    this.#live.set(executionId, { execution, settled });
    try {
      await execution.begin({
        type: "execution.created",
        planId: plan.planId,
        planHash: plan.hash,
        title: plan.title,
        plan: enginePlanOf(plan, this.#options.agentLimits(plan)),
      });
    } catch (error) {
      this.#live.delete(executionId);
      await equipment.close();
      throw error;
    }
    return executionId;
  }

  /** Takes nothing new and stops all agents without recording an end: the executions show as interrupted to the next worker. */
  async abandon(): Promise<void> {
    this.#closing = true;
    const live = [...this.#live.values()];
    await Promise.all(live.map(({ execution }) => execution.abandon()));
    await Promise.all(live.map(({ settled }) => settled));
  }

  /** Takes nothing new from now on; what runs goes on. */
  drain(): void {
    this.#closing = true;
  }

  async #settle(execution: LiveExecution, equipment: ExecutionEquipment): Promise<void> {
    try {
      await execution.done;
      const view = execution.view();
      if (view) await equipment.finish(view);
    } catch (error) {
      this.#options.onLost(execution.executionId, error);
    }
    await equipment.close();
    this.#live.delete(execution.executionId);
    this.#changed(execution.executionId);
  }

  #changed(executionId: string): void {
    for (const listener of this.#listeners) listener(executionId);
  }
}

/** What the engine needs of a plan. Throws when a step is undecided: such a plan cannot be approved. */
export function enginePlanOf(plan: Plan, agentLimits: Record<string, number>): EnginePlan {
  const steps = plan.steps.map((step) => {
    if (step.decision === "undecided") throw new Error(`step ${step.id} is undecided`);
    return {
      id: step.id,
      title: step.title,
      dependencies: step.dependencies,
      agent: step.agent ?? "none",
      skip: step.decision === "skip",
      simulated: step.simulated,
      priority: step.priority,
      retry: step.retry,
      timeout: step.timeout === "none" ? null : step.timeout,
      onFailure: step.onFailure,
      cost: step.estimatedCost === null ? null : toMicros(step.estimatedCost),
      duration: step.estimatedDuration,
    };
  });
  const budget = plan.budget && {
    limit: toMicros(plan.budget.total) ?? 0,
    currency: plan.budget.currency,
    mode: plan.budget.mode,
  };
  return { steps, maxConcurrent: plan.maxConcurrent, agentLimits, budget, currency: plan.currency };
}
