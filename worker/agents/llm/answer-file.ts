import { constants } from "node:fs";
import { mkdir, open, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { failure, type Failure } from "../../../schemas/failure.ts";
import type { AttemptContext } from "../adapter.ts";
import { isInside, workingFolder } from "../workspace-path.ts";
import { unfenced } from "./answer-text.ts";

/**
 * The file into which a model's answer goes: a model writes nothing itself, so where a step declares exactly one output that is no
 * folder, its answer is that. Null: the answer stays an answer.
 */
export function answerFile({ step, agent }: Pick<AttemptContext, "step" | "agent">): string | null {
  const [only, another] = step.outputs;
  if (only === undefined || another !== undefined || only.endsWith("/")) return null;
  return agent.permissions === "readonly" ? null : only;
}

/** Writes an answer, without the one fence that models like to put around a file. Null: it is there. */
export async function writeAnswer(
  { step, folder }: Pick<AttemptContext, "step" | "folder">,
  output: string,
  text: string,
): Promise<Failure | null> {
  const cwd = await workingFolder(folder, step.parameters.cwd);
  if (!cwd.ok) return cwd.failure;
  const wanted = resolve(cwd.value, output);
  const problem = (why: string): Failure =>
    failure("output_missing", `the answer could not be written into the declared output "${output}": ${why}`);
  if (!isInside(folder, wanted) || wanted === folder) return problem("it leads outside the workspace");
  try {
    const parent = await madeInside(folder, dirname(wanted));
    if (parent === null) return problem("it leads outside the workspace");
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
    // What stands there as a link may point anywhere, and a pipe would wait for its reader.
    const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK;
    const handle = await open(join(parent, basename(wanted)), flags, 0o666);
    try {
      if (!(await handle.stat()).isFile()) return problem("it is no file");
      const inner = unfenced(text);
      await handle.writeFile(inner.endsWith("\n") ? inner : `${inner}\n`);
    } finally {
      await handle.close();
    }
    return null;
  } catch (error) {
    return problem(error instanceof Error ? error.message : String(error));
  }
}

/** Makes a folder, level by level, and gives its real path. Null: a link on the way leads outside. */
async function madeInside(folder: string, wanted: string): Promise<string | null> {
  const there = await realpath(wanted).catch(() => null);
  if (there !== null) return isInside(folder, there) ? there : null;
  const parent = await madeInside(folder, dirname(wanted));
  if (parent === null) return null;
  const made = join(parent, basename(wanted));
  await mkdir(made, { recursive: true });
  return realpath(made);
}
