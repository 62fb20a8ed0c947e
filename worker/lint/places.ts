import type { SpecTask } from "../../schemas/spec.ts";
import type { WaveGraph } from "../spec/wave-graph.ts";
import type { YamlEntry } from "../spec/yaml-value.ts";

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

/** What a task waits for, as stated in the file. */
export interface NeedsPlace {
  /** A span of ids such as `T010-T012` is one element, which is no name. */
  readonly elements: readonly Element[];
  /** All that would go with the last of them. Null: what that is is not clear. */
  readonly whole: Span | null;
}

export interface TaskPlace {
  readonly task: SpecTask;
  /** Parents outermost first. */
  readonly parents: readonly TaskPlace[];
  /** The line that the task begins with, from its list marker on. */
  readonly line: Span;
  /** The words of the title in that line. */
  readonly title: Span;
  /** `[P]` or `(P)`, or null. */
  readonly mark: Span | null;
  /** Its own id where it stands, without quotes; null: it has none. */
  readonly id: Element | null;
  /** The names of what it needs, as its dialect writes them. */
  readonly needs: NeedsPlace | null;
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
  /** Names of tasks in other places than their needs, such as a graph of waves. */
  readonly mentions: readonly Element[];
  /** The graph that orders the tasks of a Kiro file. */
  readonly waves: WaveGraph | null;
  readonly fences: readonly (Span & { readonly language: string })[];
  /** The YAML between the lines `---`; offsets of its entries count from its beginning. */
  readonly front: FrontMatterPlace | null;
  /** Where the body begins. */
  readonly body: number;
}
