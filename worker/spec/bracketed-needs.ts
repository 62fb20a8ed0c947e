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

/** `- **Depends on**: T001, T002 (the model)` below a task. */
const LINE =
  /^[ \t>]{0,100}(?:[-*+][ \t]{1,4})?\*{0,2}(?:depend(?:s|ent)?[ \t]{1,4}(?:up)?on|depend(?:s|enc(?:y|ies))|blocked[ \t]{1,4}by)\*{0,2}[:：]\*{0,2}[ \t]*/gim;
/** A list of what may be ids; other words end it, because "none, blocks T009" means the opposite. */
const LIST =
  /^(?:[ \t,;、，&+/*`\x5B\]✅✓✔–—~～-]|\uFE0F|(?:tasks?|and|und|to|through)(?![\p{L}\p{N}])|(?=[\p{L}\p{N}]*\d)[A-Z]?\d[\p{L}\p{N}.]{0,20})*/iu;

/** Finds the lists behind "Depends on:" and its like at the beginning of a line. */
export function findListedNeeds(text: string): BracketedNeeds[] {
  if (!/dep|block/i.test(text)) return [];
  return [...text.matchAll(LINE)].flatMap(({ 0: label, index }) => {
    const from = index + label.length;
    const end = text.indexOf("\n", from);
    const words = text.slice(from, Math.min(end < 0 ? text.length : end, from + LIST_LIMIT));
    // What stands in brackets explains the id before it.
    const plain = words.replace(/[(（][^()（）]{0,300}[)）]/gu, (brackets) => " ".repeat(brackets.length));
    const length = LIST.exec(plain)?.[0].length ?? 0;
    return length === 0 ? [] : [{ from, to: from + length }];
  });
}

const LIST_LIMIT = 2_000;
