import type { ExecutionProgress } from "../../schemas/execution.ts";
import type { ExecutionState } from "../engine/state.ts";
import { progressOf } from "../engine/view.ts";
import type { Database } from "../store/database.ts";
import { lastSeq } from "../store/events.ts";
import { recordedState } from "./recovery.ts";

const MOST_PROGRESSES = 200;

/**
 * What the record says of executions, for whoever only looks. Reading a long journal takes a second, and what has ended does not
 * change: the progress of each is kept, and of the one that was looked at last the whole state as long as there is memory.
 */
export class RecordedStates {
  #last: { readonly executionId: string; readonly seq: number; readonly state: WeakRef<ExecutionState> } | null = null;
  readonly #progresses = new Map<string, { readonly seq: number; readonly progress: ExecutionProgress }>();

  /** Not to be changed by anybody. Throws FailureError `database_damaged` when the journal cannot be read. */
  state(database: Database, executionId: string): ExecutionState {
    const seq = lastSeq(database, executionId);
    const kept = this.#last?.executionId === executionId && this.#last.seq === seq ? this.#last.state.deref() : null;
    if (kept) return kept;
    const state = recordedState(database, executionId);
    this.#last = { executionId, seq, state: new WeakRef(state) };
    return state;
  }

  /** Throws as `state`. */
  progress(database: Database, executionId: string): ExecutionProgress {
    const seq = lastSeq(database, executionId);
    const kept = this.#progresses.get(executionId);
    if (kept?.seq === seq) return kept.progress;
    const state = this.state(database, executionId);
    const progress = progressOf(state, state.t);
    if (this.#progresses.size >= MOST_PROGRESSES) this.#progresses.clear();
    this.#progresses.set(executionId, { seq, progress });
    return progress;
  }
}
