import { z } from "zod";

/** A place in a text. Lines and columns count from 1, offsets in UTF-16 code units from 0; `end` is exclusive. */
export const SourceRange = z.object({
  line: z.int().min(1),
  column: z.int().min(1),
  start: z.int().min(0),
  end: z.int().min(0),
});
export type SourceRange = z.infer<typeof SourceRange>;

export const DiagnosticCode = z.enum([
  "front-matter",
  "unknown-key",
  "bad-value",
  "ignored-command",
  "ignored-task",
  "empty-spec",
  "too-deep",
  "too-large",
  "duplicate-id",
  "unknown-dependency",
  "duplicate-reference",
  "dangling-reference",
  "forward-reference",
  "self-dependency",
  "cycle",
  "false-parallel",
  "missing-barrier",
  "unlisted-task",
  "unlisted-checkpoint",
  "done-parent",
  "open-parent",
  "skipped-dependency",
  "unknown-requirement",
  "uncovered-criterion",
  "missing-input",
  "unknown-input",
  "bad-json",
  "no-agent",
  "missing-capability",
  "unknown-agent",
  "unknown-role",
  "bad-role",
  "bad-review",
  "over-budget",
  "near-budget",
  "unknown-cost",
  "currency",
  "isolation",
]);
export type DiagnosticCode = z.infer<typeof DiagnosticCode>;

/** Something to tell about a spec or a plan. Errors prevent approval; warnings and notes do not. */
export const Diagnostic = z.object({
  code: DiagnosticCode,
  severity: z.enum(["error", "warning", "info"]),
  /** What is wrong and what to do about it, in one or two sentences. */
  message: z.string(),
  range: SourceRange.nullable(),
  /** Internal ids of the tasks or steps concerned; a cycle lists its path in order. */
  steps: z.array(z.string()),
});
export type Diagnostic = z.infer<typeof Diagnostic>;
