import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { throwFailure } from "../../schemas/failure.ts";
import { isSpecPath } from "../../schemas/spec-files.ts";
import { locateSpec, workspaceFolder, type CommandContext } from "./context.ts";

/** What a person gave to be planned: a file, or words. */
export type Subject =
  | { readonly kind: "file"; readonly folder: string; readonly path: string }
  | { readonly kind: "text"; readonly folder: string; readonly text: string };

/** As the operations take it. */
export function pathOrText(subject: Subject): { path: string } | { text: string } {
  return subject.kind === "file" ? { path: subject.path } : { text: subject.text };
}

/**
 * What an argument means: `-` the standard input, a file that exists, or several words that are themselves what is to be done. Null: a
 * single word that is no file, such as the id of a plan.
 */
export async function subjectNamed(context: CommandContext, name: string): Promise<Subject | null> {
  if (name === "-") {
    const folder = workspaceFolder(context);
    return { kind: "text", folder, text: checkedText(await context.terminal.readInput(MAX_TEXT)) };
  }
  if (name !== "" && existsSync(resolve(context.currentFolder, name)))
    return { kind: "file", ...locateSpec(context, name) };
  if (isText(name)) return { kind: "text", folder: workspaceFolder(context), text: checkedText(name) };
  return /[\\/]|\.\w+$/.test(name) ? { kind: "file", ...locateSpec(context, name) } : null;
}

/** As `subjectNamed`, for what can only be planned. Throws `not_found` with what could have been meant. */
export async function requireSubject(context: CommandContext, name: string): Promise<Subject> {
  return (
    (await subjectNamed(context, name)) ??
    throwFailure(
      "not_found",
      `${name} does not exist: check the name, or say in more than one word what is to be done, in quotes`,
    )
  );
}

/** What the operations take; a longer text belongs into a file. */
const MAX_TEXT = 1_000_000;

/** Several words are a text, unless they are the name of a spec that is not there. */
function isText(name: string): boolean {
  return name.trim() === "" || (/\s/.test(name.trim()) && (name.includes("\n") || !isSpecPath(name)));
}

function checkedText(text: string): string {
  if (text.trim() === "") throwFailure("bad_spec", "there is no text: say what is to be done, or name a spec file");
  if (text.length > MAX_TEXT) {
    throwFailure("bad_spec", "the text is longer than 1,000,000 characters: write it into a file and name that");
  }
  return text;
}
