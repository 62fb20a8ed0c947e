import { posix } from "node:path";
import type { AttemptResult, StepChange } from "../../schemas/event.ts";
import { failure, FailureError, type Failure } from "../../schemas/failure.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import { isProtectedPath } from "../../schemas/protected-paths.ts";
import type { AttemptHandle, AttemptSink } from "../agents/adapter.ts";
import type { SetupEnd } from "../agents/setup.ts";
import type { CheckEnd } from "../agents/step-runner.ts";
import type { Stops } from "../agents/stoppable.ts";
import type { AttemptEnd } from "../engine/answer.ts";
import type { Visit } from "../git/execution-tree.ts";
import { GitError } from "../git/git.ts";
import type { MergeTerms, Setup, Taken, Work, Look } from "../git/workplace.ts";
import type { Worktree } from "../git/worktree.ts";
import { gitFailure, type OpenWorkplace } from "./workplaces.ts";

/** A step that is kept apart from the person's files, and the ways to run its parts in any folder. */
export interface IsolatedStep {
  readonly step: PlanStep;
  readonly work: Work;
  /** Its place in the plan. */
  readonly place: number;
  /** Whether its agent may change nothing. */
  readonly isReadonly: boolean;
  readonly log: AttemptSink["log"];
  run(folder: string): AttemptHandle<AttemptEnd>;
  check(folder: string): AttemptHandle<CheckEnd>;
  /** Null: worktrees need no preparation. */
  readonly setup: ((folder: string) => AttemptHandle<SetupEnd>) | null;
}

/**
 * Runs an attempt in a worktree of its own, or in the execution's tree, and brings what it has made into the branch (catalogue N1): only
 * when it is done for real, keeps to what it may change, fits what others have made, and passes its check there. Does not reject.
 */
export async function runIsolated(place: OpenWorkplace, step: IsolatedStep, stops: Stops): Promise<AttemptEnd> {
  try {
    return await (step.step.place === "tree" ? inTree(place, step, stops) : inWorktree(place, step, stops));
  } catch (error) {
    if (error instanceof Stopped) return ended("cancelled", null);
    if (error instanceof FailureError) return ended("failed", error.failure);
    if (error instanceof GitError) return ended("failed", gitFailure("the worktree of the step cannot be used", error));
    throw error;
  }
}

/** The attempt was stopped while its worktree was prepared. */
class Stopped extends Error {
  override readonly message = "it was stopped";
}

function setupOf({ setup }: IsolatedStep, stops: Stops): Setup {
  if (setup === null) return null;
  return async (folder) => {
    const end = await stops.follow(setup(folder));
    if (end.wasStopped) throw new Stopped();
    if (end.failure) throw new FailureError(end.failure);
  };
}

async function inWorktree(place: OpenWorkplace, step: IsolatedStep, stops: Stops): Promise<AttemptEnd> {
  const { workplace } = place;
  const resolved = await resolvedByHand(place, step);
  const worktree = resolved ?? (await workplace.openStep(step.work, setupOf(step, stops)));
  if (stops.isStopped) {
    workplace.remove(worktree);
    return ended("cancelled", null);
  }
  const folder = workplace.folderIn(worktree);
  const end = await stops.follow(resolved ? checkAlone(step, folder) : step.run(folder));
  if (end.outcome !== "succeeded") {
    await putAside(place, worktree, step);
    return end;
  }
  try {
    return await takeFrom(place, worktree, step, end, stops);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const reason = gitFailure("what the step has made could not be taken", error);
    step.log("error", `${reason.message}; it is still in ${worktree.folder}`);
    return { ...end, outcome: "failed", failure: reason };
  }
}

/** The worktree in which a person has resolved the conflict of the attempt before. It counts as the work of this one. */
async function resolvedByHand({ workplace }: OpenWorkplace, { step, log }: IsolatedStep): Promise<Worktree | null> {
  const open = await workplace.conflictOf(step.id);
  if (open === null) return null;
  if (await workplace.isResolved(open)) {
    log("info", `the conflict was resolved in ${open.folder}, so that is taken and the agent is not asked again`);
    return open;
  }
  await workplace.putAside(open);
  return null;
}

