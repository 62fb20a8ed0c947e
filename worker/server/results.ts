import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ResultState } from "../../schemas/execution.ts";
import { failure, FailureError, throwFailure } from "../../schemas/failure.ts";
import { SHOWN_FILE_BYTES, type AcceptHow, type ExecutionResult } from "../../schemas/operations/result.ts";
import type { ResultOf } from "../../schemas/operations/table.ts";
import type { Plan } from "../../schemas/plan.ts";
import { applyResult, keepAsBranch, shortName, wayInto, type Way } from "../git/accept.ts";
import { changesBetween, fileAt } from "../git/changes.ts";
import { commitsBetween, messageOf } from "../git/commit.ts";
import { GitError } from "../git/git.ts";
import { TREE, Workplace } from "../git/workplace.ts";
import type { Database } from "../store/database.ts";
import { findWorkplace, saveWorkplace, type WorkplaceRow } from "../store/workplaces.ts";
import { gitFailure, type Workplaces } from "./workplaces.ts";

/** What results are looked up and settled with. */
export interface ResultPlace {
  readonly workplaces: Workplaces;
  readonly database: Database;
  /** ISO 8601. */
  readonly now: () => string;
}

const MAX_COMMITS = 200;

/** The result of an execution as it stands; null: its steps work in the folder itself. Throws FailureError where git cannot tell. */
export async function resultOf(
  place: ResultPlace,
  executionId: string,
  hasEnded: boolean,
): Promise<ExecutionResult | null> {
  const row = findWorkplace(place.database, executionId);
  if (row === null) return null;
  return inGit("the result cannot be looked at", async () => {
    const { workplace, tip } = await attached(place, row);
    const { git, repository } = workplace;
    const { checkout } = repository;
    const figures = await changesBetween(git, checkout, row.base, tip);
    const commits = await commitsBetween(git, checkout, row.base, tip, MAX_COMMITS);
    const state = row.state === "ready" && !hasEnded ? "growing" : row.state;
    const way = state === "ready" ? await wayInto(git, repository, { tip, target: row.target }) : null;
    const tree = join(row.folder, TREE);
    return {
      executionId,
      state,
      branch: row.branch,
      base: row.base,
      tip,
      target: row.target === null ? null : shortName(row.target),
      folder: existsSync(tree) ? tree : null,
      commits: commits.map(({ commit, title, stepId, at }) => ({ commit, title, stepId, at })),
      ...figures,
      apply: applyText(way),
      settledAt: row.settledAt,
    };
  });
}

/** A file of a result on one of its sides. Throws FailureError `not_found` where there is no result. */
export async function resultFile(
  place: ResultPlace,
  executionId: string,
  path: string,
  side: "base" | "tip",
): Promise<ResultOf<"execution.resultFile">> {
  const row =
    findWorkplace(place.database, executionId) ??
    throwFailure(
      "not_found",
      `the steps of ${executionId} worked in the folder itself: there is no result to look into`,
    );
  return inGit("the file cannot be looked at", async () => {
    const { workplace, tip } = await attached(place, row);
    const { git, repository } = workplace;
    return fileAt(git, repository.checkout, side === "base" ? row.base : tip, path, SHOWN_FILE_BYTES);
  });
}

function applyText(way: Way | null): ExecutionResult["apply"] {
  if (way === null) return { how: null, reason: null, files: [] };
  if (way.kind === "blocked") return { how: null, reason: way.reason, files: [...way.files] };
  return { how: way.kind, reason: null, files: [] };
}

export interface Acceptance {
  readonly executionId: string;
  readonly plan: Plan;
  readonly how: AcceptHow;
  /** With `keep`; null: that of the execution. */
  readonly branch: string | null;
}

/** Does with a result what a person wants. Throws FailureError `conflict` when that is not possible; then nothing has changed. */
export async function acceptResult(place: ResultPlace, acceptance: Acceptance): Promise<ResultOf<"execution.accept">> {
  const { executionId, how } = acceptance;
  const row =
    findWorkplace(place.database, executionId) ??
    throwFailure("conflict", `the steps of ${executionId} worked in the folder itself: there is nothing to accept`);
  if (row.state !== "ready") throwFailure("conflict", `the result of ${executionId} ${SETTLED[row.state]}`);
  return inGit("the result was not taken", async () => {
    const { workplace, tip } = await attached(place, row);
    switch (how) {
      case "apply":
      case "squash":
        return apply(place, { row, workplace, tip }, acceptance);
      case "keep":
        return keep(place, { row, workplace, tip }, acceptance);
      case "discard":
        await settle(place, { row, workplace, tip }, "discarded", row.branch, true);
        return answer(executionId, "discarded", tip, null, `Discarded. Its last commit was ${tip.slice(0, 12)}.`);
    }
  });
}

const SETTLED: Readonly<Record<ResultState, string>> = {
  growing: "is not there yet",
  ready: "waits",
  empty: "is empty: nothing was changed",
  applied: "was applied already",
  squashed: "was applied already",
  kept: "was kept as a branch already: merge that with git",
  discarded: "was discarded",
};

/** A result and where it is. */
interface Found {
  readonly row: WorkplaceRow;
  readonly workplace: Workplace;
  readonly tip: string;
}

