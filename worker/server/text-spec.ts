import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { throwFailure } from "../../schemas/failure.ts";
import { hasErrorCode } from "../logs/error-code.ts";
import { slug } from "../spec/task-ids.ts";
import { newId } from "./ids.ts";
import { throwWriteFailure } from "./write-failure.ts";
import type { Workspace } from "./workspace.ts";

/** Inside the workspace. */
const FOLDER = ".planwright/specs";

/** Of an operation that has neither a path nor a text, or both. */
export const EITHER = "name the path of a spec or give its text: one of them, not both";

/** Throws `bad_spec` for what nobody can mean as a spec. */
export function refuseNoText(text: string): void {
  if (text.trim() === "") throwFailure("bad_spec", "the text is empty: write what is to be done");
  if (text.includes("\0"))
    throwFailure("bad_spec", "the text is binary (it contains NUL characters): a spec is a text in UTF-8");
  if (!text.isWellFormed()) throwFailure("bad_spec", "the text holds half a character: a spec is a text in UTF-8");
}

/** Where the spec of a text will be, inside the workspace. */
export function pathOfText(title: string): string {
  const id = newId("plan").slice("plan-".length);
  return `${FOLDER}/${slug(title, 40) || "text"}-${id}.md`;
}

/** Keeps a text as a spec: it is planned again, ticked and edited there like any other. It is the person's, and not for the repository. */
export async function keepText({ folder }: Workspace, path: string, text: string): Promise<void> {
  try {
    await mkdir(join(folder, FOLDER), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, FOLDER, ".gitignore"), "*\n", { flag: "wx" }).catch((error: unknown) => {
      if (!hasErrorCode(error, "EEXIST")) throw error;
    });
    // The name is new, so nobody reads a half-written file; one that is left by a crash belongs to no plan.
    await writeFile(join(folder, path), text, { flag: "wx", mode: 0o600, flush: true });
  } catch (error) {
    throwWriteFailure(error, `the text could not be kept in ${path}`);
  }
}
