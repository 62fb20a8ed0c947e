import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { plainPath } from "./path-overlap.ts";
import { isOrdered } from "./reach.ts";
import { quoted } from "./quoted.ts";

/** Warnings for `[P]` items of one group that name the same file: they may disturb one another (catalogue A6). */
export function findFalseParallel(
  { tasks, dialect }: Pick<SpecDocument, "tasks" | "dialect">,
  waits: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const group of parallelGroups(tasks)) {
    const users = new Map<string, SpecTask>();
    const told = new Set<string>();
    for (const task of group) {
      for (const file of filesOf(task)) {
        if (dialect !== "spec" && FOLDER_FILE.test(file)) continue;
        const other = users.get(file);
        if (other === undefined) users.set(file, task);
        else if (other !== task && !isOrdered(task.id, other.id, waits) && !told.has(`${other.id} ${task.id}`)) {
          told.add(`${other.id} ${task.id}`);
          diagnostics.push(warning(file, other, task, dialect === "kiro" ? "(P)" : "[P]"));
        }
      }
    }
  }
  return diagnostics;
}

/** In a sentence of another dialect these alone, without a folder, may be any of several files: "Create the backend's README.md". */
const FOLDER_FILE =
  /^(?:readme(?:\.\w+)?|changelog\.md|index\.\w+|main\.\w+|mod\.rs|lib\.rs|__init__\.py|(?:page|layout|route)\.[jt]sx?|package\.json|tsconfig\.json|cargo\.toml|go\.mod|pom\.xml|chart\.yaml|pyproject\.toml|requirements\.txt|dockerfile|makefile|\.env(?:\.\w+)*|\.(?:git|docker)ignore|[\w-]+\.config\.\w+)$/i;

function warning(file: string, first: SpecTask, second: SpecTask, mark: string): Diagnostic {
  const lines = `lines ${first.range.line} and ${second.range.line}`;
  const message = `${quoted(first.title)} and ${quoted(second.title)} (${lines}) are marked ${mark}, but both name the file ${file}: remove ${mark} from one, or let one need the other`;
  return { code: "false-parallel", severity: "warning", message, range: second.range, steps: [first.id, second.id] };
}

/** Consecutive open `[P]` siblings under the same heading. */
function parallelGroups(tasks: readonly SpecTask[]): SpecTask[][] {
  const groups: SpecTask[][] = [];
  const open = new Map<string | null, { section: string; group: SpecTask[] }>();
  for (const task of tasks) {
    const section = task.section.join("\n");
    const current = open.get(task.parent);
    if (!task.parallel) open.delete(task.parent);
    else if (task.state === "open") {
      if (current && current.section === section) current.group.push(task);
      else {
        const group = [task];
        groups.push(group);
        open.set(task.parent, { section, group });
      }
    }
  }
  return groups.filter((group) => group.length > 1);
}

/** The files that a task itself names. What it inherits, all its siblings inherit. */
function filesOf(task: SpecTask): string[] {
  const { files, outputs, cwd } = task.attributes;
  const named = task.inherited.includes("files") ? [] : files;
  return [...named, ...outputs.map((output) => (cwd === null ? output : `${cwd}/${output}`))].map(plainPath);
}
