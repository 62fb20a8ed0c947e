/** The text between brackets that says what a task depends on, as offsets in the text that was searched. */
export interface BracketedNeeds {
  readonly from: number;
  readonly to: number;
}

const TOKEN = /[()[\]（）]|\bdepend(?:s|ent)?\s{1,80}(?:up)?on\b|\bdep(?:end(?:s|enc(?:y|ies)))?:/giu;

/**
 * Finds `(depends on …)` and `[depends on …]`, also inside larger brackets such as `(MVP, depends on …)` and with brackets of their
 * own. Outside of brackets such words are prose. Looks at each bracket once.
 */
export function findBracketedNeeds(text: string): BracketedNeeds[] {
  const found: BracketedNeeds[] = [];
  if (!/dep/i.test(text)) return found;
  const open: { from: number | null }[] = [];
  /** How many of the open brackets say something; what is inside of them is theirs. */
  let saying = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (/^[([（]/.test(token)) open.push({ from: null });
    else if (/^[)\]）]/.test(token)) {
      const from = open.pop()?.from ?? null;
      if (from === null) continue;
      saying -= 1;
      if (saying === 0) found.push({ from, to: index });
    } else {
      const around = open.at(-1);
      if (!around || around.from !== null) continue;
      around.from = index + token.length;
      saying += 1;
    }
  }
  return found;
}
