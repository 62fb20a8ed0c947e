import { copyFile, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { takeSnapshot } from "./snapshot.ts";
import { TreeLock } from "./tree-lock.ts";
import { TREE, type MergeTerms, type Setup, type Taken, type Work, type Workplace } from "./workplace.ts";
import { knownWorktree, pristineIndex, remember, removeWorktree, type Worktree } from "./worktree.ts";

/** A step that works in the execution's own tree. To be ended by one of both. */
export interface Visit {
  readonly folder: string;
  /** What differs now becomes a commit of the branch. Null: nothing differs. Rejects with GitError. */
  take(work: Work, terms: MergeTerms): Promise<Taken | null>;
  /** What it has left is taken back, where nobody else is at work. Does not reject. */
  leave(): Promise<void>;
}

/**
 * The worktree that the results of an execution are put into, so that commands see what agents have made. Commands use it side by side; it
 * follows the branch only while none of them is at work. Made with the first use.
 */
export class ExecutionTree {
  readonly #workplace: Workplace;
  readonly #lock = new TreeLock();
  /** Only one looks at or changes what git knows of it. */
  #turn: Promise<unknown> = Promise.resolve();
  #tree: Worktree | null = null;
  /** Whether what was left by somebody who is gone may still be in it. */
  #isUnclean = true;

  constructor(workplace: Workplace) {
    this.#workplace = workplace;
  }

  /** Where it is or will be. */
  get folder(): string {
    return this.#workplace.folderIn({ folder: join(this.#workplace.home, TREE) });
  }

  /** Resolves when the tree holds the newest commit. Rejects with GitError, or as `setup` does. */
  async enter(setup: Setup): Promise<Visit> {
    for (;;) {
      const leave = await this.#lock.enter();
      const tree = this.#tree;
      const tip = await this.#workplace.tip().catch((error: unknown) => {
        leave();
        throw error;
      });
      if (tree?.base === tip) return this.#visit(tree, leave);
      leave();
      await this.#lock.alone(() => this.#follow(setup));
    }
  }

  /** Changes the tree while nobody is at work in it, and makes a commit of that. Null: nothing differs. Rejects with GitError. */
  async change(title: string, act: () => Promise<void>): Promise<string | null> {
    return this.#lock.alone(async () => {
      const isPrepared = this.#tree !== null || (await knownWorktree(this.#workplace.home, TREE)) !== null;
      const tree = await this.#follow(null);
      await act();
      const commit = await this.#workplace.add(tree, title);
      if (commit !== null) await this.#standAt(tree, commit);
      if (!isPrepared && this.#tree) {
        // Commands that come later need a tree that was set up.
        await remember({ ...this.#tree, isReady: false });
        this.#tree = null;
      }
      return commit;
    });
  }

  /** Brings files into the tree that git ignores there, which others of the execution may need. Paths are those of the repository. */
  async carry(setup: Setup, from: Worktree, paths: readonly string[]): Promise<void> {
    const visit = await this.enter(setup);
    try {
      for (const path of paths) {
        const [source, target] = [join(from.folder, path), join(this.#tree?.folder ?? "", path)];
        if (!(await stat(source)).isFile()) continue;
        await mkdir(dirname(target), { recursive: true });
        await copyFile(source, target);
      }
    } finally {
      await visit.leave();
    }
  }

  #visit(tree: Worktree, leave: () => void): Visit {
    const over = (): void => {
      leave();
    };
    return {
      folder: this.#workplace.folderIn(tree),
      take: async (work, terms) => {
        try {
          return await this.#inTurn(() => this.#take(work, terms));
        } finally {
          over();
        }
      },
      leave: async () => {
        this.#isUnclean = true;
        const isAlone = this.#lock.inside === 1;
        if (isAlone) await this.#inTurn(() => this.#clean()).catch(() => undefined);
        over();
      },
    };
  }

  async #take(work: Work, terms: MergeTerms): Promise<Taken | null> {
    const tree = this.#tree;
    if (!tree) throw new Error("a visit without a tree");
    const look = await this.#workplace.look(tree);
    if (look.snapshot.paths.length === 0) return null;
    const taken = await this.#workplace.take(tree, work, look, terms);
    if (taken.kind === "merged" && taken.change.commit !== null) await this.#standAt(tree, taken.change.commit);
    else this.#isUnclean = true;
    return taken;
  }

  /** To be called alone. */
  async #follow(setup: Setup): Promise<Worktree> {
    const { git } = this.#workplace;
    const tip = await this.#workplace.tip();
    const known = this.#tree ?? (await knownWorktree(this.#workplace.home, TREE));
    if (known?.isReady !== true) {
      const { checkout } = this.#workplace.repository;
      await removeWorktree(git, checkout, this.#workplace.home, { name: TREE, branch: null });
      this.#tree = await this.#workplace.open({ name: TREE, commit: tip, branch: null }, setup);
      this.#isUnclean = false;
      return this.#tree;
    }
    this.#tree = known;
    if (this.#isUnclean) await this.#clean();
    if (known.base === tip) return known;
    await git.run(known, ["reset", "--quiet", "--hard", tip]);
    return this.#remember(known, tip);
  }

  /** Takes everything back that differs from the commit and is not ignored. */
  async #clean(): Promise<void> {
    const tree = this.#tree;
    if (!tree) return;
    const { git } = this.#workplace;
    await rm(join(tree.gitDir, "index.lock"), { force: true });
    const { paths } = await takeSnapshot(git, tree);
    if (paths.length > 0) {
      const had = await git.parts(tree, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", tree.base]);
      const known = new Set(had);
      await Promise.all(
        paths.filter((path) => !known.has(path)).map((path) => rm(join(tree.folder, path), { force: true })),
      );
      await git.run(tree, ["reset", "--quiet", "--hard", tree.base]);
    }
    this.#isUnclean = false;
  }

  /** The tree holds what a commit has, and git is told. */
  async #standAt(tree: Worktree, commit: string): Promise<void> {
    await this.#workplace.git.run(tree, ["reset", "--quiet", commit]);
    await this.#remember(tree, commit);
  }

  async #remember(tree: Worktree, commit: string): Promise<Worktree> {
    const { git } = this.#workplace;
    await git.run(tree, ["update-index", "--refresh", "-q"], { accept: [1] });
    await copyFile(join(tree.gitDir, "index"), pristineIndex(tree));
    this.#tree = { ...tree, base: commit };
    await remember(this.#tree);
    return this.#tree;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const acting = this.#turn.then(act);
    this.#turn = acting.catch(() => undefined);
    return acting;
  }
}
