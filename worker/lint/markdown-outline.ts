import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { readAttribute, readKeyLine } from "../spec/attributes.ts";
import { boxOf, paragraphText } from "../spec/item-content.ts";
import type { Block, ListItem } from "../spec/markdown.ts";
import { AGENT_ATTRIBUTES } from "../spec/markdown-dialect.ts";
import type { SourceText } from "../spec/source-text.ts";
import { needsInText } from "./needs-places.ts";
import type { AttributePlace, Element, Heading, Span, TaskPlace } from "./places.ts";
import { titleLine } from "./title-line.ts";

const AGENT_KEYS: ReadonlySet<string> = AGENT_ATTRIBUTES;

/** Follows the blocks of a Markdown text as the parser does. */
export class MarkdownOutline {
  readonly tasks: TaskPlace[] = [];
  readonly headings: Omit<Heading, "end">[] = [];
  readonly fences: (Span & { language: string })[] = [];
  readonly #source: SourceText;
  readonly #document: SpecDocument;
  readonly #usesTabs: boolean;
  readonly #byBox = new Map<number, SpecTask>();
  readonly #byStart = new Map<number, SpecTask>();

  constructor(source: SourceText, document: SpecDocument) {
    this.#source = source;
    this.#document = document;
    this.#usesTabs = source.text.includes("\n\t");
    if (document.dialect === "prose") return;
    for (const task of document.tasks) {
      if (task.box) this.#byBox.set(task.box.start, task);
      else this.#byStart.set(task.range.start, task);
    }
  }

