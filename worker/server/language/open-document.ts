import type { TextDocument } from "vscode-languageserver-textdocument";
import type { PlanFacts } from "../../lint/plan-facts.ts";
import { readText, type Reading } from "../../lint/reading.ts";
import type { ParseOptions } from "../../spec/parse.ts";

/** A text as it was at one version, with what was understood of it. */
export interface VersionedReading extends Reading {
  readonly version: number;
}

/** Documents of this language are specs because their editor says so; all others are files of another language. */
export const LANGUAGE_ID = "planwright-spec";

/** A document that the editor has open. It is read once a version, when somebody asks. */
export class OpenDocument {
  readonly uri: string;
  /** Inside the workspace; null for what is not a file of it, of which there is no plan. */
  readonly specPath: string | null;
  /** Of the newest version that was planned; `epoch` counts the changes of agents and record. */
  facts: { readonly version: number; readonly epoch: number; readonly facts: PlanFacts } | null = null;
  readonly #text: () => TextDocument;
  #options: ParseOptions;
  #reading: VersionedReading | null = null;

  /** `text` gives the newest state of the document. */
  constructor(uri: string, specPath: string | null, options: ParseOptions, text: () => TextDocument) {
    this.uri = uri;
    this.specPath = specPath;
    this.#options = options;
    this.#text = text;
  }

  /** How its text is read, with what stands beside it. */
  get options(): ParseOptions {
    return this.#options;
  }

  /** What was understood before is forgotten. */
  readAs(options: ParseOptions): void {
    this.#options = options;
    this.#reading = null;
    this.facts = null;
  }

  /** Whether it is of our language. */
  get isOwn(): boolean {
    return this.#text().languageId === LANGUAGE_ID;
  }

  get version(): number {
    return this.#text().version;
  }

  get current(): TextDocument {
    return this.#text();
  }

  /** What was understood of the newest version. */
  get reading(): VersionedReading {
    const text = this.#text();
    if (this.#reading?.version === text.version) return this.#reading;
    // What is saved nowhere yet is a spec because its editor says so.
    const path = this.specPath ?? (this.uri.startsWith("untitled:") ? "untitled.spec.md" : this.uri);
    this.#reading = { ...readText(text.getText(), path, this.#options), version: text.version };
    return this.#reading;
  }

  /** The newest reading that there is, without making one: for what may be a moment late. */
  get lastReading(): VersionedReading | null {
    return this.#reading;
  }
}
