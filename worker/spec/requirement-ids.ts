/** `1.2`, `4.4a`, `R1.2`, `FR-001`: what requirements are called, in any tool. */
const ID = /(?:[A-Z]{1,6}-?)?\d{1,6}(?:\.\d{1,6}){0,4}[a-z]?(?![\p{Script=Latin}\p{N}])/u;
const BETWEEN = String.raw`[ \t]*(?:-|–|—|~|～|〜|\.{2,3}|至|到|(?<=[ \t])(?:to|through|bis)(?=[ \t]))[ \t]*`;
const ID_OR_RANGE = new RegExp(
  String.raw`(?<![\p{Script=Latin}\p{N}.])(${ID.source})(?:${BETWEEN}(${ID.source}))?`,
  "gu",
);

/** A range with more members than these is taken for a slip of the pen. */
const RANGE_LIMIT = 200;
/** Of a short text; a longer one can name as many as it has characters, up to the second number. */
const COUNT_LIMITS = { least: 300, most: 2_000 };

/** The ids that a text such as `1.1, 2.3` or `Requirements 1.1-1.5 and 4.4a` names, ranges written out, each once. */
export function readRequirementIds(text: string): string[] {
  const ids = new Set<string>();
  const limit = Math.min(COUNT_LIMITS.most, Math.max(COUNT_LIMITS.least, text.length));
  for (const [, first = "", last] of text.matchAll(ID_OR_RANGE)) {
    for (const id of last === undefined ? [first] : (rangeOf(first, last) ?? [first, last])) ids.add(id);
    if (ids.size > limit) break;
  }
  return [...ids];
}

/** Whether a text is a list of ids and nothing else. */
export function isIdList(text: string): boolean {
  const rest = text.replaceAll(ID_OR_RANGE, "");
  return rest !== text && /^[\s,;.、，；&]*(?:(?:and|und|et|y|e|和)[\s,;.、，；&]*)*$/i.test(rest);
}

/** `1.1` to `1.3` are `1.1`, `1.2`, `1.3`; so are `1.1` to `3`. Null: these two make no range. */
function rangeOf(first: string, last: string): string[] | null {
  const from = /^(.*?)(\d+)$/.exec(first);
  const to = /^(.*?)(\d+)$/.exec(last);
  if (!from || !to) return null;
  const [, prefix = "", low = ""] = from;
  const [, otherPrefix = "", high = ""] = to;
  if (otherPrefix !== prefix && otherPrefix !== "") return null;
  const count = Number(high) - Number(low) + 1;
  if (count < 2 || count > RANGE_LIMIT) return null;
  const width = low.startsWith("0") ? low.length : 0;
  return Array.from({ length: count }, (_, index) => prefix + String(Number(low) + index).padStart(width, "0"));
}
