import { z } from "zod";
import { ExecutionSummary, ExecutionView, StepDetail } from "../execution.ts";
import { operation } from "../operation.ts";
import { Report } from "../report.ts";
import { Revision } from "../revision.ts";
import { CommandId } from "./spec.ts";

const ExecutionId = z.string().min(1);

/** One step only, or a step and everything that depends on it. What is left out counts as done. */
export const ExecutionScope = z.strictObject({ kind: z.enum(["only", "from"]), stepId: z.string() });
export type ExecutionScope = z.infer<typeof ExecutionScope>;

export const executionStart = operation({
  name: "execution.start",
  summary: "Run an approved plan.",
  params: z.strictObject({
    planId: z.string(),
    writeBack: z.boolean().default(true),
    /** A person is there: what fails waits for them, where neither spec nor step says otherwise (semantics, Execution). */
    attended: z.boolean().default(false),
    scope: ExecutionScope.nullable().default(null),
    commandId: CommandId,
  }),
  result: z.object({ executionId: z.string() }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/plans/{planId}/execute" },
});

export const executionGet = operation({
  name: "execution.get",
  summary: "Show one execution with its steps, artifacts and costs.",
  params: z.strictObject({ executionId: ExecutionId }),
  result: ExecutionView,
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/executions/{executionId}" },
});

export const executionStep = operation({
  name: "execution.step",
  summary: "Show one step of an execution with its attempts, costs, artifacts and what waits for a person about it.",
  params: z.strictObject({ executionId: ExecutionId, stepId: z.string() }),
  result: StepDetail,
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/executions/{executionId}/steps/{stepId}" },
});

export const executionList = operation({
  name: "execution.list",
  summary: "List executions, newest first.",
  params: z.strictObject({ limit: z.int().min(1).max(1_000).default(20) }),
  result: z.object({
    executions: z.array(ExecutionSummary),
    /** What happened to the record that a person should know. */
    notices: z.array(z.string()),
  }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/executions" },
});

export const executionCancel = operation({
  name: "execution.cancel",
  summary:
    "Stop an execution: nothing starts any more, running agents are asked to stop and killed after the grace period (at once with `force`).",
  params: z.strictObject({ executionId: ExecutionId, force: z.boolean().default(false), commandId: CommandId }),
  result: z.object({ status: ExecutionView.shape.status }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/executions/{executionId}/cancel" },
});

/** Where an execution stands after a command. */
const Standing = z.object({ executionId: ExecutionId, status: ExecutionView.shape.status });

export const executionPause = operation({
  name: "execution.pause",
  summary: "Start nothing more until it is resumed; what runs goes on.",
  params: z.strictObject({ executionId: ExecutionId, commandId: CommandId }),
  result: Standing,
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/executions/{executionId}/pause" },
});

export const executionResume = operation({
  name: "execution.resume",
  summary: "Go on after a pause, or after the worker that ran it was lost.",
  params: z.strictObject({
    executionId: ExecutionId,
    /** Only after a lost worker, and only what runs no more: what a person has paused is refused (`conflict`) and stays so. */
    keepPause: z.boolean().default(false),
    commandId: CommandId,
  }),
  result: Standing,
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/executions/{executionId}/resume" },
});

export const executionRetry = operation({
  name: "execution.retry",
  summary: "Run again what failed or was not run: one step with what was left out because of it, or everything.",
  params: z.strictObject({
    executionId: ExecutionId,
    stepId: z.string().nullable().default(null),
    commandId: CommandId,
  }),
  result: Standing,
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/executions/{executionId}/retry" },
});

export const executionRerun = operation({
  name: "execution.rerun",
  summary: "Run a step again although it has ended, with everything that depends on it, or (`only`) alone.",
  params: z.strictObject({
    executionId: ExecutionId,
    stepId: z.string(),
    only: z.boolean().default(false),
    commandId: CommandId,
  }),
  result: Standing,
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/executions/{executionId}/rerun" },
});

export const executionKill = operation({
  name: "execution.kill",
  summary: "End the agent run of one step; the step's failure policy says what follows.",
  params: z.strictObject({ executionId: ExecutionId, stepId: z.string(), commandId: CommandId }),
  result: Standing,
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/executions/{executionId}/kill" },
});

export const executionRevise = operation({
  name: "execution.revise",
  summary: "Go on under another approved plan of the same spec: what is stale or new runs, the rest is kept.",
  params: z.strictObject({ executionId: ExecutionId, planId: z.string(), commandId: CommandId }),
  result: Standing.extend({ revision: Revision }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/executions/{executionId}/revise" },
});

export const executionReport = operation({
  name: "execution.report",
  summary: "The report of an execution: JSON, Markdown and where both are kept.",
  params: z.strictObject({ executionId: ExecutionId }),
  result: z.object({ report: Report, markdown: z.string(), files: z.array(z.string()) }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/executions/{executionId}/report" },
});
