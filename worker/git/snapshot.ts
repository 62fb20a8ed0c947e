import { copyFile, lstat, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { GitError, type Git } from "./git.ts";
import { nestedFolder, pristineIndex, remember, type Worktree } from "./worktree.ts";

/** What stands in a worktree. */
export interface Snapshot {
  /** The tree as which git keeps it. */
  readonly tree: string;
  /** What differs from the commit that the worktree began with, by path. */
  readonly paths: readonly string[];
  /** Repositories that were found in it: their files count, their own history does not. */
  readonly nested: readonly string[];
}

/**
 * Puts what stands in a worktree into the repository, as a tree that no branch has yet: all files that are not ignored, whether somebody
 * has committed them or not. What was brought along and what the setup has left is not in it. Rejects with GitError when a file cannot be
 * read, or the worktree is gone.
 */
export async function takeSnapshot(git: Git, worktree: Worktree): Promise<Snapshot> {
  const about = await lstat(worktree.folder).catch(() => null);
  if (!about?.isDirectory()) throw new GitError("add", null, `the worktree ${worktree.folder} was removed`);
  const index = `${worktree.folder}.work`;
  await copyFile(pristineIndex(worktree), index);
  try {
    const { entries, nested } = await addAll(git, worktree, index);
    const kept = await withoutNoise(git, worktree, index, entries);
    const tree = await git.text(worktree, ["write-tree"], { index });
    return { tree, paths: kept.map(({ path }) => path), nested };
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

/** Remembers what stands in a worktree before anybody works in it as what is no change of theirs. */
export async function markPrepared(
  git: Git,
  worktree: Worktree,
  brought: readonly string[],
  hasSetup: boolean,
): Promise<Worktree> {
  if (brought.length === 0 && !hasSetup) return isReady(worktree);
  const index = `${worktree.folder}.work`;
  await copyFile(pristineIndex(worktree), index);
  try {
    const { entries } = await addAll(git, worktree, index);
    const own = new Set(brought);
    const noise = entries.filter(({ path }) => !own.has(path)).map(({ path, blob }) => [path, blob] as const);
    return await isReady({ ...worktree, brought: [...brought], noise: Object.fromEntries(noise) });
  } finally {
    await rm(index, { force: true });
  }
}

async function isReady(worktree: Worktree): Promise<Worktree> {
  const ready: Worktree = { ...worktree, isReady: true };
  await remember(ready);
  return ready;
}

/** A path that differs from the base. */
interface Entry {
  readonly path: string;
  readonly before: { readonly mode: string; readonly blob: string } | null;
  readonly mode: string | null;
  /** Null: it was removed. */
  readonly blob: string | null;
}

const REPOSITORY_MODE = "160000";

async function addAll(git: Git, worktree: Worktree, index: string): Promise<{ entries: Entry[]; nested: string[] }> {
  const add = ["add", "--all", "--sparse", "."];
  const failed = await git.run(worktree, add, { index }).then(
    () => null,
    (error: unknown) => error,
  );
  const entries = failed === null ? await entriesOf(git, worktree, index) : [];
  const isNested = ({ mode, before }: Entry): boolean => mode === REPOSITORY_MODE && before?.mode !== REPOSITORY_MODE;
  if (failed === null && !entries.some(isNested)) return { entries, nested: [] };
  // An agent that has set up a project with a repository of its own wants its files to be taken.
  await copyFile(pristineIndex(worktree), index);
  const nested = await moveRepositories(git, worktree, index);
  if (nested.length === 0) throw failed;
  await git.run(worktree, add, { index });
  return { entries: await entriesOf(git, worktree, index), nested };
}

/** Takes the repositories that are in the worktree, but for its submodules, out of it. Their files stay. */
async function moveRepositories(git: Git, worktree: Worktree, index: string): Promise<string[]> {
  const found: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    const others = await git.parts(worktree, ["ls-files", "--others", "--exclude-standard", "-z"], { index });
    const repositories = others.filter((path) => path.endsWith("/"));
    if (repositories.length === 0) break;
    for (const path of repositories) {
      await mkdir(nestedFolder(worktree), { recursive: true });
      await rename(join(worktree.folder, path, ".git"), join(nestedFolder(worktree), `${found.length}.git`));
      found.push(path.slice(0, -1));
    }
  }
  return found;
}

async function entriesOf(git: Git, worktree: Worktree, index: string): Promise<Entry[]> {
  const parts = await git.parts(
    worktree,
    ["diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff", worktree.base],
    { index },
  );
  const entries: Entry[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [oldMode = "", mode = "", oldBlob = "", blob = ""] = (parts[at] ?? "").slice(1).split(" ");
    entries.push({
      path: parts[at + 1] ?? "",
      before: isNothing(oldMode) ? null : { mode: oldMode, blob: oldBlob },
      mode: isNothing(mode) ? null : mode,
      blob: isNothing(mode) ? null : blob,
    });
  }
  return entries;
}

function isNothing(mode: string): boolean {
  return /^0+$/.test(mode);
}

/** Takes what is no change back in the index. Returns the entries that are left. */
async function withoutNoise(
  git: Git,
  { brought, noise, ...worktree }: Worktree,
  index: string,
  entries: readonly Entry[],
): Promise<readonly Entry[]> {
  if (brought.length === 0 && Object.keys(noise).length === 0) return entries;
  const own = new Set(brought);
  const isNoise = ({ path, blob }: Entry): boolean =>
    own.has(path) || (Object.hasOwn(noise, path) && noise[path] === blob);
  const lines = entries
    .filter(isNoise)
    .map(({ path, before, blob }) =>
      before ? `${before.mode} ${before.blob} 0\t${path}` : `0 ${"0".repeat(blob?.length ?? 40)} 0\t${path}`,
    );
  if (lines.length > 0)
    await git.run({ folder: worktree.folder, gitDir: worktree.gitDir }, ["update-index", "-z", "--index-info"], {
      index,
      input: lines.map((line) => `${line}\0`).join(""),
    });
  return entries.filter((entry) => !isNoise(entry));
}
