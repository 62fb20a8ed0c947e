import type { Diagnostic } from "../../schemas/diagnostic.ts";

/** A place in the graph that names a task. */
export interface WaveEntry {
  /** The task's own id. */
  readonly id: string;
  readonly start: number;
  readonly end: number;
}

/** Tasks that may run together, after those of other waves. An edge of a diagram makes a wave of its own of each task. */
export interface Wave {
  /** As the file calls it. */
  readonly name: string;
  readonly tasks: readonly WaveEntry[];
  /** Indexes of the waves that it comes after. */
  readonly after: readonly number[];
}

export interface WaveGraph {
  readonly kind: "waves" | "edges";
  readonly waves: readonly Wave[];
  /** Of the whole block. */
  readonly start: number;
  readonly end: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** Of two graphs of a file the one that orders it: the later one, but some draw their waves as well, and the waves say it exactly. */
export function orderingGraph(before: WaveGraph | null, later: WaveGraph): WaveGraph {
  return before?.kind === "waves" && later.kind === "edges" ? before : later;
}

/** A fenced block between other text. */
export interface Fence {
  readonly from: number;
  readonly to: number;
  readonly language: string;
}

/** The number of a task in `1.1`, `1.1.`, `T1.1`, `Task 1` or `task_1_1`; null when it is none. */
export function taskNumber(name: string): string | null {
  const match = /^\s*(?:task[ _-]?|T)?(\d{1,6}(?:[._-]\d{1,6}){0,4}[a-z]?)\.?\s*$/i.exec(name);
  return match ? (match[1] ?? "").replace(/[_-]/g, ".") : null;
}
