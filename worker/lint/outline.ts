import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { readKeyLine } from "../spec/attributes.ts";
import { readFrontMatter } from "../spec/front-matter.ts";
import { boxOf, paragraphText } from "../spec/item-content.ts";
import { parseBlocks, type Block, type ListItem } from "../spec/markdown.ts";
import { SourceText } from "../spec/source-text.ts";
import { readYaml, type YamlEntry } from "../spec/yaml-value.ts";

/** Offsets into the text; `to` is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One name of a list, without its quotes. */
export interface Element extends Span {
  readonly text: string;
}

/** A bullet `key: value` of a task. Its own span goes from the bullet to the end of what belongs to it. */
export interface AttributePlace extends Span {
  readonly key: string;
  /** False: it is misspelt, and therefore text. */
  readonly known: boolean;
  readonly keySpan: Span;
  /** What stands behind the key on its line; empty where the value stands below. */
  readonly value: Span;
  /** The value taken apart at commas, or the bullets below the key. */
  readonly elements: readonly Element[];
}

export interface TaskPlace {
  readonly task: SpecTask;
  /** Parents outermost first. */
  readonly parents: readonly TaskPlace[];
  /** The line that the task begins with, from its list marker on. */
  readonly line: Span;
  /** The words of the title in that line. */
  readonly title: Span;
  /** `[P]`, or null. */
  readonly mark: Span | null;
  readonly attributes: readonly AttributePlace[];
  /** Where a first attribute would stand: behind this offset, on a line of its own with this indentation. Null: nowhere. */
  readonly room: { readonly at: number; readonly indent: string } | null;
}

export interface Heading extends Span {
  readonly level: number;
  readonly title: string;
  /** Where what stands below it ends. */
  readonly end: number;
}

export interface FrontMatterPlace extends Span {
  readonly entries: readonly YamlEntry[];
}

/** Where things stand in a text. */
export interface Outline {
  readonly tasks: readonly TaskPlace[];
  readonly byId: ReadonlyMap<string, TaskPlace>;
  readonly headings: readonly Heading[];
  readonly fences: readonly (Span & { readonly language: string })[];
  /** The YAML between the lines `---`; offsets of its entries count from its beginning. */
  readonly front: FrontMatterPlace | null;
  /** Where the body begins. */
  readonly body: number;
}

/** Finds the places of what the parser understood. Follows the same blocks, so that it cannot disagree with it. */
export function outlineOf(text: string, document: SpecDocument): Outline {
  const source = new SourceText(text);
  const body = readFrontMatter(source).bodyStart;
  const blank = " ".repeat(Math.max(0, body - 1)) + (body > 0 ? "\n" : "");
  const reader = new OutlineReader(source, document);
  // What the parser refuses to read is not read here either.
  const isRefused = document.tasks.length === 0 && document.diagnostics.some(({ code }) => code === "too-large");
  if (!isRefused) reader.read(parseBlocks(blank + source.text.slice(body)));
  return {
    tasks: reader.tasks,
    byId: new Map(reader.tasks.map((place) => [place.task.id, place])),
    headings: withEnds(reader.headings, text.length),
    fences: reader.fences,
    front: frontMatter(source, body),
    body,
  };
}

function withEnds(headings: readonly Omit<Heading, "end">[], end: number): Heading[] {
  const closed: Heading[] = [];
  const open: Omit<Heading, "end">[] = [];
  const ends = new Map<Omit<Heading, "end">, number>();
  for (const heading of headings) {
    for (let last = open.at(-1); last && last.level >= heading.level; last = open.at(-1)) {
      ends.set(last, heading.from);
      open.pop();
    }
    open.push(heading);
  }
  for (const heading of headings) closed.push({ ...heading, end: ends.get(heading) ?? end });
  return closed;
}

function frontMatter(source: SourceText, body: number): FrontMatterPlace | null {
  if (body === 0) return null;
  const from = source.lineStart(2);
  const to = Math.max(from, source.lineStart(source.lineAt(body - 1)));
  const { value } = readYaml(source.text.slice(from, to));
  return { from, to, entries: value.kind === "map" ? value.entries : [] };
}

class OutlineReader {
  readonly tasks: TaskPlace[] = [];
  readonly headings: Omit<Heading, "end">[] = [];
  readonly fences: (Span & { language: string })[] = [];
  readonly #source: SourceText;
  readonly #usesTabs: boolean;
  readonly #byBox = new Map<number, SpecTask>();
  readonly #byStart = new Map<number, SpecTask>();

  constructor(source: SourceText, document: SpecDocument) {
    this.#source = source;
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
    const to = this.#lineEnd(from);
    const line = this.#source.text.slice(from, to);
    const lead = /^(?:(?:[-*+]|\d{1,9}[.)]|>|#{1,6})[ \t]+)*(?:\[[ xX~-]\][ \t]*)?/.exec(line)?.[0].length ?? 0;
    const mark = task.parallel ? /^\[P\]/.exec(line.slice(lead)) : null;
    const behind = lead + (mark ? 3 : 0);
    const words = line.slice(behind).trim();
    const title = from + behind + (line.length - behind - line.slice(behind).trimStart().length);
    const place: TaskPlace = {
      task,
      parents,
      line: { from, to },
      title: words === "" ? { from, to } : { from: title, to: title + words.length },
      mark: mark ? { from: from + lead, to: from + lead + 3 } : null,
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
    const colon = text.indexOf(":", keyFrom);
    const behind = line.kind === "attribute" ? first.from + line.value : colon + 1;
    const from = Math.min(end, skipBlanks(text, behind));
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
