import type { PermissionChoice, PermissionRequest } from "../../schemas/decision.ts";
import type { AttemptEnd } from "../engine/answer.ts";
import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";

/** Where events go before anything acts on them. */
export interface Journal {
  /** Resolves when the events are durable. Rejects with FailureError `database_full` when trying again can help, else for good. */
  append(executionId: string, events: readonly ExecutionEvent[]): Promise<void>;
}

/** One running attempt as the shell sees it. */
export interface RunningAttempt {
  /** Settles once, when every process of the attempt is gone. Must not reject. */
  readonly result: Promise<AttemptEnd>;
  /** Asks to stop and kills the whole tree after `graceMs`; a later call with less grace shortens it. */
  stop(graceMs: number): void;
}

/** What a running attempt says of its costs. */
export type AttemptReport = Pick<EventOf<"attempt.reported">, "costs" | "refused">;

/** What an attempt has besides its event. What it says after `result` has settled is recorded as late. */
export interface AttemptSupport {
  report(report: AttemptReport): void;
  /** Asks a person (catalogue F1). "cancelled": the attempt is being stopped or is over. Does not reject. */
  ask(request: PermissionRequest): Promise<PermissionChoice | "cancelled">;
  /** What a review has found in what the attempt before made; null: nothing was sent back. */
  readonly findings: string | null;
  /** The most that it should cost, in the plan's currency; null: no limit is known. */
  readonly allowance: number | null;
}

export interface AttemptStarter {
  /** Must not throw. */
  start(event: EventOf<"attempt.started">, support: AttemptSupport): RunningAttempt;
}

/** Time as it comes in from outside, so that the same shell runs on a virtual clock. */
export interface Clock {
  /** Monotonic milliseconds since any fixed moment. */
  monotonic(): number;
  wall(): Date;
  /** Calls back once after `delay` ms unless cancelled. */
  after(delay: number, callback: () => void): { cancel(): void };
}
