import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConflictPlace } from "../../schemas/decision.ts";
import type { StepChange } from "../../schemas/event.ts";
import type { Failure } from "../../schemas/failure.ts";
import { changesBetween } from "./changes.ts";
import { commitsBetween, commitTree, messageOf } from "./commit.ts";
import { GitError, nulParts, type Git } from "./git.ts";
import { MergeQueue } from "./merge-queue.ts";
import { bringOnTop, openConflict, putInto } from "./merge.ts";
import type { Repository } from "./repository.ts";
import { markPrepared, takeSnapshot, type Snapshot } from "./snapshot.ts";
import {
  addWorktree,
  bringFiles,
  knownWorktrees,
  remember,
  removeFolder,
  removeWorktree,
  type Worktree,
} from "./worktree.ts";

export interface WorkplaceOptions {
  readonly git: Git;
  readonly repository: Repository;
  readonly executionId: string;
  /** Folder of the execution's worktrees. */
  readonly home: string;
  /** Globs of files that are brought along. */
  readonly bring: readonly string[];
}

/** Prepares a new worktree before somebody works in it. Null: nothing has to be done. Rejects when it cannot be prepared. */
export type Setup = ((folder: string) => Promise<void>) | null;

/** Whose work something is. */
export interface Work {
  readonly stepId: string;
  readonly attemptId: string;
  readonly attempt: number;
  readonly title: string;
}

/** What happens on the way of a step's work into the branch. */
export interface MergeTerms {
  /** Place of the step in the plan: of those that wait, the first is merged first. */
  readonly place: number;
  /** Looks at the merged files in a folder, where they differ from what the step has seen. A failure keeps them out. */
  readonly check: (folder: string) => Promise<Failure | null>;
  readonly isStopped: () => boolean;
}

export type Taken =
  | { readonly kind: "merged"; readonly change: StepChange }
  | { readonly kind: "conflict"; readonly change: StepChange; readonly conflict: ConflictPlace }
  | { readonly kind: "refused"; readonly change: StepChange; readonly failure: Failure }
  | { readonly kind: "stopped"; readonly change: StepChange };

const HEADS = "refs/heads/";

/** Short name of the branch that the results of an execution go into. */
export function executionBranch(executionId: string): string {
  return `planwright/${executionId}`;
}

/** Where refs stand that keep work which was not taken. */
export function keptRefs(executionId: string): string {
  return `refs/planwright/kept/${executionId}/`;
}

/**
 * The branch of one execution, and the worktrees of its steps (catalogue N1). The branch only ever moves from one whole commit to the
 * next, in one step: whoever is killed at any moment leaves it at one of them. The person's checkout is only looked at.
 */
export class Workplace {
  readonly branch: string;
  readonly git: Git;
  readonly repository: Repository;
  readonly executionId: string;
  readonly home: string;
  /** The commit that the execution begins with. */
  readonly base: string;
  readonly #bring: readonly string[];
  readonly #queue = new MergeQueue();
  /** What is being removed, which nobody has to wait for. */
  readonly #removing = new Set<Promise<void>>();

  private constructor(options: WorkplaceOptions, base: string) {
    this.git = options.git;
    this.repository = options.repository;
    this.executionId = options.executionId;
    this.home = options.home;
    this.branch = executionBranch(options.executionId);
    this.#bring = options.bring;
    this.base = base;
  }

  /** The workplace of an execution that nobody works for, to look at it or to clear it away. */
  static attach(options: WorkplaceOptions, base: string): Workplace {
    return new Workplace(options, base);
  }

  /** Begins the branch of a new execution, at a commit. Rejects with GitError, also when there is such a branch. */
  static async begin(options: WorkplaceOptions, commit: string): Promise<Workplace> {
    const workplace = new Workplace(options, commit);
    await workplace.#moveBranch(commit, "", "planwright: start");
    return workplace;
  }

