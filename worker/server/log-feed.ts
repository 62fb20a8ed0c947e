import { readLog } from "../logs/log-reader.ts";
import { newestEntries } from "../logs/newest-entries.ts";
import { USUAL_INTERVAL_MS, type Found, type LogBatch, type LogSource, type LogTopic } from "./subscriptions.ts";

/** At most ten batches a second for somebody who only watches. */
const WATCH_INTERVAL_MS = 100;

/** Who writes a log. */
export interface LogOrigin {
  /** Nothing more will be written. */
  isOver(): boolean;
  /** Calls back when something was written, or `isOver` may have changed. Returns the way to stop. */
  onChange(listener: () => void): () => void;
}

/** A folder of log segments to follow: all entries, or only the newest of what has come. */
export function logFeed(folder: string, { after: from, filter, newest }: LogTopic, origin: LogOrigin): LogSource {
  return {
    from,
    interval: newest === null ? USUAL_INTERVAL_MS : WATCH_INTERVAL_MS,
    isPaced: newest !== null,
    async read(after, limit): Promise<Found<string>> {
      // Asked before reading: what is written in between is found by the next read.
      const over = origin.isOver();
      const { entries, cursor, skipped, more } =
        newest === null
          ? { ...(await readLog(folder, after, filter, limit)), skipped: 0 }
          : { ...(await newestEntries(folder, after, filter, newest)), more: false };
      const batch: LogBatch = { kind: "log", entries, skipped, after: cursor, end: over && !more };
      return { batch, after: cursor, more, isNews: entries.length > 0 };
    },
    onChange: (listener) => origin.onChange(listener),
  };
}
