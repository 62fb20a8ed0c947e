import { access, constants, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";

/** Finds a program as the system would: by `path` when it is a bare name, else relative to `folder`. Null when there is none. */
export async function findProgram(program: string, path: string, folder: string): Promise<string | null> {
  if (/[\\/]/.test(program)) return (await isProgram(resolve(folder, program))) ? resolve(folder, program) : null;
  // Batch files are left out on Windows, where they cannot run without a shell.
  const names = process.platform === "win32" ? [`${program}.exe`, `${program}.com`, program] : [program];
  for (const part of path.split(delimiter)) {
    for (const name of names) {
      const file = resolve(folder, join(part === "" ? "." : part, name));
      if (await isProgram(file)) return file;
    }
  }
  return null;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
