import { z } from "zod";
import { operation } from "../operation.ts";
import { PlanLayout } from "../plan-layout.ts";
import { Plan, PlanSummary, StepModification } from "../plan.ts";
import { Revision } from "../revision.ts";
import { SpecReading } from "../spec.ts";
import { CommandId, SpecWords, WorkspacePath } from "./spec.ts";

export const Approval = z.object({
  planId: z.string(),
  planHash: z.string(),
  at: z.iso.datetime(),
  /** The person, as the operating system names them. */
  by: z.string(),
  /** How it was given: at a prompt, by a flag, in the editor. */
  how: z.enum(["prompt", "flag", "command", "editor"]),
});
export type Approval = z.infer<typeof Approval>;

/** What an approval covers, piece by piece, so that what is left of a half-done spec needs no new one. */
export const ApprovedContent = z.object({
  /** Hash of everything that is not a step. */
  whole: z.string(),
  /** Hashes of the agents' definitions, by agent id. */
  agents: z.record(z.string(), z.string()),
  /** Hashes of the prompt templates, by role. */
  roles: z.record(z.string(), z.string()).default({}),
  /** By step id: hash of the step without its dependencies and locks, and these. */
  steps: z.record(
    z.string(),
    z.object({ hash: z.string(), dependencies: z.array(z.string()), locks: z.array(z.string()).default([]) }),
  ),
});
export type ApprovedContent = z.infer<typeof ApprovedContent>;

/** An approval as it is kept in the person's state folder. */
export const KeptApproval = Approval.extend({ content: ApprovedContent });
export type KeptApproval = z.infer<typeof KeptApproval>;

/** A plan, and what a person should know before approving it. */
const PlanAnswer = z.object({
  plan: Plan,
  approved: z.boolean(),
  /** What differs from the plan of this spec that was approved last, one sentence each. */
  changes: z.array(z.string()),
  /** What else to know: an agents file that cannot be used, a record that had to be restored, a spec that was edited meanwhile. */
  notices: z.array(z.string()),
  /** The spec is no longer what the plan was made from; boxes that its execution ticked do not count. */
  edited: z.boolean(),
  /** What becomes of the steps of the execution that the plan was made against; null when it was made against none. */
  revision: Revision.nullable(),
});

/** Who is to plan instead of the rules alone (catalogue A3). */
export const ModelPlanning = z.strictObject({
  /** Id of an agent; null: one that has the capability `task_decomposition`. */
  agent: z.string().nullable().default(null),
  /** Hash of what the person was shown of an agent of the workspace, and accepts. */
  accept: z.string().nullable().default(null),
});
export type ModelPlanning = z.infer<typeof ModelPlanning>;

/** Details of `not_approved`: an agent of the workspace's file that is to plan, and that nobody has accepted on this machine. */
export const UnacceptedPlanner = z.object({
  hash: z.string(),
  agent: z.string(),
  /** What it is: the program that is started, or where the spec is sent, and with which model. */
  what: z.string(),
});

export const planCreate = operation({
  name: "plan.create",
  summary:
    "Make a plan from a spec file, or from a text that is a spec itself. With `keep` it is recorded and can be approved, and the text is kept as a spec below `.planwright/specs`. With `against` it is made for an execution to go on with: what that has done counts as open, and the answer says what becomes of each step. With `planner` an agent takes the spec apart; what it says is checked, and the rules plan where it fails.",
  params: z.strictObject({
    /** This or `text`. */
    path: WorkspacePath.nullable().default(null),
    text: SpecWords.nullable().default(null),
    reading: SpecReading.prefault({}),
    keep: z.boolean(),
    /** On top of those that the plan of the execution has, with `against`. */
    modifications: z.array(StepModification).default([]),
    /** Id of an execution of this spec. */
    against: z.string().nullable().default(null),
    /** Null: the rules plan. */
    planner: ModelPlanning.nullable().default(null),
    commandId: CommandId,
  }),
  result: PlanAnswer,
  effect: "change",
  audience: ["person", "agent"],
  http: { method: "POST", path: "/api/v1/plans" },
});

export const planGet = operation({
  name: "plan.get",
  summary: "Show a recorded plan, with changes to some of its steps where they are given, and whether it is approved.",
  params: z.strictObject({ planId: z.string(), modifications: z.array(StepModification).default([]) }),
  result: PlanAnswer,
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/plans/{planId}" },
});

export const planApprove = operation({
  name: "plan.approve",
  summary:
    "Approve a plan, after changing some of its steps. The approval binds to what runs, by hash. Changes of a plan that was approved already make another one, with an id of its own.",
  params: z.strictObject({
    planId: z.string(),
    /** Hash of the plan that the person saw; another plan is not approved. */
    planHash: z.string().optional(),
    modifications: z.array(StepModification).default([]),
    how: Approval.shape.how,
    commandId: CommandId,
  }),
  result: z.object({ plan: Plan, approval: Approval }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/plans/{planId}/approve" },
});

export const planList = operation({
  name: "plan.list",
  summary: "List recorded plans, newest first.",
  params: z.strictObject({
    /** Only those of this spec; null: of all. */
    specPath: WorkspacePath.nullable().default(null),
    limit: z.int().min(1).max(1_000).default(20),
  }),
  result: z.object({ plans: z.array(PlanSummary) }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/plans" },
});

export const planLayout = operation({
  name: "plan.layout",
  summary: "Where the steps of a recorded plan stand in a drawing of it, and the ways between them.",
  params: z.strictObject({
    planId: z.string(),
    /** Whether what follows stands to the right of what it waits for, or below it. */
    direction: PlanLayout.shape.direction.default("right"),
  }),
  result: PlanLayout,
  effect: "read",
  audience: ["person"],
  http: { method: "GET", path: "/api/v1/plans/{planId}/layout" },
});
