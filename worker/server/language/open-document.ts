import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Range } from "vscode-languageserver/node";
import type { SpecDocument } from "../../../schemas/spec.ts";
import { parseSpec } from "../../spec/parse.ts";
import { outlineOf, type Outline, type Span, type TaskPlace } from "./outline.ts";
import type { PlanFacts } from "./plan-facts.ts";

/** A text as it was at one version, with what was understood of it. */
export interface Reading {
  readonly version: number;
  readonly text: string;
  readonly eol: string;
  readonly document: SpecDocument;
  readonly outline: Outline;
  range(span: Span): Range;
}

/** A document that the editor has open. It is read once a version, when somebody asks. */
export class OpenDocument {
  readonly uri: string;
  /** Inside the workspace; null for what is not a file of it, of which there is no plan. */
  readonly specPath: string | null;
  /** Of the newest version that was planned; `epoch` counts the changes of agents and record. */
  facts: { readonly version: number; readonly epoch: number; readonly facts: PlanFacts } | null = null;
  readonly #text: () => TextDocument;
  #reading: Reading | null = null;

  /** `text` gives the newest state of the document. */
  constructor(uri: string, specPath: string | null, text: () => TextDocument) {
    this.uri = uri;
    this.specPath = specPath;
    this.#text = text;
  }

  get version(): number {
    return this.#text().version;
  }

  get current(): TextDocument {
    return this.#text();
  }

  /** What was understood of the newest version. */
  get reading(): Reading {
    const text = this.#text();
    if (this.#reading?.version === text.version) return this.#reading;
    // What is saved nowhere yet is a spec because its editor says so.
    this.#reading = read(text, this.specPath ?? (this.uri.startsWith("untitled:") ? "untitled.spec.md" : this.uri));
    return this.#reading;
  }

  /** The newest reading that there is, without making one: for what may be a moment late. */
  get lastReading(): Reading | null {
    return this.#reading;
  }
}

function read(document: TextDocument, path: string): Reading {
  const text = document.getText();
  const parsed = parseSpec(text, path);
  // Positions of this version stay what they are when the editor goes on.
  const lines = new LineStarts(text);
  return {
    version: document.version,
    text,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
    document: parsed,
    outline: outlineOf(text, parsed),
    range: ({ from, to }) => ({ start: lines.position(from), end: lines.position(to) }),
  };
}

/** Lines as editors count them: they end with LF, CR LF or CR. */
class LineStarts {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (const match of text.matchAll(/\r\n?|\n/g)) this.#starts.push(match.index + match[0].length);
  }

  position(offset: number): { line: number; character: number } {
    const at = Math.min(Math.max(0, offset), this.#length);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: at - (this.#starts[low] ?? 0) };
  }
}

/** The innermost task that a place of the text belongs to. */
export function taskAt({ outline }: Reading, offset: number): TaskPlace | null {
  let found: TaskPlace | null = null;
  for (const place of outline.tasks) {
    if (place.line.from > offset) break;
    if (offset <= place.task.range.end) found = place;
  }
  return found;
}

/** Whether an offset is in a span or directly behind it, where a cursor still belongs to it. */
export function touches({ from, to }: Span, offset: number): boolean {
  return from <= offset && offset <= to;
}
