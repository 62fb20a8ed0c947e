import type { ExecutionEvent } from "../../schemas/event.ts";
import type { Database } from "./database.ts";
import { appendEvents } from "./events.ts";

/** The store as the run room needs it: what `append` has resolved for survives a crash and a power failure. */
export class StoreJournal {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Stores events and resolves when they are on disk. Rejects with `database_full` when nothing of them was stored and the
   * same events can be appended again; after any other failure this journal acknowledges nothing more.
   */
  async append(executionId: string, events: readonly ExecutionEvent[]): Promise<void> {
    appendEvents(this.#database, executionId, events);
    await this.#database.durable();
  }
}
