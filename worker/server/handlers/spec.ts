import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { throwFailure } from "../../../schemas/failure.ts";
import type { TemplateDialect } from "../../../schemas/operations/spec.ts";
import { parseSpec } from "../../spec/parse.ts";
import { newSpec } from "../../spec/templates/new-spec.ts";
import { companionOf } from "../companion-file.ts";
import type { Handlers } from "../handlers.ts";
import { writeNewFiles } from "../new-files.ts";
import { readSpecFile } from "../spec-file.ts";
import { chooseDialect, readingOf } from "../specs-file.ts";
import { EITHER, refuseNoText } from "../text-spec.ts";
import { wayInside } from "../way-inside.ts";
import type { Workspace } from "../workspace.ts";

type Names = "spec.parse" | "spec.create" | "spec.setDialect";

export function specHandlers(workspace: Workspace): Pick<Handlers, Names> {
  return {
    "spec.parse": async ({ path, text: words, reading: asked }) => {
      const { text, workspacePath } = await subjectOf(workspace.folder, path, words);
      const { reading, notices } = await readingOf(workspace.folder, workspacePath, asked);
      // Whoever only looks is not told that values are missing.
      const { inputs, ...plainly } = reading;
      const hasInputs = Object.keys(inputs).length > 0;
      const companion = await companionOf(workspace.folder, workspacePath);
      const document = parseSpec(text, workspacePath, { ...(hasInputs ? reading : plainly), companion });
      const plain = reading.dialect === null ? document : parseSpec(text, workspacePath);
      const recognised = { dialect: plain.dialect, why: plain.recognised };
      return { path: workspacePath, document, recognised, notices };
    },
    "spec.create": async ({ dialect, name, folder }) => {
      const below = folder === null ? "" : await folderInside(workspace.folder, folder);
      const files = newSpec(dialect, name, await nextNumber(workspace.folder, below, dialect));
      if (!files) throwFailure("bad_request", `"${name}" has no letters or digits: give the spec a name`);
      const placed = files.map(({ path, text }) => ({ path: below === "" ? path : `${below}/${path}`, text }));
      await writeNewFiles(workspace.folder, placed);
      const paths = placed.map(({ path }) => path);
      return { path: paths[0] ?? "", files: paths };
    },
    "spec.setDialect": async ({ path, dialect }) => {
      const { text, workspacePath } = await readSpecFile(workspace.folder, path);
      if (dialect !== null) await workspace.makeHome();
      await chooseDialect(workspace.folder, workspacePath, dialect);
      workspace.changed();
      const document = parseSpec(text, workspacePath, { dialect });
      return { dialect: document.dialect, recognised: document.recognised };
    },
  };
}

async function subjectOf(
  folder: string,
  path: string | null,
  text: string | null,
): Promise<{ text: string; workspacePath: string }> {
  if (path !== null && text === null) return readSpecFile(folder, path);
  if (text === null || path !== null) throwFailure("bad_request", EITHER);
  refuseNoText(text);
  return { text, workspacePath: "" };
}

/** A folder of the workspace as a path in it, with `/`; empty: the workspace itself. */
async function folderInside(workspace: string, path: string): Promise<string> {
  const real = await realpath(resolve(workspace, path)).catch(() => null);
  if (real === null || !(await stat(real)).isDirectory())
    throwFailure("not_found", `${path} is no folder: name one that exists`);
  return (
    wayInside(workspace, real) ??
    throwFailure("bad_request", `${path} is not inside the workspace ${workspace}: name a folder of it`)
  );
}

/** Spec Kit counts its specs: 001, 002, and so on. */
async function nextNumber(workspace: string, below: string, dialect: TemplateDialect): Promise<number> {
  if (dialect !== "speckit") return 1;
  const names = await readdir(join(workspace, below, "specs")).catch(() => []);
  return Math.max(0, ...names.map((name) => Number(/^(\d{3})-/.exec(name)?.[1] ?? 0))) + 1;
}