  /**
   * Goes on with the branch of an execution that no worker runs. What was merged and not recorded, because the worker was killed in
   * between, is taken back, so that its step can run again and nothing is there twice; what is left of attempts is put aside. Null: there
   * is no such branch any more. `isRecorded`: whether an attempt is known to have succeeded.
   */
  static async resume(
    options: WorkplaceOptions,
    base: string,
    isRecorded: (attemptId: string) => boolean,
  ): Promise<Workplace | null> {
    const workplace = new Workplace(options, base);
    const { git, repository, branch } = workplace;
    const tip = await git.ask(repository.checkout, ["rev-parse", "--verify", "--quiet", `${HEADS}${branch}^{commit}`]);
    if (tip === null) return null;
    const commits = await commitsBetween(git, repository.checkout, base, tip, 1_000);
    const firstGood = commits.findIndex(({ attemptId }) => attemptId === null || isRecorded(attemptId));
    const good = firstGood < 0 ? (commits.at(-1)?.parent ?? tip) : (commits[firstGood]?.commit ?? tip);
    if (good !== tip) {
      await workplace.#keep("unrecorded", tip);
      await workplace.#moveBranch(good, tip, "planwright: taken back, because it was not recorded");
    }
    for (const left of await knownWorktrees(options.home))
      if (left.name !== TREE && left.conflict === null) await workplace.putAside(left);
    return workplace;
  }

  /** The newest commit of the branch. Rejects with GitError when the branch is gone. */
  async tip(): Promise<string> {
    return this.git.text(this.repository.checkout, ["rev-parse", "--verify", `${HEADS}${this.branch}^{commit}`]);
  }

  /** A file of the workspace as the commit has it that the execution began with; null: it has none. */
  async textAtStart(path: string): Promise<string | null> {
    const { prefix, checkout } = this.repository;
    const object = `${this.base}:${prefix === "" ? "" : `${prefix}/`}${path}`;
    const { code, stdout } = await this.git.run(checkout, ["cat-file", "blob", object], { accept: [128] });
    return code === 0 ? stdout.toString("utf8") : null;
  }

  /** The way from a worktree's top to where steps work. */
  folderIn({ folder }: Pick<Worktree, "folder">): string {
    return join(folder, this.repository.prefix);
  }

  /** Makes the worktree of an attempt, from the newest commit. Rejects with GitError, or as `setup` does; then nothing is left of it. */
  async openStep(work: Work, setup: Setup): Promise<Worktree> {
    const name = nameOf(work);
    return this.open({ name, commit: await this.tip(), branch: `${this.branch}.${name}` }, setup);
  }