async function takeFrom(
  place: OpenWorkplace,
  worktree: Worktree,
  step: IsolatedStep,
  end: AttemptEnd,
  stops: Stops,
): Promise<AttemptEnd> {
  const { workplace } = place;
  const look = await workplace.look(worktree);
  for (const path of look.snapshot.nested)
    step.log("warn", `${path} was a git repository of its own: its files are taken, its history is not`);
  const objection = objectionTo(look, step, workplace.repository.prefix);
  if (objection || look.snapshot.paths.length === 0) {
    await putAside(place, worktree, step);
    const all = withChange(end, look.change);
    return objection ? { ...all, outcome: "failed", failure: objection } : all;
  }
  const taken = await workplace.take(worktree, step.work, look, termsOf(step, stops));
  const after = afterTaking(end, taken, step);
  if (taken.kind === "merged") {
    // It is in the branch now: what goes wrong from here on cannot make the attempt one that failed.
    await carryIgnored(place, worktree, step, end, stops).catch((error: unknown) => {
      step.log(
        "warn",
        `files that git ignores were not copied for the steps that follow: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    workplace.remove(worktree);
  } else if (taken.kind !== "conflict") await putAside(place, worktree, step);
  return after;
}

async function inTree(place: OpenWorkplace, step: IsolatedStep, stops: Stops): Promise<AttemptEnd> {
  const visit: Visit = await place.tree.enter(setupOf(step, stops));
  if (stops.isStopped) {
    await visit.leave();
    return ended("cancelled", null);
  }
  const end = await stops.follow(step.run(visit.folder));
  if (end.outcome !== "succeeded") {
    await visit.leave();
    return end;
  }
  try {
    const taken = await visit.take(step.work, termsOf(step, stops));
    return taken ? afterTaking(end, taken, step) : end;
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return { ...end, outcome: "failed", failure: gitFailure("what the step has made could not be taken", error) };
  }
}

function termsOf(step: IsolatedStep, stops: Stops): MergeTerms {
  return {
    place: step.place,
    isStopped: () => stops.isStopped,
    check: async (folder) => {
      if (step.step.check === null) return null;
      step.log("info", "others have changed the branch meanwhile, so the check is run on what it would become");
      const { outcome, failure: reason } = await stops.follow(step.check(folder));
      if (outcome !== "failed" || !reason) return null;
      return { ...reason, message: `together with what was merged before it: ${reason.message}` };
    },
  };
}

/** What is wrong with what a step has changed; null: nothing. */
function objectionTo({ snapshot }: Look, { step, isReadonly }: IsolatedStep, prefix: string): Failure | null {
  const { paths } = snapshot;
  if (isReadonly && paths.length > 0)
    return failure("not_readonly", `the agent may only read and has changed ${some(paths)}: nothing of it was taken`);
  if (step.change === "required" && paths.length === 0)
    return failure("no_change", "the step was to change something, and no file differs from what it began with");
  const stated = new Set(step.files.map((file) => posix.normalize(posix.join(prefix, file)).toLowerCase()));
  const touched = paths.filter((path) => isProtectedPath(path) && !stated.has(path.toLowerCase()));
  if (touched.length > 0)
    return failure(
      "protected_path",
      `the step has changed ${some(touched)}, which configures your tools: nothing of it was taken; name the file in "files" of the task if you want that`,
    );
  return null;
}

function some(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).join(", ");
  return paths.length > 3 ? `${shown} and ${paths.length - 3} more` : shown;
}

function afterTaking(end: AttemptEnd, taken: Taken, step: IsolatedStep): AttemptEnd {
  const all = withChange(end, taken.change);
  switch (taken.kind) {
    case "merged":
      step.log("info", mergedText(taken.change));
      return all;
    case "stopped":
      return { ...all, outcome: "cancelled" };
    case "refused":
      return { ...all, outcome: "failed", failure: taken.failure };
    case "conflict": {
      const { conflict } = taken;
      const message = `what the step has changed does not fit what was merged before it in ${some(conflict.files)}: it stands open in ${conflict.folder}`;
      const result: AttemptResult = { ...(all.result ?? NO_RESULT), conflict };
      return { ...all, outcome: "failed", failure: failure("merge_conflict", message), result };
    }
  }
}

function mergedText({ changedFiles, insertions, deletions, merged }: StepChange): string {
  const files = `${changedFiles} file${changedFiles === 1 ? "" : "s"}`;
  return `merged: ${files} changed, ${insertions} lines added, ${deletions} removed (${merged?.slice(0, 10) ?? ""})`;
}

/** Files that a step has declared and that git ignores are no part of the branch; later steps find them in the tree. */
async function carryIgnored(
  { workplace, tree }: OpenWorkplace,
  worktree: Worktree,
  step: IsolatedStep,
  { artifacts }: AttemptEnd,
  stops: Stops,
): Promise<void> {
  const paths = artifacts.map(({ path }) => posix.join(workplace.repository.prefix, path));
  const ignored = await workplace.ignoredAmong(worktree, paths);
  if (ignored.length === 0) return;
  await tree.carry(setupOf(step, stops), worktree, ignored);
  step.log("info", `git ignores ${some(ignored)}: copied for the steps that follow, but no part of the result`);
}

async function putAside({ workplace }: OpenWorkplace, worktree: Worktree, { log }: IsolatedStep): Promise<void> {
  const place = await workplace.putAside(worktree);
  if (place === null) return;
  log(
    "info",
    place.startsWith("refs/")
      ? `what it has changed is no part of the result; to look at it: git show ${place}`
      : `what it has changed is no part of the result, and is still in ${place}`,
  );
}

/** The attempt is the work of a person, and only has to pass. */
function checkAlone(step: IsolatedStep, folder: string): AttemptHandle<AttemptEnd> {
  const from = performance.now();
  const { result, stop } = step.check(folder);
  return {
    result: result.then(({ outcome, failure: reason, check }) => ({
      ...ended(outcome, reason),
      result: { ...NO_RESULT, check },
      duration: Math.round(performance.now() - from),
    })),
    stop,
  };
}

const NO_RESULT: AttemptResult = { end: null, check: null, tail: "" };

function withChange(end: AttemptEnd, change: StepChange): AttemptEnd {
  return { ...end, result: { ...(end.result ?? NO_RESULT), change } };
}

function ended(outcome: AttemptEnd["outcome"], reason: Failure | null): AttemptEnd {
  return { outcome, failure: reason, result: null, costs: [], artifacts: [], duration: 0 };
}
