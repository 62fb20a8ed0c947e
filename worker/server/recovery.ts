import type { EventBody, ExecutionEvent } from "../../schemas/event.ts";
import { failure, FailureError } from "../../schemas/failure.ts";
import { accept } from "../engine/command.ts";
import { decide } from "../engine/decide.ts";
import { fold, foldAll } from "../engine/fold.ts";
import type { ExecutionState } from "../engine/state.ts";
import { interruptionOf } from "../run/interruption.ts";
import type { Clock, Journal } from "../run/ports.ts";
import type { Database } from "../store/database.ts";
import { eachEvent } from "../store/events.ts";
import { unfinishedExecutions } from "../store/executions.ts";

/** What recovery has found. */
export interface Recovered {
  /** What a person should know. */
  readonly notices: string[];
  /** The executions that it marked, as they are now, so that whoever goes on with one need not read it again. */
  readonly states: Map<string, ExecutionState>;
}

/** What recovery works on. */
export interface Record {
  readonly database: Database;
  readonly journal: Journal;
  readonly clock: Clock;
}

/**
 * Before anyone looks at the record of a worker that is gone: what it left running is ended, and executions that were under way are
 * marked as interrupted. Those that only waited for a person go on waiting. An execution whose record cannot be read is told of and
 * stays as it is: it must not keep the others from being used.
 */
export async function recover(record: Record, endLeftOvers: () => Promise<number>): Promise<Recovered> {
  const notices: string[] = [];
  const states = new Map<string, ExecutionState>();
  const ids = unfinishedExecutions(record.database);
  if (ids.length === 0) return { notices, states };
  const ended = await endLeftOvers();
  const rest = ended > 0 ? `; ${ended} process${ended === 1 ? "" : "es"} that it left behind were ended` : "";
  for (const executionId of ids) {
    try {
      let state = recordedState(record.database, executionId);
      const events: ExecutionEvent[] = [];
      for (const body of interruptionOf(state, `the worker that ran it ended unexpectedly${rest}`)) {
        const event = stampAfter(state, body, record.clock);
        events.push(event);
        state = fold(state, event);
      }
      if (events.length === 0) continue;
      await record.journal.append(executionId, events);
      states.set(executionId, state);
    } catch (error) {
      if (!(error instanceof FailureError) || error.failure.code !== "database_damaged") throw error;
      notices.push(error.message);
    }
  }
  return { notices, states };
}

/** The state of an execution by its events. Throws FailureError `database_damaged` when they cannot be its journal. */
export function recordedState(database: Database, executionId: string): ExecutionState {
  try {
    const state = foldAll(eachEvent(database, executionId));
    if (state) return state;
  } catch (error) {
    if (error instanceof FailureError) throw error;
    const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new FailureError(
      failure(
        "database_damaged",
        `the record of execution ${executionId} cannot be read (${why}): run its spec again; what is done stays ticked there`,
      ),
    );
  }
  throw new FailureError(failure("database_damaged", `the record of execution ${executionId} has no events`));
}

/**
 * Cancels an execution that no worker runs: it ends at once, in the record; one that has ended stays as it is. No approval is
 * needed, because nothing starts.
 */
export async function cancelUnattended(record: Record, executionId: string, by: string): Promise<void> {
  let state = recordedState(record.database, executionId);
  const accepted = accept(state, { kind: "cancel", force: false }, by);
  if (!accepted.ok) throw new FailureError(accepted.failure);
  const events: ExecutionEvent[] = [];
  for (let bodies = accepted.value; bodies.length > 0; bodies = decide(state, state.t)) {
    for (const body of bodies) {
      const event = stampAfter(state, body, record.clock);
      events.push(event);
      state = fold(state, event);
    }
  }
  if (events.length > 0) await record.journal.append(executionId, events);
}

function stampAfter(state: ExecutionState, body: EventBody, clock: Clock): ExecutionEvent {
  const at = clock.wall().toISOString();
  return { v: 1, executionId: state.executionId, seq: state.seq + 1, at, t: state.t, ...body };
}
