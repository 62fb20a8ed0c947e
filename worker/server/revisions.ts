import { throwFailure } from "../../schemas/failure.ts";
import type { Plan, StepModification } from "../../schemas/plan.ts";
import type { FailurePolicy } from "../../schemas/spec.ts";
import type { Revision } from "../../schemas/revision.ts";
import { viewOf } from "../engine/view.ts";
import { reopenBoxes } from "../plan/reopen-boxes.ts";
import { planRevision, type Reached } from "../plan/replan.ts";
import { parseSpec } from "../spec/parse.ts";
import { findExecution } from "../store/executions.ts";
import { findPlan } from "../store/plans.ts";
import { recordedState } from "./recovery.ts";
import type { SpecFile } from "./spec-file.ts";
import type { Workspace } from "./workspace.ts";

/** An execution as a new plan meets it: the plan that is in force, and what it has reached. */
export interface Standing {
  readonly executionId: string;
  readonly before: Plan;
  readonly reached: Reached;
  /** Steps that are not run although the plan has them, because only a part of it was started. They stay left out. */
  readonly leftOut: ReadonlySet<string>;
  /** What holds for steps that say nothing of failures, as it was decided at the start. */
  readonly onFailure: FailurePolicy;
}

/** Where an execution stands in the record. Throws `not_found`. */
export async function standingOf(workspace: Workspace, executionId: string): Promise<Standing> {
  const record = await workspace.recordIfKept();
  const summary = record && findExecution(record.database, executionId);
  const before = summary && findPlan(record.database, summary.planId);
  if (!before) {
    throwFailure(
      "not_found",
      `there is no execution "${executionId}" in ${workspace.folder}: planwright status lists them`,
    );
  }
  const state = recordedState(record.database, executionId);
  const planned = new Set(before.steps.flatMap(({ id, decision }) => (decision === "skip" ? [] : [id])));
  const leftOut = new Set(state.plan.steps.flatMap(({ id, skip }) => (skip && planned.has(id) ? [id] : [])));
  const { steps } = viewOf(state, state.t, before.specPath);
  const reached = new Map(steps.map(({ id, status }) => [id, { status }]));
  return { executionId, before, reached, leftOut, onFailure: state.plan.onFailure };
}

export interface Draft {
  readonly text: string;
  /** The changes by a person that the plan in force has and that still fit. */
  readonly modifications: readonly StepModification[];
  readonly notices: readonly string[];
}

/** What a plan is made from that an execution is to go on with. Throws `bad_request` for another spec than the execution's own. */
export function draftOf({ executionId, before, reached }: Standing, file: SpecFile): Draft {
  if (file.workspacePath !== before.specPath) {
    throwFailure(
      "bad_request",
      `${executionId} runs ${before.specPath}, not ${file.workspacePath}: name that file, or none`,
    );
  }
  const text = reopenBoxes(file.text, file.workspacePath, before, reached);
  const { tasks } = parseSpec(text, file.workspacePath, { ...before.reading, dialect: before.dialect });
  const open = new Set(tasks.flatMap(({ id, runs }) => (runs ? [id] : [])));
  const lost = before.modifications.filter(({ stepId }) => !open.has(stepId));
  return {
    text,
    modifications: before.modifications.filter(({ stepId }) => open.has(stepId)),
    notices: lost.map(({ stepId }) => `what was changed in step ${stepId} is left out: it is no step of the spec now`),
  };
}

/** What becomes of the steps of an execution that goes on with a plan. */
export function revisionOf({ executionId, before, reached }: Standing, after: Plan): Revision {
  return { executionId, ...planRevision(before, after, reached) };
}
