/** Controls, and characters that reorder or hide what stands around them (SEC20); joiners that scripts and emoji need stay. */
const INVISIBLE =
  /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/** Text of a file in one line, with what cannot be seen made visible. */
export function shown(text: string, limit = 200): string {
  const line = text
    .replace(/[\t\r\n]+/g, " ")
    .replace(
      INVISIBLE,
      (character) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
    )
    .trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

/** The same for places that read Markdown: nothing in it is a link, a command, an image or HTML. Every mark of ASCII is escaped. */
export function markdown(text: string, limit = 200): string {
  return shown(text, limit)
    .replace(/\s+/g, " ")
    .replace(/[!-/:-@[-`{-~]/g, "\\$&");
}
