import type { SpecTask } from "../../schemas/spec.ts";

/** One entry of what a step waits for. */
export interface Wait {
  readonly step: string;
  readonly reason: string;
}

/**
 * Waits that several steps share: the set of one place in the file. A `stated` set comes from `needs` and is kept even where
 * other waits imply it.
 */
export interface WaitSet {
  readonly waits: readonly Wait[];
  readonly stated: boolean;
  /** What the set stands for, if a step has to stand for it. */
  readonly label: string;
  /** The bare checkpoint whose place in the file this is, if any. */
  readonly checkpoint: string | null;
}

/** A step to be: its task and the sets that it waits for. */
export interface StepNode {
  readonly task: SpecTask;
  readonly sets: WaitSet[];
}

/** Two or more steps that wait for as many others are joined by a step that does nothing but stand between them. */
export interface GatheringNode {
  readonly id: string;
  readonly title: string;
  readonly task: SpecTask | null;
  readonly place: SpecTask;
  readonly checkpoint: boolean;
}

export interface DependencyGraph {
  /** In the order of work: parents stand after their children, gatherings before the first step that waits for them. */
  readonly nodes: readonly (
    | { readonly kind: "task"; readonly id: string; readonly task: SpecTask }
    | ({ readonly kind: "gathering" } & GatheringNode)
  )[];
  /** For each step what it waits for, with the reason. */
  readonly waits: ReadonlyMap<string, ReadonlyMap<string, string>>;
}
