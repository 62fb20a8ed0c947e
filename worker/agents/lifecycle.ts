import type { LifecycleEvent } from "../../schemas/agent-health.ts";

/** Events that are remembered for whoever begins to follow later. */
const REMEMBERED = 1_000;

/** What happens to agents and to what runs them, since the worker began (catalogue D5). */
export class Lifecycle {
  readonly #now: () => Date;
  readonly #redacted: (text: string) => string;
  readonly #listeners = new Set<(event: LifecycleEvent) => void>();
  #events: LifecycleEvent[] = [];
  #seq = 0;

  /** `redacted` takes secrets out of what is told of an agent, which may be its own words. */
  constructor(now: () => Date, redacted: (text: string) => string = (text) => text) {
    this.#now = now;
    this.#redacted = redacted;
  }

  tell(type: LifecycleEvent["type"], agent: string | null, pid: number | null, said: string): void {
    const detail = this.#redacted(said);
    const event: LifecycleEvent = { seq: (this.#seq += 1), at: this.#now().toISOString(), type, agent, pid, detail };
    this.#events.push(event);
    if (this.#events.length > 2 * REMEMBERED) this.#events = this.#events.slice(-REMEMBERED);
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Those that came after a sequence number and are remembered, oldest first. */
  after(seq: number): readonly LifecycleEvent[] {
    return this.#events.filter((event) => event.seq > seq).slice(-REMEMBERED);
  }

  get last(): number {
    return this.#seq;
  }

  /** The listener must not throw. Returns the way to stop. */
  onEvent(listener: (event: LifecycleEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
