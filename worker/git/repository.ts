import { realpath } from "node:fs/promises";
import { sep } from "node:path";
import type { Git, GitPlace } from "./git.ts";
import { GitError } from "./git.ts";

/** A git repository as the worktrees of steps need it. */
export interface Repository {
  /** The person's checkout: its top folder, with links resolved. */
  readonly checkout: GitPlace;
  /** Way from there to the workspace folder, with `/` and without one at its end; empty: the same folder. */
  readonly prefix: string;
  /** What all worktrees of the repository share. */
  readonly commonDir: string;
  /** The commit that is checked out. */
  readonly head: string;
  /** Full name of the branch that is checked out; null: none is (detached). */
  readonly branch: string | null;
  readonly hasSubmodules: boolean;
}

/** A repository, or in words why steps cannot be kept apart in it: what follows "because". */
export type RepositoryAnswer =
  { readonly ok: true; readonly repository: Repository } | { readonly ok: false; readonly why: string };

/** `git merge-tree --write-tree` came with it. */
const OLDEST = [2, 38] as const;

/** The version of git; null: there is no such program. */
export async function gitVersion(git: Git, folder: string): Promise<string | null> {
  try {
    const text = await git.text({ folder, gitDir: null }, ["--version"]);
    return /\d+(?:\.\d+)+/.exec(text)?.[0] ?? text;
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}

/** What is wrong with a version of git, for people; null: nothing. */
export function versionProblem(version: string | null): string | null {
  if (version === null) return "git is not installed: get it from https://git-scm.com";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  return isOld ? `git ${version} is too old: ${OLDEST.join(".")} or newer is needed` : null;
}

/** Looks at the repository that a folder is in. Writes nothing. Rejects only when git breaks in an unforeseen way. */
export async function findRepository(git: Git, folder: string): Promise<RepositoryAnswer> {
  const problem = versionProblem(await gitVersion(git, folder));
  if (problem !== null) return { ok: false, why: problem };
  const here: GitPlace = { folder, gitDir: null };
  const asked = await git.run(
    here,
    ["rev-parse", "--path-format=absolute", "--is-bare-repository", "--is-inside-work-tree", "--git-common-dir"],
    { accept: [128] },
  );
  if (asked.code !== 0) return { ok: false, why: notARepository(asked.stderr) };
  const [isBare, isInside, commonDir] = asked.stdout.toString("utf8").split("\n");
  if (isBare === "true") return { ok: false, why: "its git repository is bare" };
  if (isInside !== "true" || commonDir === undefined)
    return { ok: false, why: "it is no checkout of a git repository" };
  const top = await realpath(await git.text(here, ["rev-parse", "--show-toplevel"]));
  const prefix = wayBelow(top, folder);
  const checkout: GitPlace = { folder: top, gitDir: null };
  const head = await git.ask(checkout, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  if (head === null) return { ok: false, why: "its git repository has no commit yet" };
  if (prefix !== "" && (await git.ask(checkout, ["rev-parse", "--verify", "--quiet", `${head}:${prefix}`])) === null)
    return { ok: false, why: `the last commit of its git repository does not have ${prefix}` };
  const [branch, modules] = await Promise.all([
    git.ask(checkout, ["symbolic-ref", "--quiet", "HEAD"]),
    git.ask(checkout, ["rev-parse", "--verify", "--quiet", `${head}:.gitmodules`]),
  ]);
  return {
    ok: true,
    repository: { checkout, prefix, commonDir, head, branch, hasSubmodules: modules !== null },
  };
}

function notARepository(said: string): string {
  if (/dubious ownership/.test(said)) return "its git repository belongs to another user (see safe.directory of git)";
  return /not a git repository/i.test(said)
    ? "it is in no git repository"
    : `git cannot read its repository: ${said.split("\n")[0]?.replace(/^fatal: /, "") ?? ""}`;
}

function wayBelow(top: string, folder: string): string {
  if (folder === top) return "";
  const base = top.endsWith(sep) ? top : top + sep;
  return folder.startsWith(base) ? folder.slice(base.length).split(sep).join("/") : "";
}

/** A path with changes that no commit has. */
export interface DirtyPath {
  /** Inside the repository, with `/`; a folder that is new as a whole ends with one. */
  readonly path: string;
  /** Two letters of `git status`. */
  readonly status: string;
}

/** What is not committed in a checkout, by path. `untracked: "all"` names each new file, not only their folder. */
export async function dirtyPaths(
  git: Git,
  place: GitPlace,
  untracked: "normal" | "all" = "normal",
): Promise<DirtyPath[]> {
  const parts = await git.parts(place, [
    ...["status", "--porcelain=v1", "-z", "--no-renames", "--ignore-submodules=dirty"],
    `--untracked-files=${untracked}`,
  ]);
  return parts.map((part) => ({ status: part.slice(0, 2), path: part.slice(3) }));
}
