import type { SourceRange } from "../../schemas/diagnostic.ts";

/**
 * A text with its lines. `text` has the length of what was given: a byte order mark becomes a space and a lone CR becomes
 * LF, so that every offset also holds in the original.
 */
export class SourceText {
  readonly text: string;
  /** Where the text begins: behind a byte order mark. */
  readonly start: 0 | 1;
  readonly #starts: number[];

  constructor(original: string) {
    this.start = original.startsWith("\uFEFF") ? 1 : 0;
    this.#starts = [this.start];
    const text = this.start === 1 ? ` ${original.slice(1)}` : original;
    this.text = text.includes("\r") ? text.replace(/\r(?!\n)/g, "\n") : text;
    for (let at = this.text.indexOf("\n"); at >= 0; at = this.text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  get lineCount(): number {
    return this.#starts.length;
  }

  /** Line of an offset, from 1. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Offset of the first character of a line, counted from 1. */
  lineStart(line: number): number {
    return this.#starts[line - 1] ?? this.text.length;
  }

  /** Offset behind the last character of the line that holds `offset`, without its line break. */
  lineEnd(offset: number): number {
    const at = this.text.indexOf("\n", offset);
    const end = at < 0 ? this.text.length : at;
    return end > offset && this.text[end - 1] === "\r" ? end - 1 : end;
  }

  range(start: number, end: number): SourceRange {
    const line = this.lineAt(start);
    return { line, column: Math.max(start - this.lineStart(line), 0) + 1, start, end };
  }

  /** The lines of a part of the text, without line breaks. */
  lines(start: number, end: number): string[] {
    return this.text.slice(start, end).split(/\r?\n/);
  }
}
