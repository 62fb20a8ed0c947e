import { LogLevel, type LogEntry, type LogFilter } from "../../schemas/log.ts";

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

/**
 * The same on the stored line, without parsing it, for counting; null when the filter asks for more than bytes can tell. It rests on
 * how our writer writes: quotes inside of texts are escaped, so that a field cannot be mistaken for something that a program printed.
 */
export function lineTest(filter: LogFilter): ((line: Buffer) => boolean) | null {
  if ((filter.text ?? "") !== "") return null;
  const { stepId, attempt, agent, level } = filter;
  const fields = [
    ...(stepId === undefined ? [] : [`"stepId":${JSON.stringify(stepId)},`]),
    ...(attempt === undefined ? [] : [`"attempt":${attempt},`]),
    ...(agent === undefined ? [] : [`"agent":${JSON.stringify(agent)},`]),
  ].map((field) => Buffer.from(field));
  const levels =
    level === undefined
      ? []
      : LogLevel.options.filter((one) => RANK[one] >= RANK[level]).map((one) => Buffer.from(`"level":"${one}",`));
  return (line) =>
    fields.every((field) => line.includes(field)) && (levels.length === 0 || levels.some((one) => line.includes(one)));
}
