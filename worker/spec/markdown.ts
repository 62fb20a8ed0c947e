import type { TreeCursor } from "@lezer/common";
import { parser, type BlockContext, type Line } from "@lezer/markdown";

/** Offsets into the text that was parsed; `to` is exclusive. */
interface Span {
  readonly from: number;
  readonly to: number;
}

export interface ListItem extends Span {
  /** Offset behind the list marker and its space. */
  readonly content: number;
  readonly bullet: boolean;
  readonly blocks: readonly Block[];
}

/** The block structure that specs are read from. Inline markup stays text. `deep` is one line that is nested too deeply to follow. */
export type Block = Span &
  (
    | { readonly kind: "heading"; readonly level: number; readonly title: string }
    | { readonly kind: "list"; readonly items: readonly ListItem[] }
    | { readonly kind: "fence"; readonly language: string; readonly code: string }
    | { readonly kind: "paragraph" | "quote" | "html" | "comment" | "code" | "rule" | "deep" }
  );

/** Lists and quotes are followed to this depth. */
export const NESTING_LIMIT = 50;

/**
 * Reads Markdown blocks in linear time. Inline parsers are switched off: specs need none of them, and they are what makes
 * Markdown slow on hostile text. The caller bounds the number of lines.
 */
export function parseBlocks(text: string): Block[] {
  const cursor = blockParser.parse(text).cursor();
  return readChildren(cursor, text);
}

const INLINE = ["Escape", "Entity", "InlineCode", "HTMLTag", "Emphasis", "HardBreak", "Link", "Image", "LinkReference"];

const blockParser = parser.configure({
  remove: INLINE,
  defineNodes: [
    { name: "TooDeep", block: true },
    { name: "LongLine", block: true },
  ],
  parseBlock: [{ name: "Guard", before: "IndentedCode", parse: guard }],
});

/** A list item is two contexts of the parser, and the document is one. */
const CONTEXT_LIMIT = 1 + 2 * NESTING_LIMIT;
const MARKER = /^(?:[-*+](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$)|>)/;
const MANY_MARKERS = /^(?:(?:[-*+]|\d{1,9}[.)])[ \t]+|>[ \t]?){8}/;
const RULE = /^(?:[-*_][ \t]*)+\s*$/;
/** The parser's patterns for HTML overflow the stack on longer lines. */
const HTML_LINE_LIMIT = 2_000;

/** Takes lines away from the parser whose nesting would make it slow, and lines that its HTML patterns cannot bear. */
function guard(context: BlockContext, line: Line): boolean {
  const rest = line.text.slice(line.pos, line.pos + 200);
  const deep = (context.depth >= CONTEXT_LIMIT && MARKER.test(rest)) || (MANY_MARKERS.test(rest) && !RULE.test(rest));
  const long = line.next === 60 && line.text.length > HTML_LINE_LIMIT;
  if (!deep && !long) return false;
  const from = context.lineStart + line.pos;
  const to = context.lineStart + line.text.length;
  context.addElement(context.elt(deep ? "TooDeep" : "LongLine", from, to));
  context.nextLine();
  return true;
}

const KINDS: Readonly<Record<string, "paragraph" | "quote" | "html" | "comment" | "code" | "rule" | "deep">> = {
  Paragraph: "paragraph",
  Blockquote: "quote",
  HTMLBlock: "html",
  ProcessingInstructionBlock: "html",
  LongLine: "paragraph",
  CommentBlock: "comment",
  CodeBlock: "code",
  HorizontalRule: "rule",
  TooDeep: "deep",
};

function readChildren(cursor: TreeCursor, text: string): Block[] {
  const blocks: Block[] = [];
  if (!cursor.firstChild()) return blocks;
  do {
    const block = readBlock(cursor, text);
    if (block) blocks.push(block);
  } while (cursor.nextSibling());
  cursor.parent();
  return blocks;
}

function readBlock(cursor: TreeCursor, text: string): Block | null {
  const { name, from, to } = cursor;
  const kind = KINDS[name];
  if (kind) return { kind, from, to };
  if (name === "BulletList" || name === "OrderedList") {
    return { kind: "list", from, to, items: readItems(cursor, text, name === "BulletList") };
  }
  if (name === "FencedCode") return { kind: "fence", from, to, ...readFence(cursor, text) };
  const heading = /^(?:ATX|Setext)Heading([1-6])$/.exec(name);
  if (heading) return { kind: "heading", from, to, level: Number(heading[1]), title: readHeading(cursor, text) };
  return null;
}

function readItems(cursor: TreeCursor, text: string, bullet: boolean): ListItem[] {
  const items: ListItem[] = [];
  if (!cursor.firstChild()) return items;
  do {
    if (cursor.name !== "ListItem") continue;
    const { from, to } = cursor;
    let content = from;
    if (cursor.firstChild()) {
      content = cursor.to;
      cursor.parent();
    }
    while (content < to && (text[content] === " " || text[content] === "\t")) content += 1;
    items.push({ from, to, content, bullet, blocks: readChildren(cursor, text) });
  } while (cursor.nextSibling());
  cursor.parent();
  return items;
}

function readFence(cursor: TreeCursor, text: string): { language: string; code: string } {
  let language = "";
  let code = "";
  if (!cursor.firstChild()) return { language, code };
  do {
    if (cursor.name === "CodeInfo") language = text.slice(cursor.from, cursor.to).trim().split(/\s/, 1)[0] ?? "";
    else if (cursor.name === "CodeText") code += text.slice(cursor.from, cursor.to);
  } while (cursor.nextSibling());
  cursor.parent();
  return { language, code: code.replaceAll("\r", "").replace(/\n$/, "") };
}

function readHeading(cursor: TreeCursor, text: string): string {
  let from = cursor.from;
  let to = cursor.to;
  if (cursor.firstChild()) {
    do {
      if (cursor.name !== "HeaderMark") continue;
      if (cursor.from === from) from = cursor.to;
      else to = cursor.from;
    } while (cursor.nextSibling());
    cursor.parent();
  }
  return text.slice(from, to).trim().replace(/\s+/g, " ");
}
