import { readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { throwFailure } from "../../schemas/failure.ts";
import type { Dialect, SpecDocument } from "../../schemas/spec.ts";
import { companionPaths, type Companion } from "../spec/companion.ts";
import { wayInside } from "./way-inside.ts";

/** Larger files are no requirements that a person wrote. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The file beside a spec that says what its tasks are for: Kiro's `requirements.md`, Spec Kit's `spec.md`. Null: there is none, or none
 * that can be read; a spec is planned without it all the same. `specPath` is inside the workspace, with `/`.
 */
export async function companionOf(folder: string, specPath: string): Promise<Companion | null> {
  for (const path of companionPaths(specPath)) {
    const text = await readInside(folder, path).catch(() => null);
    if (text !== null) return { path, text };
  }
  return null;
}

/** Null for what is no file of the workspace, also through a link. Throws what the file system throws. */
async function readInside(folder: string, path: string): Promise<string | null> {
  const [root, real] = [await realpath(folder), await realpath(join(folder, ...path.split("/")))];
  if (wayInside(root, real) === null) return null;
  const about = await stat(real);
  return about.isFile() && about.size <= MAX_BYTES ? await readFile(real, "utf8") : null;
}

/** Files that stand beside the tasks of Spec Kit, Kiro and OpenSpec, and are easily taken for them. */
const BESIDE_TASKS =
  /(?:^|\/)(?:specs|changes(?:\/archive)?)\/[^/]+\/(?:spec|plan|requirements|design|proposal|research)\.md$/i;

/** What to say of a file that has no tasks as its tool has them, while the file beside it has; null: nothing. */
export async function tasksBeside(folder: string, specPath: string, dialect: Dialect): Promise<string | null> {
  if ((dialect !== "prose" && dialect !== "checklist") || !BESIDE_TASKS.test(specPath)) return null;
  const tasks = specPath.replace(/[^/]*$/, "tasks.md");
  const isThere = (await readInside(folder, tasks).catch(() => null)) !== null;
  return isThere ? `the tasks that belong to ${specPath} are in ${tasks}: plan that, if you mean them` : null;
}

/** Throws `bad_spec` for a file that says what is wanted and has no tasks of its own. */
export async function refuseRequirements(folder: string, specPath: string, { dialect }: SpecDocument): Promise<void> {
  if (dialect !== "kiro-requirements") return;
  const tasks = specPath.replace(/[^/]*$/, "tasks.md");
  const isThere = (await readInside(folder, tasks).catch(() => null)) !== null;
  const advice = isThere ? `plan ${tasks}, which is beside it` : `write tasks that refer to them into ${tasks}`;
  throwFailure("bad_spec", `this file has requirements and no tasks: ${advice}`, {
    place: { file: specPath, line: null, column: null, field: null },
  });
}
