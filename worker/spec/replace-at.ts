/** A place of a text, and what is to stand there. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly to: string;
}

/** The text with each of these places replaced. They do not overlap and come in any order. */
export function replaceAt(text: string, places: readonly Replacement[]): string {
  let result = "";
  let from = 0;
  for (const { start, end, to } of places.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(from, start) + to;
    from = end;
  }
  return result + text.slice(from);
}
