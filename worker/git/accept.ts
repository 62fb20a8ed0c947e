import { existsSync } from "node:fs";
import { join } from "node:path";
import { commitTree, identity } from "./commit.ts";
import { pathsBetween } from "./changes.ts";
import { GitError, type Git, type GitPlace } from "./git.ts";
import { mergeTrees } from "./merge.ts";
import { dirtyPaths, type Repository } from "./repository.ts";

/** A result that may go into the person's branch. */
export interface Offer {
  /** The newest commit of the result. */
  readonly tip: string;
  /** Full name of the branch that was checked out when it was begun; null: none was. */
  readonly target: string | null;
}

/** How a result would go into the branch that is checked out. */
export type Way =
  | { readonly kind: "fast-forward" | "merge"; readonly head: string; readonly tree: string }
  | { readonly kind: "up-to-date" }
  | { readonly kind: "blocked"; readonly reason: string; readonly files: readonly string[] };

/**
 * Whether and how a result can be applied now. Looks only. What stands in the way is said with what to do: nothing is ever applied over
 * what is not committed, to another branch, or beside something that a person has begun and not finished.
 */
export async function wayInto(git: Git, { checkout, head, branch }: Repository, offer: Offer): Promise<Way> {
  const { tip, target } = offer;
  const begun = await unfinished(git, checkout);
  if (begun !== null) return blocked(begun);
  if (branch === null)
    return blocked(`no branch is checked out in ${checkout.folder}: check one out, or keep the result as a branch`);
  if (branch !== target) {
    const [now, then] = [shortName(branch), target === null ? null : shortName(target)];
    return blocked(
      then === null
        ? `no branch was checked out when it began, and now ${now} is: keep the result as a branch and merge that`
        : `${now} is checked out, and it began on ${then}: check ${then} out (git switch ${then}), or keep the result as a branch`,
    );
  }
  if (await isAncestor(git, checkout, tip, head)) return { kind: "up-to-date" };
  const isForward = await isAncestor(git, checkout, head, tip);
  const merged = isForward ? null : await mergeTrees(git, checkout, head, tip);
  if (merged?.kind === "conflict")
    return blocked(
      `it does not fit what was committed to ${shortName(branch)} meanwhile: keep it as a branch, merge that and resolve the conflict`,
      merged.files,
    );
  const tree = merged?.tree ?? (await git.text(checkout, ["rev-parse", `${tip}^{tree}`]));
  const unmerged = (await dirtyPaths(git, checkout)).filter(({ status }) => UNMERGED.has(status));
  if (unmerged.length > 0)
    return blocked(
      `files of ${checkout.folder} have conflicts that are not resolved: resolve them first`,
      unmerged.map(({ path }) => path),
    );
  const inTheWay = await dirtyOverlap(git, checkout, head, tree);
  if (inTheWay.length > 0)
    return blocked(
      `you have changes there that are not committed, which it would overwrite: commit, stash or move them first`,
      inTheWay,
    );
  return { kind: isForward ? "fast-forward" : "merge", head, tree };
}

function blocked(reason: string, files: readonly string[] = []): Way {
  return { kind: "blocked", reason, files };
}

export interface ApplyTerms {
  readonly squash: boolean;
  /** Message of a commit that has to be made. */
  readonly message: string;
}

/**
 * Brings a result into the branch that is checked out and into its files. The branch and the files move together, by one command of git that
 * refuses before it changes anything. Returns the commit that the branch has now. Rejects with GitError when it was refused after all.
 */
export async function applyResult(
  git: Git,
  checkout: GitPlace,
  { tip }: Offer,
  way: Extract<Way, { kind: "fast-forward" | "merge" }>,
  { squash, message }: ApplyTerms,
): Promise<string> {
  const { kind, head, tree } = way;
  const parents = squash ? [head] : [head, tip];
  const commit = kind === "fast-forward" && !squash ? tip : await commitTree(git, checkout, { tree, parents, message });
  await git.run(
    checkout,
    // The files of a person that git ignores are theirs, too.
    [
      "merge",
      "--ff-only",
      "--quiet",
      "--no-autostash",
      "--no-verify-signatures",
      "--no-overwrite-ignore",
      "--no-stat",
      commit,
    ],
    { env: { ...(await identity(git, checkout)), GIT_REFLOG_ACTION: "planwright: accept" } },
  );
  return commit;
}

