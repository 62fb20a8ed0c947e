import type { LogEntry, LogFilter, LogLevel } from "../../schemas/log.ts";

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, success: 1, warn: 2, error: 3, critical: 4 };

/** Compiles a filter into a test of entries. */
export function entryTest(filter: LogFilter): (entry: LogEntry) => boolean {
  const { stepId, attempt, agent } = filter;
  const least = filter.level === undefined ? 0 : RANK[filter.level];
  const text = filter.text?.toLowerCase() ?? "";
  return (entry) =>
    (stepId === undefined || entry.stepId === stepId) &&
    (attempt === undefined || entry.attempt === attempt) &&
    (agent === undefined || entry.agent === agent) &&
    RANK[entry.level] >= least &&
    (text === "" || entry.message.toLowerCase().includes(text));
}
