import { stripVTControlCharacters } from "node:util";
import type { LogEntry, LogPage } from "../../schemas/log.ts";
import type { ParamsIn } from "../../schemas/operations/table.ts";

const PAGE_LINES = 2_000;

/** Which log: that of an execution, or what one of its steps wrote. */
export interface LogTarget {
  /** URI of the workspace folder. */
  readonly folder: string;
  readonly executionId: string;
  readonly stepId: string | null;
}

export type LogFormat = "text" | "jsonl";

/** What a log is read from: `log.query` of a worker. */
export type LogReading = (params: ParamsIn<"log.query">) => Promise<LogPage>;

/** A part of a log, and how many lines of a file it is. */
export interface LogPiece {
  readonly text: string;
  readonly lines: number;
}

/** A whole log, page after page, so that no more than one page of it is in memory. */
export async function* logPieces(
  read: LogReading,
  { executionId, stepId }: Pick<LogTarget, "executionId" | "stepId">,
  format: LogFormat,
  signal: AbortSignal,
): AsyncGenerator<LogPiece> {
  const filter = stepId === null ? {} : { stepId };
  const writer = format === "text" ? new TextWriter() : null;
  for (let cursor = "", more = true; more;) {
    signal.throwIfAborted();
    const page = await read({ executionId, filter, cursor, limit: PAGE_LINES });
    ({ cursor, more } = page);
    if (page.entries.length === 0) continue;
    if (writer) yield writer.write(page.entries);
    else yield { text: page.entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""), lines: page.entries.length };
  }
  const rest = writer?.end() ?? "";
  if (rest !== "") yield { text: rest, lines: 1 };
}

/**
 * Entries as lines for people: `time level step message`. Pieces of one line become one line again, as far as nothing else was
 * written between them; the colours of terminals are left out.
 */
class TextWriter {
  /** Whose line is not at its end yet. */
  #open: string | null = null;

  write(entries: readonly LogEntry[]): LogPiece {
    let text = "";
    let lines = 0;
    for (const entry of entries) {
      const stream = JSON.stringify([entry.stepId, entry.attempt, entry.stream]);
      if (this.#open !== stream) {
        text += `${this.#open === null ? "" : "\n"}${headOf(entry)}`;
        lines += 1;
      }
      text += stripVTControlCharacters(entry.message);
      this.#open = entry.metadata["continues"] === true ? stream : null;
      if (this.#open === null) text += "\n";
    }
    return { text, lines };
  }

  end(): string {
    return this.#open === null ? "" : "\n";
  }
}

function headOf({ time, level, stepId, attempt }: LogEntry): string {
  const step = stepId === null ? "" : `${stepId}${attempt === null || attempt === 1 ? "" : ` (attempt ${attempt})`}: `;
  return `${time} ${level.toUpperCase().padEnd(8)} ${step}`;
}

/** The end of a long log, within a bound. */
export class LogTail {
  readonly #limit: number;
  readonly #pieces: LogPiece[] = [];
  #characters = 0;
  #first = 0;
  #left = 0;

  /** `limit`: characters that are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(piece: LogPiece): void {
    this.#pieces.push(piece);
    this.#characters += piece.text.length;
    while (this.#characters > this.#limit && this.#first < this.#pieces.length - 1) {
      const gone = this.#pieces[this.#first];
      this.#pieces[this.#first] = { text: "", lines: 0 };
      this.#first += 1;
      this.#characters -= gone?.text.length ?? 0;
      this.#left += gone?.lines ?? 0;
    }
  }

  /** Lines that were left out before what is kept. */
  get left(): number {
    return this.#left;
  }

  text(): string {
    return this.#pieces.map(({ text }) => text).join("");
  }
}
