import { z } from "zod";
import { ExecutionSummary, ExecutionView } from "../execution.ts";
import { operation } from "../operation.ts";
import { Report } from "../report.ts";
import { CommandId } from "./plan.ts";

const ExecutionId = z.string().min(1);

export const executionStart = operation({
  name: "execution.start",
  summary: "Run an approved plan.",
  params: z.strictObject({ planId: z.string(), writeBack: z.boolean().default(true), commandId: CommandId }),
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

export const executionReport = operation({
  name: "execution.report",
  summary: "The report of an execution: JSON, Markdown and where both are kept.",
  params: z.strictObject({ executionId: ExecutionId }),
  result: z.object({ report: Report, markdown: z.string(), files: z.array(z.string()) }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/executions/{executionId}/report" },
});
