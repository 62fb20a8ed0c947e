/** A part of a text that is one thing to do. Offsets count from the beginning of the text. */
export interface ProsePart {
  readonly from: number;
  readonly to: number;
}

/** More is no instruction any more, but a document. */
const MOST_PARTS = 30;
/** Each part is told the whole text. */
const TEXT_LIMIT = 100_000;
/** Sentences are looked into up to this length. */
const SENTENCES_LIMIT = 4_000;

/**
 * The things to do that a text names one after another (catalogue A3): one numbered list, numbers within sentences, or words such as
 * "first", "then" and "finally". Empty where it does not, and for documents with several headings or lists, whose numbers count other
 * things. Linear in the text.
 */
export function prosePartsOf(text: string): ProsePart[] {
  if (text.length > TEXT_LIMIT) return [];
  const numbered = numberedItems(text);
  if (numbered !== "none")
    return numbered === "many" || !isMainThing(text, numbered) ? [] : withinBounds(text, numbered);
  if (text.length > SENTENCES_LIMIT || /^[ \t]*(?:[-*+][ \t]|```|~~~)/m.test(text)) return [];
  const inline = inlineNumbers(text);
  if (inline.length > 0) return withinBounds(text, inline);
  const parts = withinBounds(text, sequenceWords(text));
  return parts.every(({ from, to }) => isOrder(text.slice(from, to))) ? parts : [];
}

/** Around the list stands little else; a long text has lists of other things as well. */
function isMainThing(text: string, items: readonly ProsePart[]): boolean {
  const inside = (items.at(-1)?.to ?? 0) - (items[0]?.from ?? 0);
  const outside = text.trim().length - inside;
  return outside <= 600 || outside <= inside;
}

/** Orders begin with a verb. Whoever tells what happens, "first" or "then", begins with who or what it happens to. */
function isOrder(words: string): boolean {
  return /^\S+\s+\S/.test(words) && !TOLD.test(words) && !/^(?!please\b)\S+\s+first\b/i.test(words);
}

const TOLD =
  /^(?:the|an?|it|its|this|that|these|those|there|they|their|we|our|you|your|he|his|she|her|i|my|one|some|all|each|every|nothing|nobody)\b/i;

/** The items of the only numbered list at the margin; `many`: it is not the only one, or there are other signs of a document. */
function numberedItems(text: string): ProsePart[] | "none" | "many" {
  const items: { from: number; to: number }[] = [];
  let headings = 0;
  let fence: string | null = null;
  let isOpen = false;
  let isBlank = false;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, Math.min(end, start + 400));
    const mark = /^[ \t]*(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined && (fence === null || mark.startsWith(fence))) fence = fence === null ? mark : null;
    else if (fence === null) {
      if (/^#{1,6}[ \t]/.test(line)) headings += 1;
      const number = /^ {0,3}(\d{1,3})[.)][ \t]+(?=\S)/.exec(line);
      if (number && Number(number[1]) === items.length + 1 && (isOpen || items.length === 0)) {
        items.push({ from: start + number[0].length, to: end });
        isOpen = true;
      } else if (number) return "many";
      else if (isOpen && isBlank && /^\S/.test(line)) isOpen = false;
    }
    isBlank = line.trim() === "";
    const last = items.at(-1);
    if (isOpen && last && !isBlank) last.to = end;
    start = end + 1;
  }
  if (headings > 1) return "many";
  return items.length < 2 ? "none" : items;
}

/** `1. Do this. 2. Do that.`, `(1) this, (2) that`. */
function inlineNumbers(text: string): ProsePart[] {
  const parts: ProsePart[] = [];
  let begun: { from: number } | null = null;
  let next = 1;
  for (const match of text.matchAll(/(^|[\s,;:])\(?(\d{1,2})[.)][ \t]+(?=\p{L})/gu)) {
    if (Number(match[2]) !== next) continue;
    if (begun) parts.push({ from: begun.from, to: match.index });
    begun = { from: match.index + match[0].length };
    next += 1;
  }
  if (begun) parts.push({ from: begun.from, to: paragraphEnd(text, begun.from) });
  return parts;
}

const SEQUENCE =
  /(^|[.;:!?]\s{1,9}|,\s{1,9}(?:and\s{1,9})?|\s{1,9}and\s{1,9})(first of all|first(?:ly)?|second(?:ly)?|third(?:ly)?|then|next|after (?:that|this)|afterwards?|finally|lastly)\b[,:]?\s{1,9}(?=\p{L})/giu;
const CONDITION = /\b(?:if|when|whenever|once|unless|while|until|as soon as)\b/i;

/** `First do this, then do that. Finally look at both.` What follows a condition is no new thing to do. */
function sequenceWords(text: string): ProsePart[] {
  const heading = /^\s*#{1,6}[ \t][^\n]*\n\s*/.exec(text)?.[0].length ?? 0;
  const body = text.slice(heading);
  const parts: ProsePart[] = [];
  let from = 0;
  for (const match of body.matchAll(SEQUENCE)) {
    const [whole, before = "", word = ""] = match;
    const sentence = body.slice(Math.max(0, lastEnd(body, match.index)), match.index);
    if (before !== "" && !/[.;:!?]/.test(before) && CONDITION.test(sentence)) continue;
    // "First" begins the first thing; anywhere else it says something about it.
    if (/^first/i.test(word)) {
      if (parts.length > 0) continue;
      from = match.index + whole.length;
      continue;
    }
    // A sentence before it that is no order, such as "The page is slow.", belongs to the whole.
    parts.push({ from: heading + from, to: heading + match.index });
    from = match.index + whole.length;
  }
  if (parts.length === 0) return [];
  parts.push({ from: heading + from, to: paragraphEnd(text, heading + from) });
  return parts;
}

function lastEnd(text: string, before: number): number {
  let at = before;
  while (at > 0 && !".;!?\n".includes(text[at - 1] ?? "")) at -= 1;
  return at;
}

function paragraphEnd(text: string, from: number): number {
  const blank = /\r?\n[ \t]*\r?\n/.exec(text.slice(from));
  return blank ? from + blank.index : text.length;
}

/** Without what only joins the parts; none where one of them says nothing, or where there are too few or too many. */
function withinBounds(text: string, parts: readonly ProsePart[]): ProsePart[] {
  if (parts.length < 2 || parts.length > MOST_PARTS) return [];
  const trimmed = parts.map(({ from, to }) => {
    const words = text.slice(from, to);
    const lead = /^[\s,;:]*/.exec(words)?.[0].length ?? 0;
    return { from: from + lead, to: from + Math.max(lead, endOf(words)) };
  });
  return trimmed.every(({ from, to }) => /\p{L}{2}/u.test(text.slice(from, to))) ? trimmed : [];
}

/** Where the words end when what joins them to the next part is left out. Linear, because a part may be long. */
function endOf(words: string): number {
  for (let end = words.length; ;) {
    while (end > 0 && /[\s,;]/.test(words[end - 1] ?? "")) end -= 1;
    if (!/^[\s,;]and$/i.test(words.slice(Math.max(0, end - 4), end))) return end;
    end -= 3;
  }
}
