import type { LogEntry, LogLevel } from "../../schemas/log.ts";
import { visibleText } from "./visible-text.ts";

/** Characters that a row keeps of one line; the rest stays on disk. */
export const HELD_CHARACTERS = 32_000;
/** Characters that a row shows until a person wants more: long lines are slow to lay out. */
export const DRAWN_CHARACTERS = 2_000;

/** One line of a log as the view holds it: the pieces of a line that was cut into entries are joined. */
export interface LogLine {
  readonly kind: "line";
  /** Local to the view, ascending in the order of the log. */
  readonly id: number;
  /** Wall time, in milliseconds since 1970. */
  readonly time: number;
  readonly level: LogLevel;
  readonly source: LogEntry["source"];
  readonly stepId: string | null;
  readonly attempt: number | null;
  readonly agent: string | null;
  readonly stream: LogEntry["stream"];
  /** As it came, with its escape sequences, up to HELD_CHARACTERS. */
  readonly raw: string;
  /** What a person sees and searches. */
  readonly text: string;
  /** Characters of the line that are not held. */
  readonly cut: number;
  /** More of it follows in a later entry. */
  readonly continues: boolean;
}

/** Lines that are in the log and not in the view, in its place. */
export interface LogGap {
  readonly kind: "gap";
  readonly id: number;
  /** Null: nobody has counted them. */
  readonly count: number | null;
  /** Where they begin. */
  readonly cursor: string;
}

export type LogRow = LogLine | LogGap;

export function lineOf(id: number, entry: LogEntry): LogLine {
  const raw = heldPart(entry.message);
  return {
    kind: "line",
    id,
    time: Date.parse(entry.time),
    level: entry.level,
    source: entry.source,
    stepId: entry.stepId,
    attempt: entry.attempt,
    agent: entry.agent,
    stream: entry.stream,
    raw,
    text: visibleText(raw),
    cut: entry.message.length - raw.length,
    continues: entry.metadata["continues"] === true,
  };
}

/** The line with a piece more. */
export function continued(line: LogLine, piece: LogEntry): LogLine {
  const raw = line.cut > 0 ? line.raw : heldPart(line.raw + piece.message.slice(0, HELD_CHARACTERS));
  const cut = line.cut + line.raw.length + piece.message.length - raw.length;
  const text = raw === line.raw ? line.text : visibleText(raw);
  return { ...line, raw, text, cut, continues: piece.metadata["continues"] === true };
}

/** Whose lines an entry's text belongs to: pieces of lines of several streams may alternate. */
export function streamKey(of: Pick<LogEntry, "stepId" | "attempt" | "stream" | "source">): string {
  return JSON.stringify([of.stepId, of.attempt, of.stream, of.source]);
}

/** Never ends in the middle of a character. */
function heldPart(message: string): string {
  return cutAt(message, HELD_CHARACTERS);
}

export function cutAt(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
