/** What was probably meant as a box: too many blanks in it, none, or a sign of another tool. */
const STRANGE_BOX =
  /^\[(?:|[/>!?*v\u2713\u2714\u2717]|[ \u00A0]{1,4}[xX]?[ \u00A0]{0,4}|[xX][ \u00A0]{1,4})\](?=[ \t\u00A0])/;
const BOX = /^\[[ xX~-]\][ \t]/;
/** A box, were there a blank behind it; links look alike. */
const CLOSE_BOX = /^\[[ xX~-]\](?:\\?\*)?(?=\*\*|[^ \t\r\n([:*\\])/;
const BOX_IN_TEXT = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[[ xX~-]\][ \t]/m;
/** A list mark without a blank behind it. Some keyboards write no-break spaces, which nobody sees and Markdown takes for letters. */
const CLOSE_MARK = /^[ \t]*(?:[-*+]|\d{1,9}[.)])([ \t]*\u00A0[ \t\u00A0]*)?\[[ xX~-]\][ \t\u00A0]/m;

const NEARLY = "this looks like a box but is none, so it is no task: ";

/** Why a list item that begins like this is no task although it was probably meant as one. */
export function whyNoBox(text: string): string | null {
  if (CLOSE_BOX.test(text)) return `${NEARLY}put a blank behind it`;
  return STRANGE_BOX.test(text) && !BOX.test(text) ? `${NEARLY}write \`[ ]\` for open or \`[x]\` for done` : null;
}

/** The first line of a text that has a box and is no list item, and why. */
export function boxInText(text: string): { readonly at: number; readonly why: string } | null {
  if (!text.includes("]")) return null;
  const box = text.includes("] ") || text.includes("]\t") ? BOX_IN_TEXT.exec(text) : null;
  if (box) {
    const how = "put a blank line before it, take it out of the quote, or indent it less";
    return { at: box.index, why: `this box is not a task, because it belongs to the text above it: ${how}` };
  }
  const close = CLOSE_MARK.exec(text);
  if (!close) return null;
  const how =
    close[1] === undefined ? "put a blank before it" : "there is a no-break space before it, write an ordinary one";
  return { at: close.index, why: `${NEARLY}${how}` };
}

/** Whether a block of code has no end and boxes in it: one line too few, and all tasks below are gone. */
export function hidesBoxes(code: string): boolean {
  const mark = /^[ \t]*(`{3,}|~{3,})/.exec(code)?.[1];
  if (mark === undefined || !BOX_IN_TEXT.test(code)) return false;
  const last = code.slice(code.trimEnd().lastIndexOf("\n") + 1).trim();
  return !(last.startsWith(mark) && last.replaceAll(mark[0] ?? "", "") === "");
}
