import { randomUUID } from "node:crypto";
import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import type { Client } from "../../schemas/client.ts";
import { throwFailure } from "../../schemas/failure.ts";
import type { ExitCode } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

/** What every command gets. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly json: boolean;
  /** As typed, or null. */
  readonly workspaceOption: string | null;
  readonly currentFolder: string;
  /** Connects to the worker of a folder and starts it when there is none. The connection is closed at the end of the command. */
  connect(folder: string): Promise<Client>;
}

/** What a command line was found to mean. */
export type Run = (context: CommandContext) => Promise<ExitCode>;

/** The workspace folder of a command that names no file: `--workspace`, or the nearest folder upwards with `.planwright` or `.git`. */
export function workspaceFolder(context: CommandContext): string {
  if (context.workspaceOption !== null) return existingFolder(resolve(context.currentFolder, context.workspaceOption));
  return rootOf(realpathSync(context.currentFolder));
}

/** The workspace of a command that names a spec: as above when the file is inside, else the file's own one. */
export function locateSpec(context: CommandContext, file: string): { folder: string; path: string } {
  const folder = workspaceFolder(context);
  const fromHere = resolve(context.currentFolder, file);
  // With --workspace a name may also be meant from that folder.
  const typed = existsSync(fromHere) || context.workspaceOption === null ? fromHere : resolve(folder, file);
  const path = existsSync(typed) ? realpathSync(typed) : typed;
  if (isInside(folder, path)) return { folder, path };
  if (context.workspaceOption !== null) {
    throwFailure(
      "bad_request",
      `${file} is not inside the workspace ${folder}: name a file of that folder, or leave --workspace out`,
    );
  }
  if (!existsSync(path))
    throwFailure("not_found", `${file} does not exist: check the name, or give the path from ${context.currentFolder}`);
  return { folder: rootOf(dirname(path)), path };
}

/** A new id for a changing call: sending the same call twice is harmless. */
export function commandId(): string {
  return randomUUID();
}

function rootOf(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(resolve(folder, ".planwright")) || existsSync(resolve(folder, ".git"))) return folder;
    if (dirname(folder) === folder) return start;
  }
}

function existingFolder(folder: string): string {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throwFailure("not_found", `the workspace ${folder} is not a folder`);
  return realpathSync(folder);
}

/** Whether something lies in a folder, which itself does not. Both are absolute. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith("../") && !way.startsWith("..\\") && !isAbsolute(way);
}
