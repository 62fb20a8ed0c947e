import { ResultState } from "../../schemas/execution.ts";
import { optionalText, text } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Row } from "./statements.ts";

/** Where the results of an execution are, and what became of them (catalogue N1). */
export interface WorkplaceRow {
  readonly executionId: string;
  /** Real path of the person's checkout. */
  readonly repository: string;
  /** The folder of its worktrees. */
  readonly folder: string;
  /** Short name of its branch. */
  readonly branch: string;
  /** The commit that it began with. */
  readonly base: string;
  /** Full name of the branch that was checked out at the start; null: none was. */
  readonly target: string | null;
  /** As it is recorded: `ready` also while it grows. */
  readonly state: ResultState;
  /** The newest commit when it was settled; null before. */
  readonly result: string | null;
  /** ISO 8601. */
  readonly madeAt: string;
  readonly settledAt: string | null;
}

/** Records the workplace of an execution, or that it has begun anew after its result was settled. */
export function saveWorkplace(database: Database, row: WorkplaceRow): void {
  database.run(
    `INSERT INTO workplaces (execution_id, repository, folder, branch, base, target, state, result, made_at, settled_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (execution_id) DO UPDATE SET repository = excluded.repository, folder = excluded.folder,
       branch = excluded.branch, base = excluded.base, target = excluded.target, state = excluded.state,
       result = excluded.result, made_at = excluded.made_at, settled_at = excluded.settled_at`,
    [
      ...[row.executionId, row.repository, row.folder, row.branch, row.base, row.target, row.state],
      ...[row.result, row.madeAt, row.settledAt],
    ],
  );
}

export function findWorkplace(database: Database, executionId: string): WorkplaceRow | null {
  return database.first("SELECT * FROM workplaces WHERE execution_id = ?", [executionId], rowOf);
}

/** All of them, the oldest first. */
export function listWorkplaces(database: Database): WorkplaceRow[] {
  return database.all("SELECT * FROM workplaces ORDER BY made_at", [], rowOf);
}

function rowOf(row: Row): WorkplaceRow {
  return {
    executionId: text(row, "execution_id"),
    repository: text(row, "repository"),
    folder: text(row, "folder"),
    branch: text(row, "branch"),
    base: text(row, "base"),
    target: optionalText(row, "target"),
    state: ResultState.parse(row["state"]),
    result: optionalText(row, "result"),
    madeAt: text(row, "made_at"),
    settledAt: optionalText(row, "settled_at"),
  };
}
