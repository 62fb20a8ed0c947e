import { NodeType, Tree } from "@lezer/common";
import { parser, type BlockContext, type LeafBlock, type Line } from "@lezer/markdown";

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
 *
 * The trees of the parser take a hundred times the memory of their text, so a long text is read in parts. It is cut only before an
 * item of a list that the part before ends with, where the parser would begin that item, too.
 */
export function parseBlocks(text: string, partLength = PART): Block[] {
  // Its patterns for the blank line that ends HTML know no CR. In its place stands a blank, which changes no offset.
  const plain = text.replaceAll("\r\n", " \n");
  const blocks: Block[] = [];
  for (let from = 0, mayCut = true; from < text.length || from === 0;) {
    const cut = mayCut ? nextCut(plain, from + partLength) : plain.length;
    // Without the line end before the cut: what is still open there must not reach over it.
    const end = cut < plain.length ? cut - 1 : cut;
    const part = readChildren(blockParser.parse(plain.slice(from, end)), from, text);
    if (cut < plain.length && !endsWithListOf(plain, cut, part.at(-1))) {
      mayCut = false;
      continue;
    }
    append(blocks, part, from > 0);
    from = Math.max(cut, 1);
  }
  return blocks;
}

/** Characters of a part, at least. */
const PART = 64 * 1024;
/** A line that begins an item of a bullet list which stands in nothing else, and is no rule. */
const TOP_ITEM = /^([-*+])[ \t]+(?![-*+ \t\r\n]).*/gm;

/** The first place from `from` on where the text may be cut. */
function nextCut(text: string, from: number): number {
  TOP_ITEM.lastIndex = from;
  return TOP_ITEM.exec(text)?.index ?? text.length;
}

/** Whether the line at `cut` is the next item of the list that comes last before it. */
function endsWithListOf(text: string, cut: number, last: Block | undefined): boolean {
  if (last?.kind !== "list") return false;
  const item = last.items.at(-1);
  return item?.bullet === true && text[item.from] === text[cut] && text[item.from - 1] !== " ";
}

function append(blocks: Block[], part: readonly Block[], isCut: boolean): void {
  const [first, ...rest] = part;
  const last = blocks.at(-1);
  if (isCut && last?.kind === "list" && first?.kind === "list") {
    blocks[blocks.length - 1] = { ...last, to: first.to, items: [...last.items, ...first.items] };
    blocks.push(...rest);
  } else blocks.push(...part);
}

const INLINE = ["Escape", "Entity", "InlineCode", "HTMLTag", "Emphasis", "HardBreak", "Link", "Image", "LinkReference"];

const blockParser = parser.configure({
  remove: INLINE,
  defineNodes: [
    { name: "TooDeep", block: true },
    { name: "LongLine", block: true },
  ],
  parseBlock: [
    { name: "Guard", before: "IndentedCode", parse: guard },
    { name: "PlainParagraph", leaf: () => ({ nextLine: () => false, finish: addParagraph }) },
    { name: "NumberedBox", endLeaf: beginsNumberedBox },
  ],
});

const PARAGRAPH = blockParser.nodeSet.types.find(({ name }) => name === "Paragraph") ?? NodeType.none;

/** Adds a paragraph as it is, where the parser would look at each of its characters and pack what it found. */
function addParagraph(context: BlockContext, leaf: LeafBlock): boolean {
  context.addElement(context.elt(new Tree(PARAGRAPH, [], [], leaf.content.length), leaf.start));
  return true;
}

/**
 * `2. [ ] …` below text begins an item. Markdown lets only a `1.` do that, for sentences that end with a number; nobody ends one with a
 * number and a box.
 */
function beginsNumberedBox(_context: BlockContext, line: Line): boolean {
  return line.indent < line.baseIndent + 4 && NUMBERED_BOX.test(line.text.slice(line.pos, line.pos + 20));
}

const NUMBERED_BOX = /^\d{1,9}[.)][ \t]{1,4}\[[ xX~-]\](?:[ \t*]|$)/;

