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
  readonly #ballast: string;

  /** Each message is the entry's number and the ballast. */
  constructor(takes: (number: number) => boolean = () => true, ballast = "") {
    this.#takes = takes;
    this.#ballast = ballast;
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

  /** As one that follows from a cursor sees it. */
  source(from = "", pace: Partial<Pick<LogSource, "interval" | "isPaced">> = {}): LogSource {
    return { from, interval: 50, isPaced: false, ...pace, ...this.#reading };
  }

  readonly #reading: Pick<LogSource, "read" | "onChange"> = {
    read: async (after, limit) => {
      this.reads += 1;
      const from = after === "" ? 0 : Number(after.split(":")[0]);
      const to = Math.min(from + limit, this.#length);
      const numbers = Array.from({ length: to - from }, (_, index) => from + index).filter(this.#takes);
      const entries = numbers.map((number) => entry(number, this.#ballast));
      const more = to < this.#length;
      const position = `${to}:0`;
      const batch = { kind: "log" as const, entries, skipped: 0, after: position, end: this.#ended && !more };
      // Something may be appended between what was read and its arrival, as with a file.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      return { batch, after: position, more, isNews: entries.length > 0 };
    },
    onChange: (listener) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
  };
}

function entry(number: number, ballast: string): LogEntry {
  return {
    time: "2026-01-01T00:00:00.000Z",
    level: "info",
    source: "agent",
    executionId: "run-1",
    stepId: null,
    attempt: null,
    agent: null,
    stream: null,
    message: `${number}${ballast}`,
    metadata: {},
    correlationId: null,
  };
}
