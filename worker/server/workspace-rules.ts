import { createHash } from "node:crypto";
import { readdir, realpath } from "node:fs/promises";
import { join, posix } from "node:path";
import { openInside } from "../agents/read-inside.ts";
import type { RulesFile } from "../plan/prompt-situation.ts";

/** Of one file, and of all that are told to an agent, in bytes. */
const FILE_BYTES = 32 * 1024;
const ALL_BYTES = 64 * 1024;
const MOST_FILES = 20;

/** What agents look for in any folder on the way to what they work on; the nearest counts most. */
const IN_EVERY_FOLDER = ["AGENTS.md", "CLAUDE.md", "GEMINI.md"] as const;
/** What they look for at the top only. */
const AT_THE_TOP = [".github/copilot-instructions.md", ".cursorrules", ".windsurfrules", "CONVENTIONS.md"] as const;
const FOLDERS_OF_RULES = [".cursor/rules", ".github/instructions", ".windsurf/rules", ".clinerules"] as const;
const RULE_NAMES = /\.(?:md|mdc)$/;

/**
 * The files in which a repository says how work is done in it, as they are in the folder where a step works, nearest to its files first.
 * Each text comes once, however many files have it; together they are bounded. What cannot be read, or leads outside, is left out. Does not
 * reject.
 */
export async function readRules(
  folder: string,
  { cwd, files }: { readonly cwd: string | null; readonly files: readonly string[] },
): Promise<RulesFile[]> {
  const paths = [
    ...foldersOn([...(cwd === null ? [] : [`${cwd}/`]), ...files]).flatMap((at) =>
      IN_EVERY_FOLDER.map((name) => posix.join(at, name)),
    ),
    ...AT_THE_TOP,
    ...(await Promise.all(FOLDERS_OF_RULES.map((at) => namesIn(folder, at)))).flat(),
  ];
  const rules: RulesFile[] = [];
  const seen = new Set<string>();
  let left = ALL_BYTES;
  for (const path of paths) {
    if (left <= 0 || rules.length === MOST_FILES) break;
    const read = await readBegin(folder, path, Math.min(FILE_BYTES, left)).catch(() => null);
    if (read === null || read.text.trim() === "") continue;
    const hash = createHash("sha256").update(read.text).digest("base64");
    if (seen.has(hash)) continue;
    seen.add(hash);
    rules.push({ path, ...read });
    left -= Buffer.byteLength(read.text);
  }
  return rules;
}

const MOST_FOLDERS = 50;

/** The folders of paths and those above them, deepest first, the top one last. */
function foldersOn(paths: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    // Of a glob only what stands before its first pattern names a folder.
    const plain = path.split(/[*?[{]/, 1)[0] ?? "";
    for (let at = posix.dirname(posix.normalize(`${plain}x`)); at !== "." && at !== "/"; at = posix.dirname(at)) {
      if (found.has(at) || at.startsWith("..") || found.size === MOST_FOLDERS) break;
      found.add(at);
    }
  }
  const depth = (at: string): number => at.split("/").length;
  return [...[...found].toSorted((a, b) => depth(b) - depth(a) || (a < b ? -1 : 1)), ""];
}

async function namesIn(folder: string, at: string): Promise<string[]> {
  const names = await readdir(join(folder, at)).catch(() => []);
  return names
    .filter((name) => RULE_NAMES.test(name))
    .sort()
    .map((name) => `${at}/${name}`);
}

async function readBegin(folder: string, path: string, most: number): Promise<Omit<RulesFile, "path">> {
  const handle = await openInside(await realpath(join(folder, path)), folder);
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(size, most));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    // A character that is cut in two goes to what is left out.
    const text = new TextDecoder().decode(bytes.subarray(0, bytesRead), { stream: true });
    return { text: text.replaceAll("\r\n", "\n"), cut: size - bytesRead };
  } finally {
    await handle.close();
  }
}
