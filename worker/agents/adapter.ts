import type { z } from "zod";
import type { AgentHealth } from "../../schemas/agent-health.ts";
import type { AgentAdapter, AgentCapability, AgentDefinition } from "../../schemas/agent.ts";
import type { CommandEnd, CostEntry, NamedOutput } from "../../schemas/event.ts";
import type { PermissionChoice, PermissionRequest } from "../../schemas/decision.ts";
import type { Failure } from "../../schemas/failure.ts";
import type { ReportedCost } from "../../schemas/agent-protocol.ts";
import type { LogEntry, LogLevel } from "../../schemas/log.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import type { Redactor } from "../logs/redactor.ts";

/** Any JSON value. */
export type JsonValue = z.infer<ReturnType<typeof z.json>>;

/** How work reaches an agent (catalogue D4). One adapter a kind, for all attempts. */
export interface Adapter {
  /** Must not throw, and `result` must not reject: a lost agent becomes a Failure. */
  start(context: AttemptContext, sink: AttemptSink): AttemptHandle<AdapterEnd>;
  /** How an agent is; absent: agents of this kind are not watched. */
  health?(agent: AgentDefinition): AgentHealth;
  /** Why an agent cannot be used as things are, such as a key that is missing; absent or null: nothing is known. */
  obstacle?(agent: AgentDefinition): string | null;
  /** What an agent has registered itself, besides what its definition says. */
  capabilities?(agent: AgentDefinition): readonly AgentCapability[];
  /** Resolves when the agent has been asked once how it is and what it can do. Does not reject. */
  known?(agent: AgentDefinition): Promise<void>;
  /** Whether its last attempt was refused for want of a login; null: none could tell. Absent: agents of this kind have no login. */
  needsLogin?(agent: AgentDefinition): boolean | null;
  /** Ends what a dead worker of the folder with this key left running that is no process of this machine; returns how many. Does not reject. */
  recover?(agent: AgentDefinition, key: string): Promise<number>;
  /** Ends what outlives attempts, because the worker leaves. Nothing is started afterwards. Does not reject. */
  close?(): Promise<void>;
}

/** The adapter of each kind. */
export type Adapters = { readonly [Kind in AgentAdapter["kind"]]: Adapter };

/** The named outputs of a step that is done. */
export interface StepResult {
  readonly stepId: string;
  readonly title: string;
  readonly outputs: readonly NamedOutput[];
}

/** One try of a step. */
export interface AttemptContext {
  readonly executionId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly attemptId: string;
  /** The same for all attempts of a step. */
  readonly idempotencyKey: string;
  readonly step: PlanStep;
  readonly agent: AgentDefinition;
  /** What the agent is asked to do, for agents that read it. */
  readonly prompt: string;
  /** Real path of the folder that it works in: the workspace folder, or a worktree. */
  readonly folder: string;
  /** Real path of the workspace folder. */
  readonly workspace: string;
  /** What a review said of the attempt before; null: nothing was sent back. */
  readonly findings: string | null;
  /** The most that it should cost, in the plan's currency; null: no limit. */
  readonly allowance: number | null;
  /** The plan's currency, which the step's own figures are in. */
  readonly currency: string;
  /** Titles of the steps before it that failed and are tolerated: what they would have made is missing. */
  readonly missing: readonly string[];
  /** Of the steps that it depends on, in the order of the plan. */
  readonly results: readonly StepResult[];
  /** Stands in the environment of every process as PLANWRIGHT_WORKER, so that left-overs of a dead worker are found. */
  readonly workerMark: string;
  /** Takes secrets out of what the attempt says. */
  readonly redactor: Redactor;
}

/** Where an attempt's output goes, at once and without waiting. Must not throw and must bound its own memory. */
export interface AttemptSink {
  output(stream: "stdout" | "stderr", chunk: Uint8Array): void;
  log(level: LogLevel, message: string, metadata?: LogEntry["metadata"]): void;
  /** A cost, as the agent said it. What is no amount of money is refused and recorded. */
  cost(report: ReportedCost): void;
  /**
   * Asks a person (catalogue F1). The time until the answer is none of the attempt's. "cancelled": the attempt is being stopped. Does not
   * reject.
   */
  ask(request: Omit<PermissionRequest, "requestId" | "agent">): Promise<PermissionChoice | "cancelled">;
  /** A message that was exchanged with the agent, for the record (catalogue J1). */
  message(direction: "request" | "response", message: JsonValue): void;
}

export interface AttemptHandle<End> {
  /** Settles when every process of the attempt is gone. Does not reject. */
  readonly result: Promise<End>;
  /**
   * Asks to stop and kills the whole tree after `graceMs` (0: at once). Calling it again can only shorten the time; after the end
   * it does nothing.
   */
  stop(graceMs: number): void;
}

/** What an adapter knows at the end. Whether the step is done is not for it to say: outputs and check decide (catalogue C13). */
export interface AdapterEnd {
  readonly outcome: "succeeded" | "failed" | "cancelled";
  readonly failure: Failure | null;
  readonly end: CommandEnd | null;
  /** Besides those that were reported on the way. */
  readonly costs: CostEntry[];
  /** What the agent answered as JSON; absent: agents of this kind answer with nothing. */
  readonly answer?: JsonValue;
  /** Why the agent ended, in its own word; absent: agents of this kind do not say. */
  readonly stopReason?: string;
  /** The program that was started and its arguments; absent: none was. */
  readonly ran?: readonly string[];
}

/** Time as it comes in from outside. */
export interface AgentClock {
  /** Monotonic milliseconds since any fixed moment. */
  monotonic(): number;
  /** For people; nothing is measured with it. */
  wall(): Date;
  /** Calls back once after `delay` ms unless cancelled. */
  after(delay: number, callback: () => void): { cancel(): void };
}
