import type { ExecutionEvent } from "../../schemas/event.ts";
import type { Database } from "./database.ts";
import { insertEvents } from "./events.ts";
import { tellsOfStepsOnly } from "./projections.ts";
import { Projector, type Projection } from "./projector.ts";

/** The store as the run room needs it: what `append` has resolved for survives a crash and a power failure. */
export class StoreJournal {
  readonly #database: Database;
  readonly #projector: Projector;

  constructor(database: Database, further?: Projection) {
    this.#database = database;
    this.#projector = new Projector(database, further);
  }

  /**
   * Stores events and resolves when they are on disk. Rejects with `database_full` when nothing of them was stored and the
   * same events can be appended again; after any other failure this journal acknowledges nothing more.
   */
  async append(executionId: string, events: readonly ExecutionEvent[]): Promise<void> {
    if (events.every(tellsOfStepsOnly)) {
      insertEvents(this.#database, executionId, events);
      this.#projector.later(executionId, events);
    } else {
      this.#database.transaction(() => {
        insertEvents(this.#database, executionId, events);
        this.#projector.now(executionId, events);
      });
    }
    await this.#database.durable();
  }
}
