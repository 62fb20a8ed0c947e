import type { Revision } from "../../../schemas/revision.ts";
import { stepName } from "../../../schemas/step-name.ts";
import type { Terminal } from "../terminal.ts";
import { clip, plain, table } from "./text.ts";

/** What becomes of each step under another plan (catalogue A7). */
export function revisionText({ steps, counts, executionId }: Revision, terminal: Terminal): string {
  const rows = steps.map(({ status, stepId, title, state, reason }) => [
    status,
    clip(plain(stepName({ id: stepId, title })), 44),
    state ?? "–",
    plain(reason),
  ]);
  const total = `${counts.kept} kept, ${counts.stale} stale, ${counts.new} new, ${counts.removed} removed`;
  return `${terminal.style("bold", `Against ${executionId}: ${total}`)}\n${table([["", "STEP", "REACHED", "WHY"], ...rows])}`;
}
