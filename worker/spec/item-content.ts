import type { Diagnostic, DiagnosticCode, SourceRange } from "../../schemas/diagnostic.ts";
import { readAttribute, readKeyLine, type OwnAttributes } from "./attributes.ts";
import type { Legend } from "./legend.ts";
import type { Block, ListItem } from "./markdown.ts";
import type { MarkdownDialect, TaskWords } from "./markdown-dialect.ts";
import { boxInText, whyNoBox } from "./near-boxes.ts";
import type { SourceText } from "./source-text.ts";

/** The character between the brackets must be one of these. A star behind the box says that the task is optional. */
const BOX = /^\[([ xX~-])\](?=(?:\\?\*)?(?:[ \t\r\n]|$))/;
/** The character in the box of an item, or null when it has none. */
export function boxOf(source: SourceText, item: ListItem): string | null {
  const first = item.blocks[0]?.kind;
  if (first !== "paragraph" && first !== "heading") return null;
  return BOX.exec(source.text.slice(item.content, item.content + 6))?.[1] ?? null;
}

/** A list item that is a task of the dialect. */
export interface ItemTask {
  readonly item: ListItem;
  readonly mark: string;
  readonly words: TaskWords;
}

/** What one file is read with: which of its items are tasks, and where problems go. */
export interface ItemReader {
  readonly source: SourceText;
  readonly legend: Legend;
  readonly diagnostics: Diagnostic[];
  readonly dialect: MarkdownDialect;
}

/** The task that an item is; null when it is none. */
export function taskOf({ source, dialect, legend }: ItemReader, item: ListItem): ItemTask | null {
  const mark = boxOf(source, item);
  if (mark === null || (legend.hasEntries && legend.isEntry(source.lineAt(item.from)))) return null;
  const from = item.content + 3;
  const words = dialect.readItem(source.text.slice(from, source.lineEnd(from)), mark);
  return words && { item, mark, words };
}

/** A task inside other content: a list item with a box, or a line that is nested too deeply to be followed. */
export type Subtask =
  ({ readonly kind: "item" } & ItemTask) | { readonly kind: "deep"; readonly from: number; readonly to: number };

/** What stands in the body of a task, besides its subtasks, which are passed on in file order. */
export class ItemContent {
  readonly own: OwnAttributes = {};
  needsRange: SourceRange | null = null;
  readonly #scripts: string[] = [];
  readonly #kept: { from: number; to: number }[] = [];
  #commandRange: SourceRange | null = null;
  readonly #written: string[] = [];
  readonly #reader: ItemReader;
  readonly #source: SourceText;
  readonly #diagnostics: Diagnostic[];
  readonly #attributes: MarkdownDialect["attributes"];
  readonly #onSubtask: (subtask: Subtask) => void;

  constructor(reader: ItemReader, onSubtask: (subtask: Subtask) => void) {
    this.#reader = reader;
    this.#source = reader.source;
    this.#diagnostics = reader.diagnostics;
    this.#attributes = reader.dialect.attributes;
    this.#onSubtask = onSubtask;
  }

  /** Reads blocks. Only bullets of the first level (`direct`) can be attributes. */
  add(blocks: readonly Block[], direct: boolean): void {
    for (const block of blocks) {
      if (block.kind === "list") for (const item of block.items) this.#addItem(item, direct);
      else if (block.kind === "fence") this.#addFence(block);
      else if (block.kind === "deep") this.#onSubtask({ kind: "deep", from: block.from, to: block.to });
      else if (block.kind !== "comment" && block.kind !== "rule") this.keepText(block.from, block.to);
    }
  }

  /** Takes a part of the text into the instructions, and tells when something in it looks like a task. */
  keepText(from: number, to: number): void {
    this.#keep(from, to);
    const text = this.#source.text.slice(from, to);
    const found = boxInText(text);
    if (!found) return;
    const at = from + found.at;
    this.#tell("ignored-task", "warning", found.why, at, this.#source.lineEnd(at));
  }