  read(blocks: readonly Block[]): void {
    for (const [index, block] of blocks.entries()) {
      if (block.kind === "heading") {
        this.headings.push({ from: block.from, to: this.#lineEnd(block.from), level: block.level, title: block.title });
      }
      const own = block.kind === "heading" || block.kind === "paragraph" ? this.#byStart.get(block.from) : undefined;
      if (own) {
        const below = blocks.slice(index + 1, index + 50).filter(({ from }) => from < own.range.end);
        const room = block.kind === "heading" ? { at: this.#lineEnd(block.from), indent: "" } : null;
        this.#add({ task: own, from: block.from, attributes: this.#attributesIn(below), room });
      }
      this.#readInside(block, []);
    }
    this.tasks.sort((a, b) => a.line.from - b.line.from);
  }

  #readInside(block: Block, parents: readonly TaskPlace[]): void {
    if (block.kind === "fence") this.fences.push({ from: block.from, to: block.to, language: block.language });
    else if (block.kind === "list") for (const item of block.items) this.#readItem(item, parents);
    else if (block.kind === "deep") this.#readDeep(block, parents);
  }

  #readItem(item: ListItem, parents: readonly TaskPlace[]): void {
    const task = boxOf(this.#source, item) === null ? undefined : this.#byBox.get(item.content + 1);
    const attributes = task ? this.#attributesIn(item.blocks.slice(1)) : [];
    const room = { at: trimmedEnd(this.#source.text, item.blocks[0]?.to ?? item.to), indent: this.#indentIn(item) };
    const place = task ? this.#add({ task, from: item.from, parents, attributes, room }) : null;
    const inside = place ? [...parents, place] : parents;
    for (const block of item.blocks) this.#readInside(block, inside);
  }

  #readDeep(block: Block, parents: readonly TaskPlace[]): void {
    const at = this.#source.text.slice(block.from, this.#lineEnd(block.from)).search(/\[[ xX~-]\]/);
    const task = at < 0 ? undefined : this.#byBox.get(block.from + at + 1);
    if (task) this.#add({ task, from: block.from, parents, attributes: [], room: null });
  }

  /** The white space before what belongs to an item. */
  #indentIn(item: ListItem): string {
    const { text } = this.#source;
    const start = this.#source.lineStart(this.#source.lineAt(item.from));
    const before = text.slice(start, item.from);
    const lead = /^[ \t]*/.exec(before)?.[0] ?? "";
    const list = item.blocks.find((block) => block.kind === "list");
    if (list) {
      const own = text.slice(this.#source.lineStart(this.#source.lineAt(list.from)), list.from);
      if (/^[ \t]+$/.test(own)) return own;
    }
    return lead + (this.#usesTabs ? "\t" : " ".repeat(item.content - item.from + before.length - lead.length));
  }

  #add(
    found: Pick<TaskPlace, "task" | "attributes" | "room"> & { from: number; parents?: TaskPlace["parents"] },
  ): TaskPlace {
    const { task, from, attributes, room, parents = [] } = found;
    const line = { from, to: this.#lineEnd(from) };
    const words = titleLine(this.#source.text, line, task);
    const stated = (key: string): AttributePlace | undefined => attributes.find((one) => one.known && one.key === key);
    const [written = null] = (task.ownId !== null && stated("id")?.elements) || [];
    const needs = stated("needs");
    const place: TaskPlace = {
      task,
      parents,
      line,
      title: words.title,
      mark: words.mark,
      id: this.#document.dialect === "spec" ? written : words.id,
      needs: needs
        ? { elements: needs.elements.filter(({ text }) => text !== "none"), whole: needs }
        : needsInText(this.#source.text, task),
      attributes,
      room,
    };
    this.tasks.push(place);
    return place;
  }

  #attributesIn(blocks: readonly Block[]): AttributePlace[] {
    const places: AttributePlace[] = [];
    for (const block of blocks) {
      if (block.kind !== "list") continue;
      for (const item of block.items) {
        const place = item.bullet && boxOf(this.#source, item) === null ? this.#attributeOf(item) : null;
        if (place) places.push(place);
      }
    }
    return places;
  }

  #attributeOf(item: ListItem): AttributePlace | null {
    const [first, ...rest] = item.blocks;
    if (first?.kind !== "paragraph") return null;
    const { text } = this.#source;
    const line = readKeyLine(paragraphText(this.#source, first.from, first.to));
    if (line.kind === "text") return null;
    const lead = text.slice(first.from, first.to).search(/[A-Za-z]/);
    const keyFrom = first.from + Math.max(0, lead);
    const end = trimmedEnd(text, first.to);
    // In other dialects what does not read well is text.
    const isText = (value: string): boolean =>
      line.kind !== "attribute" ||
      rest.length > 0 ||
      !AGENT_KEYS.has(line.key) ||
      readAttribute({}, line.key, { text: value, bullets: [], code: null }) !== null;
    const colon = text.indexOf(":", keyFrom);
    const behind = line.kind === "attribute" ? first.from + line.value : colon + 1;
    const from = Math.min(end, skipBlanks(text, behind));
    if (this.#document.dialect !== "spec" && isText(text.slice(from, end).trim())) return null;
    const below = rest.find((block) => block.kind === "list");
    return {
      key: line.key,
      known: line.kind === "attribute",
      keySpan: { from: keyFrom, to: keyFrom + line.key.length },
      from: item.from,
      to: trimmedEnd(text, item.to),
      value: { from, to: end },
      elements: from < end ? elementsIn(text, from, end) : this.#bulletsOf(below),
    };
  }

  #bulletsOf(block: Block | undefined): Element[] {
    if (block?.kind !== "list") return [];
    return block.items.flatMap((item) => {
      const first = item.blocks[0];
      return first?.kind === "paragraph" ? elementsIn(this.#source.text, first.from, first.to).slice(0, 1) : [];
    });
  }

  #lineEnd(offset: number): number {
    return this.#source.lineEnd(offset);
  }
}

/** The names of a written list: taken apart at commas, without the brackets, quotes and backticks around them. */
function elementsIn(text: string, from: number, to: number): Element[] {
  const wrapped = /^`?\[.*\]`?$/s.test(text.slice(from, to));
  const elements: Element[] = [];
  let start = from;
  for (let at = from; at <= to; at += 1) {
    if (at < to && text[at] !== ",") continue;
    let [a, b] = [start, at];
    const skip = wrapped ? /[\s`"'[\]]/ : /[\s`"']/;
    while (a < b && skip.test(text[a] ?? "")) a += 1;
    while (b > a && skip.test(text[b - 1] ?? "")) b -= 1;
    if (b > a) elements.push({ from: a, to: b, text: text.slice(a, b) });
    start = at + 1;
  }
  return elements;
}

function skipBlanks(text: string, at: number): number {
  let next = at;
  while (text[next] === " " || text[next] === "\t") next += 1;
  return next;
}

function trimmedEnd(text: string, end: number): number {
  let at = end;
  while (at > 0 && /\s/.test(text[at - 1] ?? "")) at -= 1;
  return at;
}
