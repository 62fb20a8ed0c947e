import { z } from "zod";
import { LogLevel } from "../../schemas/log.ts";
import { LogViewState } from "../../schemas/webview.ts";

/** What the log view keeps while it is hidden and over a reload: what it shows and how. */
const LogMemory = LogViewState.extend({
  agent: z.string().nullable().catch(null),
  level: LogLevel.nullable().catch(null),
  query: z.string().catch(""),
  /** Only lines that contain the query are shown, of the whole log. */
  onlyMatches: z.boolean().catch(false),
  wrap: z.boolean().catch(false),
});
export type LogMemory = z.infer<typeof LogMemory>;

const NOTHING: LogMemory = {
  ...{ folder: "", executionId: null, stepId: null, agent: null, level: null },
  ...{ query: "", onlyMatches: false, wrap: false },
};

/** What was kept; anything that is none of ours counts as nothing. */
export function rememberedLog(kept: unknown): LogMemory {
  const parsed = LogMemory.safeParse(kept);
  return parsed.success ? parsed.data : NOTHING;
}
