import type { LogEntry } from "../../schemas/log.ts";
import type { LogSource } from "../../worker/server/subscriptions.ts";

/** An execution's log as a follower sees it: numbered entries, appended by the test, read by cursors such as `12:0`. */
export class GrowingLog {
  reads = 0;
  /** Whether somebody listens for changes at the moment. */
  readonly listeners = new Set<() => void>();
  #length = 0;
  #ended = false;
  /** Entries that the filter of this log takes. */
  readonly #takes: (number: number) => boolean;

  constructor(takes: (number: number) => boolean = () => true) {
    this.#takes = takes;
  }

  get length(): number {
    return this.#length;
  }

  append(count: number): void {
    this.#length += count;
    for (const listener of this.listeners) listener();
  }

  end(): void {
    this.#ended = true;
    this.append(0);
  }

  /** What a follower from the beginning must have got by now. */
  expected(): number[] {
    return Array.from({ length: this.#length }, (_, number) => number).filter(this.#takes);
  }

  readonly source: LogSource = {
    read: async (after, limit) => {
      this.reads += 1;
      await Promise.resolve();
      const from = after === "" ? 0 : Number(after.split(":")[0]);
      const to = Math.min(from + limit, this.#length);
      const numbers = Array.from({ length: to - from }, (_, index) => from + index).filter(this.#takes);
      const more = to < this.#length;
      const batch = { kind: "log" as const, entries: numbers.map(entry), after: `${to}:0`, end: this.#ended && !more };
      return { batch, more };
    },
    onChange: (listener) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
  };
}

function entry(number: number): LogEntry {
  return {
    time: "2026-01-01T00:00:00.000Z",
    level: "info",
    source: "agent",
    executionId: "run-1",
    stepId: null,
    attempt: null,
    agent: null,
    stream: null,
    message: String(number),
    metadata: {},
    correlationId: null,
  };
}