/** Makes a branch at a commit, which must not exist yet. Rejects with GitError. */
export async function keepAsBranch(git: Git, checkout: GitPlace, branch: string, commit: string): Promise<void> {
  await git.run(checkout, ["check-ref-format", "--branch", branch]).catch((error: unknown) => {
    if (error instanceof GitError) throw new GitError("branch", error.code, `"${branch}" is no name for a branch`);
    throw error;
  });
  await git.run(checkout, ["branch", "--no-track", branch, commit]);
}

/** The paths of the checkout that are not committed and that would be changed. */
async function dirtyOverlap(git: Git, checkout: GitPlace, head: string, tree: string): Promise<string[]> {
  const changed = await pathsBetween(git, checkout, head, tree);
  const all = new Set(changed);
  const folders = new Set(changed.flatMap(foldersOf));
  const dirty = await dirtyPaths(git, checkout, "all");
  const known = dirty.filter(
    ({ path }) => all.has(path) || folders.has(path) || foldersOf(path).some((folder) => all.has(folder)),
  );
  // What git ignores is not in its status.
  const tracked = new Set(dirty.flatMap(({ path }) => [path, ...foldersOf(path)]));
  const had = new Set(await git.parts(checkout, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", head]));
  const ignored = changed.filter(
    (path) => !had.has(path) && !tracked.has(path) && existsSync(join(checkout.folder, path)) && !isFolderOf(path, had),
  );
  return [...new Set([...known.map(({ path }) => path), ...ignored])].sort();
}

/** Whether a path is a folder with files that are committed: those make room for the file that takes its place. */
function isFolderOf(path: string, files: ReadonlySet<string>): boolean {
  for (const file of files) if (file.startsWith(`${path}/`)) return true;
  return false;
}

function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) folders.push(path.slice(0, at));
  return folders;
}

/** Of `git status --porcelain`. */
const UNMERGED: ReadonlySet<string> = new Set(["DD", "AU", "UD", "UA", "DU", "AA", "UU"]);

const BEGUN: Readonly<Record<string, string>> = {
  MERGE_HEAD: "a merge",
  "rebase-merge": "a rebase",
  "rebase-apply": "a rebase",
  CHERRY_PICK_HEAD: "a cherry-pick",
  REVERT_HEAD: "a revert",
  BISECT_LOG: "a bisect",
};

/** What a person has begun in a checkout and not finished, for people; null: nothing. */
async function unfinished(git: Git, checkout: GitPlace): Promise<string | null> {
  const names = [...Object.keys(BEGUN), "index.lock"];
  const paths = await git.text(checkout, [
    ...["rev-parse", "--path-format=absolute"],
    ...names.flatMap((name) => ["--git-path", name]),
  ]);
  const places = paths.split("\n");
  const at = names.findIndex((_, index) => existsSync(places[index] ?? ""));
  const name = names[at];
  if (name === "index.lock")
    return `another git command is at work in ${checkout.folder} (${places[at] ?? ""}): wait for it; if none is, remove that file`;
  if (name !== undefined)
    return `${BEGUN[name] ?? "something"} is under way in ${checkout.folder}: finish or abort it first`;
  return null;
}

async function isAncestor(git: Git, place: GitPlace, older: string, newer: string): Promise<boolean> {
  const { code } = await git.run(place, ["merge-base", "--is-ancestor", older, newer], { accept: [1] });
  return code === 0;
}

export function shortName(ref: string): string {
  return ref.replace(/^refs\/heads\//, "");
}
