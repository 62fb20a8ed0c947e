import type { SourceRange } from "../../schemas/diagnostic.ts";
import type { SpecDocument } from "../../schemas/spec.ts";
import { parseSpec, type ParseOptions } from "../spec/parse.ts";
import { outlineOf } from "./outline.ts";
import type { Outline, Span, TaskPlace } from "./places.ts";

/** A place as editors count: lines and characters from 0. */
interface Position {
  readonly line: number;
  readonly character: number;
}

/** A text with what was understood of it. */
export interface Reading {
  readonly text: string;
  /** Inside the workspace, with `/`. */
  readonly path: string;
  /** How it was read, and is read again to see what a change makes of it. */
  readonly options: ParseOptions;
  readonly eol: string;
  readonly document: SpecDocument;
  readonly outline: Outline;
  range(span: Span): { start: Position; end: Position };
}

/** Reads a text with the places of what it says. Never throws. */
export function readText(text: string, path: string, options: ParseOptions = {}): Reading {
  const document = parseSpec(text, path, options);
  const lines = new LineStarts(text);
  return {
    text,
    path,
    options,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
    document,
    outline: outlineOf(text, document),
    range: ({ from, to }) => ({ start: lines.position(from), end: lines.position(to) }),
  };
}

/** Where a span stands, as diagnostics say it. */
export function sourceRange(reading: Reading, span: Span): SourceRange {
  const { start } = reading.range(span);
  return { line: start.line + 1, column: start.character + 1, start: span.from, end: span.to };
}

/** Lines as editors count them: they end with LF, CR LF or CR. */
export class LineStarts {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (const match of text.matchAll(/\r\n?|\n/g)) this.#starts.push(match.index + match[0].length);
  }

  position(offset: number): Position {
    const at = Math.min(Math.max(0, offset), this.#length);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: at - (this.#starts[low] ?? 0) };
  }
}

/** The innermost task that a place of the text belongs to. */
export function taskAt({ outline }: Reading, offset: number): TaskPlace | null {
  let found: TaskPlace | null = null;
  for (const place of outline.tasks) {
    if (place.line.from > offset) break;
    if (offset <= place.task.range.end) found = place;
  }
  return found;
}

/** Whether an offset is in a span or directly behind it, where a cursor still belongs to it. */
export function touches({ from, to }: Span, offset: number): boolean {
  return from <= offset && offset <= to;
}
