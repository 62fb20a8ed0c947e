import type { Decision } from "../../schemas/decision.ts";

/** `vscode.l10n`, or a stand-in: rows are made without an editor, too. */
export interface Localizer {
  t(message: string, ...values: (string | number | boolean)[]): string;
}

/** What a row stands for. Commands find these fields on the element that a menu gives them (extension/commands/target.ts). */
export interface Target {
  /** URI of the workspace folder. */
  readonly folder: string;
  readonly executionId?: string;
  readonly stepId?: string;
  readonly planId?: string;
  readonly specPath?: string;
  /** Of an artifact, inside the folder. */
  readonly path?: string;
  readonly agentId?: string;
  /** Of the file that a row opens, from 1. */
  readonly line?: number;
  /** Of a process that runs. */
  readonly pid?: number;
  readonly decision?: Decision;
}

export interface Icon {
  /** Of a codicon, `~spin` behind it where it turns; `file`: as the file icon theme shows the row's `path`. */
  readonly id: string;
  /** A contributed colour; null: that of the text. */
  readonly color: string | null;
}

/** A row of a tree as text, before VS Code has a word in it. Everything in it is plain text on one line, but the tooltip, which has lines. */
export interface Row {
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  readonly tooltip: string;
  /** Words for `viewItem =~ /\bword\b/` in menus: what it is, its state, what can be done with it. */
  readonly context: readonly string[];
  readonly children: "none" | "closed" | "open";
  /** What a screen reader says: the state in words. */
  readonly spoken: string;
  /** Id of the command that Enter and a click run; they get the element. */
  readonly command: string | null;
  /** How soon the row looks different although nothing happens. */
  readonly changes: "each second" | "each minute" | "never";
}

/** A row to be: `draw` is asked again whenever time has passed. */
export interface Entry {
  /** Unique in its tree and the same for the same thing for ever: selection and expansion hang on it. */
  readonly id: string;
  readonly target: Target;
  readonly draw: (now: number) => Row;
}

/** Joins what is known to the description of a row. */
export function joined(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== "").join(" · ");
}

/** Joins what is known to a sentence for a screen reader. */
export function spokenOf(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== "").join(", ");
}

/** Joins what is known to the lines of a tooltip. */
export function lines(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== "").join("\n");
}