/** A list item is two contexts of the parser, and the document is one. */
const CONTEXT_LIMIT = 1 + 2 * NESTING_LIMIT;
const MARKER = /^(?:[-*+](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$)|>)/;
const MANY_MARKERS = /^(?:(?:[-*+]|\d{1,9}[.)])[ \t]+|>[ \t]?){8}/;
const RULE = /^(?:[-*_][ \t]*)+\s*$/;
/** The parser's patterns for HTML overflow the stack on longer lines. */
const HTML_LINE_LIMIT = 2_000;

/** Takes lines away from the parser whose nesting would make it slow, and lines that its HTML patterns cannot bear. */
function guard(context: BlockContext, line: Line): boolean {
  const isShort = line.text.length - line.pos < 8;
  if (isShort && context.depth < CONTEXT_LIMIT) return false;
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

/**
 * The blocks directly inside a node. Reads the parser's trees as they are: its cursors make an object for each node, which
 * takes nearly as long as parsing. Nodes without a name only balance a tree with many children.
 */
function readChildren(tree: Tree, start: number, text: string, blocks: Block[] = []): Block[] {
  for (let index = 0; index < tree.children.length; index += 1) {
    const child = tree.children[index];
    if (!(child instanceof Tree)) continue;
    const from = start + (tree.positions[index] ?? 0);
    if (child.type.isAnonymous) readChildren(child, from, text, blocks);
    else {
      const block = readBlock(child, from, text);
      if (block) blocks.push(block);
    }
  }
  return blocks;
}

function readBlock(tree: Tree, from: number, text: string): Block | null {
  const { name } = tree.type;
  const to = from + tree.length;
  const kind = KINDS[name];
  if (kind) return { kind, from, to };
  if (name === "BulletList" || name === "OrderedList") {
    return { kind: "list", from, to, items: readItems(tree, from, text, name === "BulletList") };
  }
  if (name === "FencedCode") return { kind: "fence", from, to, ...readFence(tree, from, text) };
  const heading = /^(?:ATX|Setext)Heading([1-6])$/.exec(name);
  if (heading) return { kind: "heading", from, to, level: Number(heading[1]), title: readHeading(tree, from, text) };
  return null;
}

function readItems(list: Tree, start: number, text: string, bullet: boolean, items: ListItem[] = []): ListItem[] {
  for (let index = 0; index < list.children.length; index += 1) {
    const child = list.children[index];
    if (!(child instanceof Tree)) continue;
    const from = start + (list.positions[index] ?? 0);
    if (child.type.isAnonymous) readItems(child, from, text, bullet, items);
    if (child.type.name !== "ListItem") continue;
    const to = from + child.length;
    const mark = markOf(child);
    let content = from + mark.to;
    while (content < to && (text[content] === " " || text[content] === "\t")) content += 1;
    items.push({ from: from + mark.from, to, content, bullet, blocks: readChildren(child, from, text) });
  }
  return items;
}

/**
 * The list mark is the first node of an item, inside balancing nodes where the item has many children. The item itself begins where the
 * text around it does, before blanks that its mark is indented by.
 */
function markOf(item: Tree): Span {
  let from = item.positions[0] ?? 0;
  let first = item.children[0];
  while (first instanceof Tree && first.type.isAnonymous) {
    from += first.positions[0] ?? 0;
    first = first.children[0];
  }
  return { from, to: from + (first?.length ?? 0) };
}

function readFence(fence: Tree, start: number, text: string): { language: string; code: string } {
  let language = "";
  let code = "";
  const cursor = fence.cursor();
  if (!cursor.firstChild()) return { language, code };
  do {
    const part = text.slice(start + cursor.from, start + cursor.to);
    if (cursor.name === "CodeInfo") language = part.trim().split(/\s/, 1)[0] ?? "";
    else if (cursor.name === "CodeText") code += part;
  } while (cursor.nextSibling());
  return { language, code: code.replaceAll("\r", "").replace(/\n$/, "") };
}

function readHeading(heading: Tree, start: number, text: string): string {
  let from = 0;
  let to = heading.length;
  const cursor = heading.cursor();
  if (cursor.firstChild()) {
    do {
      if (cursor.name !== "HeaderMark") continue;
      if (cursor.from === 0) from = cursor.to;
      else to = cursor.from;
    } while (cursor.nextSibling());
  }
  return text
    .slice(start + from, start + to)
    .trim()
    .replace(/\s+/g, " ");
}
