import { chmod, copyFile, cp, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { GitError, type Git, type GitPlace } from "./git.ts";

/** What is kept of a worktree beside it, where those who work in it have no reason to look. */
const Known = z.object({
  gitDir: z.string(),
  /** The commit that it begins with. */
  base: z.string(),
  /** Short name of the branch that is checked out in it; null: none. */
  branch: z.string().nullable(),
  /** False: it was not yet prepared for those who work in it. */
  isReady: z.boolean(),
  /** Paths that were brought along. They are never part of what is made in it. */
  brought: z.array(z.string()),
  /** What the setup has left, by path: the object as which git would keep it, null where it was removed. As long as it is that, it is no change. */
  noise: z.record(z.string(), z.string().nullable()),
  /** The commit that does not fit; what it is about stands open. Null: no conflict. */
  conflict: z.string().nullable(),
  /** With a conflict: the tree as it was left open. Where it no longer is that, a person has worked on it. */
  shown: z.string().nullable(),
});

/** A worktree of ours. */
export interface Worktree extends GitPlace, z.infer<typeof Known> {
  readonly name: string;
  readonly gitDir: string;
}

export interface NewWorktree {
  readonly name: string;
  readonly commit: string;
  readonly branch: string | null;
}

/** How often a command is tried again that found a lock of another one. */
const TRIES = 5;

/** Makes a worktree in a folder of that name in `home`. Rejects with GitError; then nothing is left of it. */
export async function addWorktree(
  git: Git,
  checkout: GitPlace,
  home: string,
  { name, commit, branch }: NewWorktree,
): Promise<Worktree> {
  const folder = join(home, name);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const how = branch === null ? ["--detach"] : ["-b", branch];
  for (let tries = 1; ; tries += 1) {
    try {
      await git.run(checkout, ["worktree", "add", "--quiet", "--force", ...how, folder, commit]);
      break;
    } catch (error) {
      await removeFolder(folder);
      await forget(git, checkout, folder);
      if (branch !== null) await git.run(checkout, ["branch", "--quiet", "-D", branch], { accept: [1, 128] });
      if (tries >= TRIES || !(error instanceof GitError) || !isLocked(error)) throw error;
    }
  }
  const pointer = await readFile(join(folder, ".git"), "utf8");
  const gitDir = pointer.replace(/^gitdir: /, "").trim();
  const kept = { gitDir, base: commit, branch, isReady: false, brought: [], noise: {}, conflict: null, shown: null };
  const made: Worktree = { name, folder, ...kept };
  await copyFile(join(gitDir, "index"), pristineIndex(made));
  await remember(made);
  return made;
}

/**
 * Takes a worktree out of the books of git, with its folder where that is one. Never `git worktree prune`: it would forget all whose folder
 * is not there now, such as those of a person on a disk that is not mounted.
 */
async function forget(git: Git, checkout: GitPlace, folder: string): Promise<void> {
  await git.run(checkout, ["worktree", "remove", "--force", "--force", folder], { accept: [1, 128] });
}

/** Two commands of git wanted to write the same file. */
function isLocked({ message }: GitError): boolean {
  return /\.lock'?: File exists|could not lock|Unable to create/i.test(message);
}

/** The worktrees in `home`, as they are known. What is half made is left out. */
export async function knownWorktrees(home: string): Promise<Worktree[]> {
  const names = await readdir(home).catch(() => []);
  const known = names.filter((name) => name.endsWith(KNOWN)).map((name) => knownWorktree(home, name.slice(0, -5)));
  return (await Promise.all(known)).filter((one) => one !== null);
}

const KNOWN = ".json";

/** What is known of a worktree; null: there is none, or its folder is gone. */
export async function knownWorktree(home: string, name: string): Promise<Worktree | null> {
  const folder = join(home, name);
  try {
    const about = await lstat(folder);
    const known = Known.parse(JSON.parse(await readFile(`${folder}${KNOWN}`, "utf8")));
    const isThere = about.isDirectory() && (await lstat(join(known.gitDir, "HEAD"))).isFile();
    return isThere ? { name, folder, ...known } : null;
  } catch {
    return null;
  }
}

export async function remember(worktree: Worktree): Promise<void> {
  const draft = `${worktree.folder}${KNOWN}.new`;
  await writeFile(draft, JSON.stringify(Known.parse(worktree)));
  await rename(draft, `${worktree.folder}${KNOWN}`);
}

/** The index as it was when the worktree was new. What agents do to their own, such as hiding changes, is not in it. */
export function pristineIndex({ folder }: Pick<Worktree, "folder">): string {
  return `${folder}.index`;
}

/** Where repositories go that somebody has made inside the worktree. */
export function nestedFolder({ folder }: Pick<Worktree, "folder">): string {
  return `${folder}.nested`;
}

/** Copies files that git does not have from the checkout: those that match one of the globs. Returns their paths. */
export async function bringFiles(
  git: Git,
  checkout: GitPlace,
  prefix: string,
  worktree: Worktree,
  globs: readonly string[],
): Promise<string[]> {
  if (globs.length === 0) return [];
  const start = prefix === "" ? "" : `${prefix}/`;
  const paths = await git.parts(checkout, [
    ...["ls-files", "--others", "-z", "--"],
    ...globs.map((glob) => `:(top,glob)${start}${glob}`),
  ]);
  const files = paths.filter((path) => !path.endsWith("/"));
  for (const path of files) {
    const target = join(worktree.folder, path);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(checkout.folder, path), target, { verbatimSymlinks: true, preserveTimestamps: true });
  }
  return files;
}

/** Removes a worktree with all that is in it, and its branch where that is only its own. Does not reject. */
export async function removeWorktree(
  git: Git,
  checkout: GitPlace,
  home: string,
  { name, branch }: Pick<Worktree, "name" | "branch">,
): Promise<void> {
  const folder = join(home, name);
  await forget(git, checkout, folder).catch(() => undefined);
  await removeFolder(folder);
  // Where its agent has broken what git needs to recognise it, git lets go only of a folder that is gone.
  await forget(git, checkout, folder).catch(() => undefined);
  for (const rest of [`${folder}${KNOWN}`, pristineIndex({ folder }), `${folder}.work`])
    await rm(rest, { force: true }).catch(() => undefined);
  await removeFolder(nestedFolder({ folder }));
  if (branch !== null)
    await git.run(checkout, ["branch", "--quiet", "-D", branch], { accept: [1, 128] }).catch(() => undefined);
}

/** Removes a folder, those in it that may not be written too (some programs make their caches so). Does not reject. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    await makeWritable(folder).catch(() => undefined);
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}
