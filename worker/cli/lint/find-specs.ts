import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { isSpecPath, SPEC_FILES } from "../../../schemas/spec-files.ts";

/** Folders with a dot in which tools keep specs; others are of no concern. */
const DOT_FOLDERS: ReadonlySet<string> = new Set([
  ...SPEC_FILES.flatMap((glob) => glob.split("/").filter((part) => part.startsWith("."))),
  // Spec Kit's own folder, in which some have their specs as well.
  ".specify",
]);

/** All files below a folder that are specs by their place and name, sorted. Links to folders are not followed, and what cannot be read is left out. */
export async function findSpecs(folder: string): Promise<string[]> {
  const found: string[] = [];
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    const entries = await readdir(at, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) {
        if (isLookedInto(entry.name)) folders.push(path);
      } else if ((entry.isFile() || entry.isSymbolicLink()) && isSpecPath(path.split(sep).join("/"))) found.push(path);
    }
  }
  return found.sort();
}

function isLookedInto(name: string): boolean {
  return name.startsWith(".") ? DOT_FOLDERS.has(name) : name !== "node_modules";
}