async function apply(
  place: ResultPlace,
  found: Found,
  { executionId, plan, how }: Acceptance,
): Promise<ResultOf<"execution.accept">> {
  const { row, workplace, tip } = found;
  const { git, repository } = workplace;
  const way = await wayInto(git, repository, { tip, target: row.target });
  const branch = row.target === null ? null : shortName(row.target);
  if (way.kind === "blocked") throw new FailureError(blockedFailure(executionId, way));
  const isSquash = how === "squash";
  const state = isSquash ? "squashed" : "applied";
  if (way.kind !== "up-to-date") {
    const steps = await commitsBetween(git, repository.checkout, row.base, tip, MAX_COMMITS);
    const title = isSquash ? plan.title : `Merge the result of ${plan.title}`;
    const list = steps.reverse().map((commit) => `- ${commit.title}`);
    const message = messageOf({ title, executionId, step: null }).replace("\n\n", `\n\n${list.join("\n")}\n\n`);
    await applyResult(git, repository.checkout, { tip, target: row.target }, way, { squash: isSquash, message });
  }
  const left = await settle(place, found, state, null, false);
  const files = `${steps(await changesBetween(git, repository.checkout, row.base, tip))} in ${branch ?? ""}`;
  const how2 = way.kind === "up-to-date" ? "was there already" : WAYS[isSquash ? "squash" : way.kind];
  return answer(executionId, state, tip, branch, `${files}: ${how2}.${leftText(left)}`);
}

const WAYS = { squash: "as one commit", "fast-forward": "fast-forward", merge: "by a merge commit" } as const;

function steps({ changedFiles }: { readonly changedFiles: number }): string {
  return `${changedFiles} file${changedFiles === 1 ? " is" : "s are"}`;
}

/** Why a result cannot be applied now, with the files in the way. */
function blockedFailure(
  executionId: string,
  { reason, files }: Extract<Way, { kind: "blocked" }>,
): ReturnType<typeof failure> {
  const shown = files.slice(0, 10).join(", ");
  const more = files.length > 10 ? ` and ${files.length - 10} more` : "";
  const named = files.length === 0 ? "" : ` (${shown}${more})`;
  return failure("conflict", `the result of ${executionId} was not applied, nothing was changed: ${reason}${named}`, {
    details: { files: [...files] },
  });
}

async function keep(
  place: ResultPlace,
  found: Found,
  { executionId, branch }: Acceptance,
): Promise<ResultOf<"execution.accept">> {
  const { row, workplace, tip } = found;
  const isOther = branch !== null && branch !== row.branch;
  if (isOther) await keepAsBranch(workplace.git, workplace.repository.checkout, branch, tip);
  const name = isOther ? branch : row.branch;
  const left = await settle(
    place,
    { ...found, row: { ...row, branch: name } },
    "kept",
    isOther ? row.branch : null,
    false,
  );
  return answer(executionId, "kept", tip, name, `Kept as branch ${name}.${leftText(left)}`);
}

function leftText(left: readonly string[]): string {
  return left.length === 0 ? "" : ` ${left.join(", ")} stays, because something was changed there since.`;
}

/**
 * Records what became of a result, then clears its place away: who is killed in between leaves something to clear, and no result that
 * nobody knows of. `branch`: that of the execution, where it is not needed any more.
 */
async function settle(
  { database, now }: ResultPlace,
  { row, workplace, tip }: Found,
  state: ResultState,
  branch: string | null,
  withKept: boolean,
): Promise<string[]> {
  saveWorkplace(database, { ...row, state, result: tip, settledAt: now() });
  await database.durable();
  const left = await workplace.clear();
  if (branch !== null || state === "applied" || state === "squashed" || state === "empty")
    await workplace.removeBranch(tip, withKept).catch(() => undefined);
  return left;
}

/** An execution that changed nothing has nothing to wait for. True: so it was. */
export async function settleEmpty(place: ResultPlace, executionId: string): Promise<boolean> {
  const row = findWorkplace(place.database, executionId);
  if (row?.state !== "ready") return false;
  return inGit("the result cannot be looked at", async () => {
    const { workplace, tip } = await attached(place, row);
    if (tip !== row.base) return false;
    await settle(place, { row, workplace, tip }, "empty", row.branch, false);
    return true;
  });
}

/** Throws FailureError `conflict` when its branch is gone. */
async function attached({ workplaces }: ResultPlace, row: WorkplaceRow): Promise<Found> {
  const { executionId, folder, base, branch, result } = row;
  const repository = await workplaces.repository();
  const workplace = Workplace.attach({ git: workplaces.git, repository, executionId, home: folder, bring: [] }, base);
  const known = row.state === "ready" ? await workplace.tip().catch(() => null) : result;
  const tip =
    known ?? throwFailure("conflict", `the branch ${branch} was removed, and with it the result of ${executionId}`);
  return { row, workplace, tip };
}

function answer(
  executionId: string,
  state: ResultState,
  tip: string,
  branch: string | null,
  message: string,
): ResultOf<"execution.accept"> {
  return { executionId, state, tip, branch, message };
}

async function inGit<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof GitError ? new FailureError({ ...gitFailure(what, error), code: "conflict" }) : error;
  }
}
