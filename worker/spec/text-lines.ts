/** A line of Markdown outside of fenced code. */
export interface TextLine {
  /** From 1. */
  readonly number: number;
  /** Without its line break, cut where no heading and no criterion is that long. */
  readonly text: string;
}

const LENGTH_LIMIT = 4_000;

/** The lines of a Markdown text that are not inside fenced code, in order. */
export function* textLines(text: string): Generator<TextLine> {
  let fence: string | null = null;
  let number = 0;
  for (let from = 0; from <= text.length;) {
    const at = text.indexOf("\n", from);
    const end = at < 0 ? text.length : at;
    const line = text.slice(from, Math.min(end, from + LENGTH_LIMIT)).trimEnd();
    from = end + 1;
    number += 1;
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined && (fence === null || (mark.startsWith(fence) && line.trim() === mark))) {
      fence = fence === null ? mark : null;
    } else if (fence === null) yield { number, text: line };
  }
}
