import { z } from "zod";
import { parseDuration } from "./duration.ts";

const DurationText = z.string().refine((text) => (parseDuration(text) ?? 0) >= 60_000, {
  message: 'a duration of a minute or more, such as "30d", is needed',
});

/** The content of `.planwright/settings.json`: how long what is kept, and what is never kept (catalogue J2, K4). */
export const SettingsFile = z.strictObject({
  $schema: z.string().optional(),
  /** Plans are kept for ever. */
  retention: z
    .strictObject({
      executions: DurationText.default("30d"),
      messages: DurationText.default("7d"),
      logs: DurationText.default("7d"),
      /** All logs together, in bytes. */
      logBytes: z.int().min(10_000_000).default(2_000_000_000),
    })
    .prefault({}),
  backup: z
    .strictObject({
      every: DurationText.default("1h"),
      keep: z.int().min(1).max(1_000).default(24),
    })
    .prefault({}),
  /** Worktrees of coding steps (catalogue N1). */
  worktrees: z
    .strictObject({
      /** Shell text that prepares a new worktree, such as `npm ci`. */
      setup: z.string().min(1).nullable().default(null),
      /** Globs of ignored or untracked files that are copied into each, such as `.env`. */
      bring: z.array(z.string().min(1)).default([]),
      /** What an execution left is removed after so long, unless it holds work that was not kept. */
      keep: DurationText.default("7d"),
      /** All worktrees together, in bytes. */
      maxBytes: z.int().min(10_000_000).default(10_000_000_000),
    })
    .prefault({}),
  redaction: z
    .strictObject({
      /** Names of environment variables whose values are secret, besides those that look like it. */
      variables: z.array(z.string().min(1)).default([]),
      /** Regular expressions (RE2 syntax) of what is secret, besides the known forms of keys. */
      patterns: z.array(z.string().min(1).max(1_000)).default([]),
    })
    .prefault({}),
});
export type SettingsFile = z.infer<typeof SettingsFile>;