  /** Makes and prepares a worktree. */
  async open(wanted: { name: string; commit: string; branch: string | null }, setup: Setup): Promise<Worktree> {
    const { git, repository, home } = this;
    const made = await addWorktree(git, repository.checkout, home, wanted);
    try {
      const brought = await bringFiles(git, repository.checkout, repository.prefix, made, this.#bring);
      await setup?.(this.folderIn(made));
      return await markPrepared(git, made, brought, setup !== null);
    } catch (error) {
      await removeWorktree(git, repository.checkout, home, made);
      throw error;
    }
  }

  /** What an attempt has made so far. */
  async look(worktree: Worktree): Promise<Look> {
    const snapshot = await takeSnapshot(this.git, worktree);
    const figures = await changesBetween(this.git, worktree, worktree.base, snapshot.tree);
    const { base, branch } = worktree;
    return { snapshot, change: { branch: branch ?? this.branch, commit: null, base, ...figures, merged: null } };
  }

  /**
   * Makes one commit of what an attempt has made and brings it into the branch, when its turn has come. A conflict is left open in the
   * worktree. Rejects with GitError; then the branch is as it was.
   */
  async take(worktree: Worktree, work: Work, { snapshot, change: seen }: Look, terms: MergeTerms): Promise<Taken> {
    const { git } = this;
    const message = messageOf({ title: work.title, executionId: this.executionId, step: work });
    const commit = await commitTree(git, worktree, { tree: snapshot.tree, parents: [worktree.base], message });
    const change: StepChange = { ...seen, commit };
    if (worktree.branch !== null)
      await git.run(worktree, ["update-ref", `${HEADS}${worktree.branch}`, commit], { accept: [1, 128] });
    return this.#queue.run(terms.place, async () => {
      for (let tries = 1; ; tries += 1) {
        const tip = await this.tip();
        const onTop = await bringOnTop(git, worktree, { commit, base: worktree.base, tip, message });
        if (terms.isStopped()) return { kind: "stopped", change };
        if (onTop.kind === "conflict") {
          const conflict = await this.#showConflict(worktree, work, tip, commit, onTop.files);
          return { kind: "conflict", change, conflict };
        }
        const merged: StepChange = { ...change, merged: onTop.commit };
        if (!onTop.isNew) return { kind: "merged", change: merged };
        if (onTop.commit !== commit && worktree.name !== TREE) {
          await putInto(git, worktree, commit);
          await putInto(git, worktree, onTop.commit);
          const failure = await terms.check(this.folderIn(worktree));
          if (failure) return { kind: "refused", change, failure };
          if (terms.isStopped()) return { kind: "stopped", change };
        }
        try {
          await this.#moveBranch(onTop.commit, tip, `planwright: ${work.stepId}`);
          return { kind: "merged", change: merged };
        } catch (error) {
          // Somebody has committed to the branch meanwhile: what they did counts, and is looked at again.
          if (tries >= TRIES || !(error instanceof GitError) || (await this.tip()) === tip) throw error;
        }
      }
    });
  }

  /** Adds a commit that is no step's to the branch. Null: there is nothing to add. */
  async add(worktree: Worktree, title: string): Promise<string | null> {
    const { tree, paths } = await takeSnapshot(this.git, worktree);
    if (paths.length === 0) return null;
    const message = messageOf({ title, executionId: this.executionId, step: null });
    const commit = await commitTree(this.git, worktree, { tree, parents: [worktree.base], message });
    await this.#moveBranch(commit, worktree.base, `planwright: ${title}`);
    return commit;
  }

  /**
   * Lets go of the worktree of an attempt that was not taken. What was made in it, also by a person at an open conflict, stays in the
   * repository, by a ref that is returned; null: nothing was made. The folder is removed while others go on. Does not reject.
   */
  async putAside(worktree: Worktree): Promise<string | null> {
    const work = await this.#workIn(worktree).catch(() => undefined);
    // What cannot be kept must not be removed.
    if (work === undefined) return worktree.folder;
    const ref = work === null ? null : await this.#keep(worktree.name, work).catch(() => null);
    if (work !== null && ref === null) return worktree.folder;
    this.remove(worktree);
    return ref;
  }

  /** Those of some paths that git ignores in a worktree and that are there. */
  async ignoredAmong(worktree: Worktree, paths: readonly string[]): Promise<string[]> {
    if (paths.length === 0) return [];
    const input = paths.map((path) => `${path}\0`).join("");
    return this.git.parts(worktree, ["check-ignore", "-z", "--stdin"], { input, accept: [1] });
  }

  /** Removes a worktree while others go on. */
  remove(worktree: Worktree): void {
    const removing = removeWorktree(this.git, this.repository.checkout, this.home, worktree).finally(() => {
      this.#removing.delete(removing);
    });
    this.#removing.add(removing);
  }

  /**
   * Removes the worktrees; what was made in them and not taken stays in the repository. Returns the folders that stay, because somebody
   * has changed something in them since. Does not reject.
   */
  async clear(): Promise<string[]> {
    const left: string[] = [];
    for (const worktree of await knownWorktrees(this.home)) {
      if (worktree.name !== TREE) await this.putAside(worktree);
      else if ((await this.#workIn(worktree).catch(() => "unreadable")) !== null) left.push(worktree.folder);
      else this.remove(worktree);
    }
    await this.close();
    if (left.length === 0) await removeFolder(this.home);
    return left;
  }

  /** Removes the branch, which must be at this commit, and the work that was not taken when that is no longer wanted either. */
  async removeBranch(at: string, withKept: boolean): Promise<void> {
    const { checkout } = this.repository;
    await this.git.run(checkout, ["update-ref", "-d", `${HEADS}${this.branch}`, at]);
    if (withKept) await this.removeKept();
  }

  /** Removes the work that was not taken from the repository. */
  async removeKept(): Promise<void> {
    const { checkout } = this.repository;
    const refs = await this.git.text(checkout, [
      "for-each-ref",
      "--format=delete %(refname)",
      keptRefs(this.executionId),
    ]);
    if (refs !== "") await this.git.run(checkout, ["update-ref", "--stdin"], { input: `${refs}\n` });
  }

  /** Resolves when nothing is being removed any more. */
  async close(): Promise<void> {
    await Promise.all(this.#removing);
  }

  /** The open conflict of a step that an earlier attempt has left; null: there is none. */
  async conflictOf(stepId: string): Promise<Worktree | null> {
    const start = `${slugOf(stepId)}-`;
    const known = await knownWorktrees(this.home);
    return (
      known.find(
        ({ name, conflict }) => conflict !== null && /^\d+$/.test(name.slice(start.length)) && name.startsWith(start),
      ) ?? null
    );
  }

  /** Whether a person has resolved the conflict: nothing of it is left open, or none of its marks are left in the files. */
  async isResolved(worktree: Worktree): Promise<boolean> {
    const { stdout } = await this.git.run(worktree, ["ls-files", "--unmerged", "-z"]);
    const stages = new Map<string, number>();
    for (const part of nulParts(stdout)) {
      const path = part.slice(part.indexOf("\t") + 1);
      stages.set(path, (stages.get(path) ?? 0) + 1);
    }
    for (const [path, count] of stages) {
      // One side has removed it, or it is no text: there are no marks that would tell.
      if (count < 3) return false;
      const text = await readFile(join(worktree.folder, path), "utf8").catch(() => "<<<<<<< ");
      if (/^(?:<{7}|>{7}) /m.test(text)) return false;
    }
    return true;
  }

  async #workIn(worktree: Worktree): Promise<string | null> {
    const { conflict, shown, base, name } = worktree;
    const { tree, paths } = await takeSnapshot(this.git, worktree);
    if (conflict === null ? paths.length === 0 : tree === shown) return conflict;
    const message = messageOf({ title: `Work that was not taken: ${name}`, executionId: this.executionId, step: null });
    return commitTree(this.git, worktree, { tree, parents: conflict === null ? [base] : [base, conflict], message });
  }

  async #keep(name: string, commit: string): Promise<string> {
    const ref = `${keptRefs(this.executionId)}${name}`;
    await this.git.run(this.repository.checkout, ["update-ref", ref, commit]);
    return ref;
  }

  async #showConflict(
    worktree: Worktree,
    work: Work,
    tip: string,
    commit: string,
    files: readonly string[],
  ): Promise<ConflictPlace> {
    const { git } = this;
    // The execution's own tree is for others too.
    const shown =
      worktree.name === TREE
        ? await this.open({ name: nameOf(work), commit: tip, branch: `${this.branch}.${nameOf(work)}` }, null)
        : worktree;
    await openConflict(git, shown, tip, commit);
    const open: Worktree = { ...shown, base: tip, conflict: commit };
    const { tree } = await takeSnapshot(git, open);
    await remember({ ...open, shown: tree });
    return { folder: this.folderIn(shown), branch: shown.branch ?? this.branch, files: [...files] };
  }

  /** In one step: from `from` to `to`, or not at all. `from` empty: there must be no such branch. */
  async #moveBranch(to: string, from: string, why: string): Promise<void> {
    await this.git.run(this.repository.checkout, [
      ...["update-ref", "-m", why.replace(/\s+/g, " "), "--create-reflog", `${HEADS}${this.branch}`, to],
      from === "" ? "0".repeat(to.length) : from,
    ]);
  }
}

const TRIES = 5;

/** Name of the worktree that an execution's results are put into. */
export const TREE = "tree";

/** What was found in a worktree. */
export interface Look {
  readonly snapshot: Snapshot;
  readonly change: StepChange;
}

function nameOf({ stepId, attempt }: Work): string {
  return `${slugOf(stepId)}-${attempt}`;
}

/** Letters and digits of a step's id, as branches and folders may have them, and different for different ids. */
function slugOf(stepId: string): string {
  const words = stepId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  if (words === stepId && words !== TREE) return words;
  let hash = 0;
  for (const sign of stepId) hash = (hash * 31 + (sign.codePointAt(0) ?? 0)) >>> 0;
  return `${words || "step"}-${hash.toString(36)}x`;
}
