/** A line of Markdown outside of fenced code. */
export interface TextLine {
  /** From 1. */
  readonly number: number;
  /** Without its line break, cut where no heading and no criterion is that long. */
  readonly text: string;
}

const LENGTH_LIMIT = 4_000;
/** A fence, also in a list or quote. What follows three backticks on one line up to three others is only text. */
const FENCE = /^([ \t>]{0,200}(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(`{3,}(?![^\n]*`)|~{3,})/;
/** These end the list that a fence stands in, and with it the fence. */
const LIST_ENDS = /^(?:#{1,6}[ \t]|(?:[-*+]|\d{1,9}[.)])[ \t]+\[)/;

/** The lines of a Markdown text that are not inside fenced code, in order. */
export function* textLines(text: string): Generator<TextLine> {
  let fence: { readonly mark: string; readonly isNested: boolean } | null = null;
  let number = 0;
  for (let from = 0; from <= text.length;) {
    const at = text.indexOf("\n", from);
    const end = at < 0 ? text.length : at;
    const line = text.slice(from, Math.min(end, from + LENGTH_LIMIT)).trimEnd();
    from = end + 1;
    number += 1;
    if (fence?.isNested === true && LIST_ENDS.test(line)) fence = null;
    const [, lead = "", mark] = FENCE.exec(line) ?? [];
    if (mark === undefined) {
      if (fence === null) yield { number, text: line };
    } else if (fence === null) fence = { mark, isNested: lead.length > 1 };
    else if (mark.startsWith(fence.mark) && line.replace(/^[ \t>]+/, "") === mark) fence = null;
  }
}
