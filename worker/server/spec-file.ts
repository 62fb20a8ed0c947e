import { open, realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { failure, failed, success, throwFailure, type Outcome } from "../../schemas/failure.ts";
import { wayInside } from "./way-inside.ts";

/** Largest spec that is read. The largest one seen in practice, a tasks.json, has 1.5 MB. */
const MAX_SPEC_BYTES = 16 * 1024 * 1024;

export interface SpecFile {
  /** Absolute, with links resolved. */
  readonly path: string;
  /** Inside the workspace, with `/`. */
  readonly workspacePath: string;
  readonly text: string;
}

/** Reads a spec of the workspace. Throws FailureError with the file's name and what to do. */
export async function readSpecFile(folder: string, path: string): Promise<SpecFile> {
  const place = { file: path, line: null, column: null, field: null };
  const real = await realpath(resolve(folder, path)).catch((error: unknown) => unreadable(path, error));
  const way = wayInside(folder, real);
  if (way === null || way === "") {
    throwFailure(
      "bad_request",
      `this file is not inside the workspace ${folder}: copy it there, or name its own folder with --workspace`,
      { place },
    );
  }
  const about = await stat(real);
  if (about.isDirectory()) throwFailure("unreadable", "this is a folder: name a spec file in it", { place });
  if (!about.isFile())
    throwFailure("unreadable", "this is no ordinary file: give its text by the standard input, and name it -", {
      place,
    });
  if (about.size > MAX_SPEC_BYTES) {
    throwFailure(
      "bad_spec",
      `this file has ${Math.ceil(about.size / 1_048_576)} MB and a spec may have ${MAX_SPEC_BYTES / 1_048_576}: split it`,
      { place },
    );
  }
  const bytes = await readBytes(real, path);
  const text = decodeSpec(bytes);
  if (!text.ok) throwFailure("bad_spec", text.failure.message, { place });
  return { path: real, workspacePath: way, text: text.value };
}

/** UTF-8 text; a byte order mark is kept, because a spec is written back byte for byte. */
export function decodeSpec(bytes: Uint8Array): Outcome<string> {
  if (bytes.includes(0))
    return failed(failure("bad_spec", "this is a binary file (it contains NUL bytes): a spec is a text in UTF-8"));
  try {
    return success(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return failed(failure("bad_spec", "this file is not in UTF-8: save it as UTF-8 and try again"));
  }
}

async function readBytes(real: string, named: string): Promise<Uint8Array> {
  const file = await open(real, "r").catch((error: unknown) => unreadable(named, error));
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function unreadable(path: string, error: unknown): never {
  const code = error instanceof Error && "code" in error ? error.code : null;
  const place = { file: path, line: null, column: null, field: null };
  if (code === "ENOENT" || code === "ENOTDIR")
    throwFailure("not_found", "this file does not exist: check the name", { place });
  if (code === "EACCES" || code === "EPERM")
    throwFailure("unreadable", "this file may not be read: check its permissions", { place });
  throwFailure("unreadable", `this file cannot be read (${error instanceof Error ? error.message : String(error)})`, {
    place,
  });
}