  #keep(from: number, to: number): void {
    if (to > from) this.#kept.push({ from, to });
  }

  /** The parts of the text that are neither subtasks nor attributes, in file order. */
  get kept(): readonly { readonly from: number; readonly to: number }[] {
    return this.#kept;
  }

  /** Closes the content: joins the command blocks and returns the instructions, without the indentation of `column`. */
  finish(column: number): string {
    if (this.#scripts.length > 0) {
      if (this.own.command !== undefined && this.#commandRange) {
        const message = "this task has a `command` and an `sh` block: keep one of them";
        this.#diagnostics.push({ code: "bad-value", severity: "error", message, range: this.#commandRange, steps: [] });
      } else {
        this.own.command = { kind: "shell", script: this.#scripts.join("\n") };
      }
    }
    return joinDedented(this.#source, this.#kept, column);
  }

  #addItem(item: ListItem, direct: boolean): void {
    const task = taskOf(this.#reader, item);
    if (task) {
      this.#onSubtask({ kind: "item", ...task });
      return;
    }
    const [first, ...rest] = item.blocks;
    this.#warnOfStrangeBox(item);
    if (direct && item.bullet && first?.kind === "paragraph") {
      const text = paragraphText(this.#source, first.from, first.to);
      const line = readKeyLine(text);
      if (line.kind === "attribute") {
        const value = text.slice(line.value).trim();
        if (this.#attributes === "all") {
          this.#addAttribute(line.key, value, item, rest);
          return;
        }
        // People of other dialects write such bullets without us in mind: what cannot be read is text.
        const written = { text: value, bullets: [], code: null };
        const isOurs = this.#attributes.has(line.key) && rest.length === 0 && !(line.key in this.own);
        if (isOurs && readAttribute(this.own, line.key, written) === null) return;
      }
      if (line.kind === "misspelt" && this.#attributes === "all") {
        const message = `\`${line.key}\` is no attribute, so this line is part of the instructions: did you mean \`${line.suggestion}\`?`;
        this.#tell("unknown-key", "warning", message, first.from, first.to);
      }
    }
    // A box that is no task of the dialect is text, and its author knows.
    const isRefused = boxOf(this.#source, item) !== null;
    const keep = isRefused ? this.#keep.bind(this) : this.keepText.bind(this);
    if (isPlain(this.#reader, item)) keep(item.from, item.to);
    else {
      if (first && first.kind !== "list" && first.kind !== "fence") keep(item.from, first.to);
      else if (first) this.add([first], false);
      this.add(rest, false);
    }
  }

  #addAttribute(key: string, text: string, item: ListItem, rest: readonly Block[]): void {
    const bullets: string[] = [];
    let code: string | null = null;
    for (const block of rest) {
      const values = block.kind === "list" && text === "" ? bulletTexts(this.#reader, block.items) : null;
      if (values) bullets.push(...values);
      else if (block.kind === "fence" && text === "" && code === null && block.language === "sh") code = block.code;
      else this.add([block], false);
    }
    const range = this.#source.range(item.content, Math.min(item.to, trimmedEnd(this.#source, item.to)));
    if (this.#written.includes(key)) {
      const message = `\`${key}\` is written twice for this task: keep one of them`;
      this.#diagnostics.push({ code: "bad-value", severity: "error", message, range, steps: [] });
      return;
    }
    this.#written.push(key);
    if (key === "needs") this.needsRange = range;
    if (key === "command") this.#commandRange = range;
    const expected = readAttribute(this.own, key, { text, bullets, code });
    if (expected === null) return;
    const shown =
      text === "" ? "nothing that it understands" : `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`;
    const message = `\`${key}\` has ${shown}: write ${expected}`;
    this.#diagnostics.push({ code: "bad-value", severity: "error", message, range, steps: [] });
  }

  #addFence(fence: Block & { kind: "fence" }): void {
    if (this.#attributes !== "all") {
      this.#keep(fence.from, fence.to);
      return;
    }
    if (fence.language === "sh") {
      this.#scripts.push(fence.code);
      return;
    }
    this.#keep(fence.from, fence.to);
    if (/^(?:bash|shell|zsh|console|shellscript)$/i.test(fence.language) || fence.language === "SH") {
      const message = `a \`${fence.language}\` block is text for the agent; mark it \`sh\` if the task should run it`;
      this.#tell("ignored-command", "info", message, fence.from, fence.to);
    }
  }

  #warnOfStrangeBox(item: ListItem): void {
    const why = whyNoBox(this.#source.text.slice(item.content, item.content + 12));
    if (why !== null) this.#tell("ignored-task", "warning", why, item.from, this.#source.lineEnd(item.content));
  }

  #tell(code: DiagnosticCode, severity: Diagnostic["severity"], message: string, from: number, to: number): void {
    this.#diagnostics.push({ code, severity, message, range: this.#source.range(from, to), steps: [] });
  }
}

/** True when an item holds nothing but text: no tasks and no command blocks. */
function isPlain(reader: ItemReader, item: ListItem): boolean {
  return item.blocks.every((block) => {
    if (block.kind === "deep" || block.kind === "fence") return false;
    return (
      block.kind !== "list" || block.items.every((inner) => taskOf(reader, inner) === null && isPlain(reader, inner))
    );
  });
}

/** The texts of simple bullets; null when one holds a task or more than one paragraph. */
function bulletTexts(reader: ItemReader, items: readonly ListItem[]): string[] | null {
  const texts: string[] = [];
  for (const item of items) {
    const [only, more] = item.blocks;
    if (only?.kind !== "paragraph" || more || taskOf(reader, item)) return null;
    texts.push(paragraphText(reader.source, only.from, only.to));
  }
  return texts;
}

/** A paragraph in one line: a line break in Markdown text is a space. */
export function paragraphText(source: SourceText, from: number, to: number): string {
  const text = source.text.slice(from, to);
  return text.includes("\n")
    ? text
        .split(/\r?\n/)
        .map((line) => line.trim())
        .join(" ")
        .trim()
    : text.trim();
}

function trimmedEnd(source: SourceText, end: number): number {
  let at = end;
  while (at > 0 && /\s/.test(source.text[at - 1] ?? "")) at -= 1;
  return at;
}

/** Parts of the text as lines, each without up to `column` columns of indentation; a blank line stays where there was one. */
function joinDedented(source: SourceText, parts: readonly { from: number; to: number }[], column: number): string {
  let result = "";
  let end = -1;
  for (const part of parts) {
    const lineStart = source.lineStart(source.lineAt(part.from));
    const lead = source.text.slice(lineStart, part.from);
    const start = /^[ \t]*$/.test(lead) ? lineStart : part.from;
    const lines = source.lines(start, part.to).map((line) => dedent(line, column));
    if (end >= 0) result += /\n[ \t\r]*\n/.test(source.text.slice(end, part.from)) ? "\n\n" : "\n";
    result += lines.join("\n").trimEnd();
    end = part.to;
  }
  return result.replace(/^\n+/, "").trimEnd();
}

function dedent(line: string, columns: number): string {
  let column = 0;
  let at = 0;
  while (at < line.length && column < columns) {
    if (line[at] === " ") column += 1;
    else if (line[at] === "\t") column += 4 - (column % 4);
    else break;
    at += 1;
  }
  return line.slice(at);
}

/** Column of an offset in its line, from 0, with tab stops at every fourth. */
export function columnOf(source: SourceText, offset: number): number {
  let column = 0;
  for (let at = source.lineStart(source.lineAt(offset)); at < offset; at += 1) {
    column += source.text[at] === "\t" ? 4 - (column % 4) : 1;
  }
  return column;
}
