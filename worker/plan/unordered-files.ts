import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { isGlob, plainPath } from "./path-overlap.ts";
import { isOrdered } from "./reach.ts";
import { quoted } from "./quoted.ts";

/** More pairs than these are not looked at: each is a walk through the plan. */
const PAIR_LIMIT = 200;

/**
 * Warns of a task that names a file which a task under an earlier heading makes, when nothing makes it wait: where headings do not
 * order, a checkpoint or a stated need was probably forgotten (catalogue A6).
 */
export function findMissingBarriers(
  { dialect, tasks }: Pick<SpecDocument, "dialect" | "tasks">,
  waits: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Diagnostic[] {
  if (dialect !== "spec" && dialect !== "checklist") return [];
  const makers = new Map<string, SpecTask>();
  const diagnostics: Diagnostic[] = [];
  let pairs = 0;
  for (const task of tasks) {
    if (task.state !== "open" || !task.runs) continue;
    const { files, outputs, cwd } = task.attributes;
    const read = task.inherited.includes("files") ? [] : files.filter((file) => !isGlob(file)).map(plainPath);
    for (const file of read) {
      const maker = makers.get(file);
      if (!maker || maker.section.join("\n") === task.section.join("\n") || pairs >= PAIR_LIMIT) continue;
      pairs += 1;
      if (!isOrdered(task.id, maker.id, waits)) diagnostics.push(warning(file, maker, task));
    }
    if (task.inherited.includes("outputs")) continue;
    for (const output of outputs) makers.set(plainPath(cwd === null ? output : `${cwd}/${output}`), task);
  }
  return diagnostics;
}

function warning(file: string, maker: SpecTask, user: SpecTask): Diagnostic {
  const message = `${quoted(user.title)} names the file ${file}, which ${quoted(maker.title)} makes under another heading (line ${maker.range.line}), but nothing makes it wait: let it need that task, or put a checkpoint between the headings`;
  return { code: "missing-barrier", severity: "warning", message, range: user.range, steps: [user.id, maker.id] };
}
