import { z } from "zod";
import { DiagnosticCode } from "./diagnostic.ts";
import { Dialect } from "./spec.ts";

/**
 * A part of a file. Lines and columns count from 1, offsets from 0, both in UTF-16 code units; ends are exclusive. A byte order mark
 * is not counted.
 */
export const LintPlace = z.object({
  line: z.int().min(1),
  column: z.int().min(1),
  endLine: z.int().min(1),
  endColumn: z.int().min(1),
  start: z.int().min(0),
  end: z.int().min(0),
});
export type LintPlace = z.infer<typeof LintPlace>;

export const LintFix = z.object({
  title: z.string(),
  /** The one that is most likely meant. */
  preferred: z.boolean(),
  /** Parts of the file as it is, and what comes in their place. They do not overlap. */
  changes: z.array(z.object({ place: LintPlace, text: z.string() })),
});
export type LintFix = z.infer<typeof LintFix>;

export const LintFinding = z.object({
  code: DiagnosticCode,
  severity: z.enum(["error", "warning", "info"]),
  message: z.string(),
  place: LintPlace,
  fixes: z.array(LintFix),
});
export type LintFinding = z.infer<typeof LintFinding>;

export const LintedFile = z.object({
  /** Inside the workspace with `/`, or absolute. */
  path: z.string(),
  dialect: Dialect,
  /** Why it was read as that dialect, in words that follow "because". */
  recognised: z.string(),
  tasks: z.int().min(0),
  /** By place. */
  findings: z.array(LintFinding),
});
export type LintedFile = z.infer<typeof LintedFile>;

/** What kept something from being looked at: a file that cannot be read, settings that cannot be used. */
export const LintProblem = z.object({
  path: z.string().nullable(),
  line: z.int().min(1).nullable(),
  column: z.int().min(1).nullable(),
  message: z.string(),
});
export type LintProblem = z.infer<typeof LintProblem>;

/** What `planwright lint --format json` prints. */
export const LintReport = z.object({
  files: z.array(LintedFile),
  problems: z.array(LintProblem),
  counts: z.object({ error: z.int().min(0), warning: z.int().min(0), info: z.int().min(0) }),
});
export type LintReport = z.infer<typeof LintReport>;
