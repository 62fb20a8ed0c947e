import { join } from "node:path";
import { failure, FailureError, throwFailure } from "../../schemas/failure.ts";
import type { Plan } from "../../schemas/plan.ts";
import { programEnvironment } from "../agents/environment.ts";
import { ExecutionTree } from "../git/execution-tree.ts";
import { Git, GitError } from "../git/git.ts";
import { dirtyPaths, findRepository, gitVersion, type Repository } from "../git/repository.ts";
import { executionBranch, Workplace } from "../git/workplace.ts";
import type { ExecutionState } from "../engine/state.ts";
import type { RepositoryFacts } from "../plan/isolation.ts";
import type { Clock } from "../run/ports.ts";
import type { Database } from "../store/database.ts";
import { eventsOfTypes } from "../store/events.ts";
import { findWorkplace, saveWorkplace, type WorkplaceRow } from "../store/workplaces.ts";

export interface WorkplacesOptions {
  /** Real path of the workspace folder. */
  readonly folder: string;
  /** Where the worktrees of this workspace are. */
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

/** Where the coding steps of one execution work, and where their results go. */
export interface OpenWorkplace {
  readonly workplace: Workplace;
  readonly tree: ExecutionTree;
}

/** What opening needs to know of an execution. */
export interface Opening {
  readonly executionId: string;
  readonly plan: Plan;
  readonly database: Database;
  /** What it has reached already; null: it is new. */
  readonly state: ExecutionState | null;
}

/** The worktrees of all executions of one workspace folder (catalogue N1). */
export class Workplaces {
  readonly git: Git;
  readonly #options: WorkplacesOptions;
  /** Rows of executions that are about to begin: they can be stored when the execution is. */
  readonly #beginning = new Map<string, WorkplaceRow>();

  constructor(options: WorkplacesOptions) {
    this.#options = options;
    this.git = new Git(gitEnvironment(options.environment));
  }

  /** The worktrees of all executions. */
  get home(): string {
    return this.#options.home;
  }

  /** The version of git; null: there is no such program. */
  async version(): Promise<string | null> {
    return gitVersion(this.git, this.#options.folder);
  }

  /** What a plan needs to know of the repository. Not asked in vain where the spec wants no worktrees. */
  async facts(isWanted: boolean): Promise<RepositoryFacts> {
    const nothing: RepositoryFacts = { obstacle: null, uncommitted: [], hasSubmodules: false };
    if (!isWanted) return nothing;
    const found = await findRepository(this.git, this.#options.folder);
    if (!found.ok) return { ...nothing, obstacle: found.why };
    const { checkout, prefix, hasSubmodules } = found.repository;
    const start = prefix === "" ? "" : `${prefix}/`;
    const dirty = await dirtyPaths(this.git, checkout);
    const inside = dirty.filter(({ path }) => path.startsWith(start)).map(({ path }) => path.slice(start.length));
    return { obstacle: null, uncommitted: inside, hasSubmodules };
  }

  /** The repository of the folder. Throws FailureError `conflict` when there is none that can be used. */
  async repository(): Promise<Repository> {
    const found = await findRepository(this.git, this.#options.folder);
    return found.ok
      ? found.repository
      : throwFailure(
          "conflict",
          `the plan keeps its coding steps apart with git, which is not possible now, because ${found.why}: plan the spec again`,
        );
  }

  /**
   * Makes the place of a new execution, or takes up that of an older one. Null: its plan needs none. Throws FailureError when it cannot be
   * made or is gone.
   */
  async open(opening: Opening): Promise<OpenWorkplace | null> {
    if (opening.plan.isolation?.kind !== "worktree") return null;
    try {
      return await this.#open(opening, opening.plan.isolation.bring);
    } catch (error) {
      throw error instanceof GitError ? new FailureError(gitFailure("the worktrees cannot be made", error)) : error;
    }
  }

  /** The execution is recorded, so that its place can be. */
  began(database: Database, executionId: string): void {
    const row = this.#beginning.get(executionId);
    if (row) saveWorkplace(database, row);
    this.#beginning.delete(executionId);
  }

  /** Nobody works there any more. Nothing is left of the place of an execution that was never recorded. Does not reject. */
  async close(executionId: string, { workplace }: OpenWorkplace): Promise<void> {
    await workplace.close();
    if (!this.#beginning.delete(executionId)) return;
    const { checkout } = workplace.repository;
    await this.git.run(checkout, ["update-ref", "-d", `refs/heads/${workplace.branch}`]).catch(() => undefined);
  }

  async #open({ executionId, database, state }: Opening, bring: readonly string[]): Promise<OpenWorkplace> {
    const repository = await this.repository();
    const options = { git: this.git, repository, executionId, home: join(this.home, executionId), bring };
    const row = state === null ? null : findWorkplace(database, executionId);
    if (row === null || ANEW.has(row.state)) return opened(await this.#begin(options, row));
    if (row.state === "discarded")
      throwFailure(
        "conflict",
        `the result of ${executionId} was discarded, so nothing can be added to it: run its spec again`,
      );
    const recorded = new Set<string>();
    for (const event of eventsOfTypes(database, executionId, ["attempt.finished"]))
      if (event.type === "attempt.finished" && event.outcome === "succeeded") recorded.add(event.attemptId);
    if (row.state === "kept" && row.result !== null) {
      const branch = `refs/heads/${executionBranch(executionId)}`;
      // Kept under another name, it has none of its own any more. What a person has added to it since stays.
      await this.git.run(repository.checkout, ["update-ref", branch, row.result, "0".repeat(row.result.length)], {
        accept: [128],
      });
    }
    const workplace = await Workplace.resume(options, row.base, (attemptId) => recorded.has(attemptId));
    if (!workplace)
      throwFailure("conflict", `the branch ${row.branch} of ${executionId} was removed: run its spec again`);
    saveWorkplace(database, { ...row, state: "ready", result: null, settledAt: null });
    return opened(workplace);
  }

  /** From the commit that is checked out now: what was applied or was nothing is in it. */
  async #begin(options: Parameters<typeof Workplace.begin>[0], before: WorkplaceRow | null): Promise<Workplace> {
    const { repository, executionId, home } = options;
    const workplace = await Workplace.begin(options, repository.head);
    const row: WorkplaceRow = {
      executionId,
      repository: repository.checkout.folder,
      folder: home,
      branch: workplace.branch,
      base: repository.head,
      target: repository.branch,
      state: "ready",
      result: null,
      madeAt: before?.madeAt ?? this.#options.clock.wall().toISOString(),
      settledAt: null,
    };
    this.#beginning.set(executionId, row);
    return workplace;
  }
}

/** What became of a result that is in the person's branch now, or of one that was nothing. */
const ANEW: ReadonlySet<WorkplaceRow["state"]> = new Set(["applied", "squashed", "empty"]);

function opened(workplace: Workplace): OpenWorkplace {
  return { workplace, tree: new ExecutionTree(workplace) };
}

/** Git may know what any program may, and where a person has its settings and keys for SSH. */
function gitEnvironment(from: NodeJS.ProcessEnv): Record<string, string> {
  const more = ["XDG_CONFIG_HOME", "SSH_AUTH_SOCK"].flatMap((name): [string, string][] => {
    const value = from[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...programEnvironment(from), ...Object.fromEntries(more) };
}

/** A command of git that failed, as what became of an attempt or an operation. */
export function gitFailure(what: string, { message }: GitError): ReturnType<typeof failure> {
  return failure("unreadable", `${what}: git says: ${message}`);
}
