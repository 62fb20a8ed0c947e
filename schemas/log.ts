import { z } from "zod";

export const LogLevel = z.enum(["debug", "info", "success", "warn", "error", "critical"]);
export type LogLevel = z.infer<typeof LogLevel>;

/** One structured entry (catalogue K1). */
export const LogEntry = z.object({
  time: z.iso.datetime(),
  level: LogLevel,
  source: z.enum(["orchestrator", "agent", "task", "system"]),
  executionId: z.string(),
  stepId: z.string().nullable(),
  attempt: z.int().min(1).nullable(),
  agent: z.string().nullable(),
  stream: z.enum(["stdout", "stderr"]).nullable(),
  /** Valid text. A line longer than 64 KiB is cut into several entries, all but the last with `metadata.continues`. */
  message: z.string(),
  /**
   * `continues`: the line goes on in the next entry. `bytes`: the line's exact bytes in Base64 when they are not UTF-8. `redacted`: so
   * many secrets were taken out of it.
   */
  metadata: z.record(z.string(), z.json()),
  correlationId: z.string().nullable(),
});
export type LogEntry = z.infer<typeof LogEntry>;

/** A place in an execution's log, opaque to clients; the empty text is the beginning. */
export const LogCursor = z.string().regex(/^(\d+:\d+)?$/);
export type LogCursor = z.infer<typeof LogCursor>;

export const LogFilter = z.object({
  stepId: z.string().optional(),
  attempt: z.int().min(1).optional(),
  agent: z.string().optional(),
  /** This level and above, in the order of LogLevel (success counts as info). */
  level: LogLevel.optional(),
  /** Case-insensitive substring of the message. */
  text: z.string().max(1_000).optional(),
});
export type LogFilter = z.infer<typeof LogFilter>;

export const LogPage = z.object({ entries: z.array(LogEntry), cursor: LogCursor, more: z.boolean() });
export type LogPage = z.infer<typeof LogPage>;

/** One line of `purged.jsonl`: an execution's log that is no longer kept. */
export const LogPurge = z.object({
  executionId: z.string(),
  purgedAt: z.iso.datetime(),
  bytes: z.int().min(0),
  reason: z.enum(["age", "size"]),
});
export type LogPurge = z.infer<typeof LogPurge>;
