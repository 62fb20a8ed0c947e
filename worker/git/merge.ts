import { commitTree } from "./commit.ts";
import { nulParts, type Git, type GitPlace } from "./git.ts";
import type { Worktree } from "./worktree.ts";

/** Two lines of work brought together, as far as they fit. */
export type Merged =
  { readonly kind: "merged"; readonly tree: string } | { readonly kind: "conflict"; readonly files: readonly string[] };

/** Merges two commits without touching any checkout. Attributes and merge drivers are those of `place`. */
export async function mergeTrees(git: Git, place: GitPlace, ours: string, theirs: string): Promise<Merged> {
  const args = ["merge-tree", "--write-tree", "--name-only", "-z", "--no-messages", ours, theirs];
  const { code, stdout } = await git.run(place, args, { accept: [1] });
  const [tree = "", ...files] = nulParts(stdout);
  return code === 0 ? { kind: "merged", tree } : { kind: "conflict", files: files.filter((file) => file !== "") };
}

export type OnTop =
  | { readonly kind: "merged"; readonly commit: string; readonly isNew: boolean }
  | { readonly kind: "conflict"; readonly files: readonly string[] };

/**
 * Brings a commit of a step, made from an older commit of the branch, on top of the newest one. Nothing is moved yet. Where all of it is
 * there already, that is the newest one itself.
 */
export async function bringOnTop(
  git: Git,
  place: GitPlace,
  {
    commit,
    base,
    tip,
    message,
  }: { readonly commit: string; readonly base: string; readonly tip: string; readonly message: string },
): Promise<OnTop> {
  if (tip === base) return { kind: "merged", commit, isNew: true };
  const merged = await mergeTrees(git, place, tip, commit);
  if (merged.kind === "conflict") return merged;
  const before = await git.text(place, ["rev-parse", `${tip}^{tree}`]);
  if (before === merged.tree) return { kind: "merged", commit: tip, isNew: false };
  return {
    kind: "merged",
    commit: await commitTree(git, place, { tree: merged.tree, parents: [tip], message }),
    isNew: true,
  };
}

/** Puts the files of a commit into a worktree, in the place of all that git has or would take. What is ignored stays. */
export async function putInto(git: Git, worktree: GitPlace, commit: string): Promise<void> {
  await git.run(worktree, ["reset", "--quiet", "--hard", commit]);
}

/** Leaves the conflict of a commit with the newest one open in its worktree, as a person would see it after a cherry-pick. */
export async function openConflict(git: Git, worktree: Worktree, tip: string, commit: string): Promise<void> {
  await putInto(git, worktree, commit);
  await putInto(git, worktree, tip);
  await git.run(worktree, ["cherry-pick", "--no-commit", commit], { accept: [1] });
}
