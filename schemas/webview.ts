import { z } from "zod";
import { ExecutionScope } from "./operations/execution.ts";
import type { OperationName } from "./operations/table.ts";

/**
 * What the extension and its webviews say to each other by postMessage. A webview is a client of the worker like any other: its
 * calls and subscriptions travel as `request` and `notification`, and the extension relays those that `WEBVIEW_OPERATIONS` names.
 * The rest is between the two of them.
 */

/** What a webview may ask the worker for. Everything that a person can click in one is here and nothing else. */
export const WEBVIEW_OPERATIONS = [
  "execution.cancel",
  "execution.get",
  "execution.kill",
  "execution.pause",
  "execution.rerun",
  "execution.resume",
  "execution.retry",
  "execution.revise",
  "execution.start",
  "execution.step",
  "inbox.answer",
  "log.query",
  "plan.approve",
  "plan.create",
  "plan.get",
  "plan.layout",
  "subscription.close",
  "subscription.open",
] as const satisfies readonly OperationName[];

/** What a webview shows. It is kept by the webview's own state, so that it is there again after a reload. */
export const PlanPanelState = z.object({
  /** URI of the workspace folder, which decides whose worker is asked. */
  folder: z.string(),
  planId: z.string(),
  /** The execution that is shown with it; null: none was started from here. */
  executionId: z.string().nullable(),
  /** The step that is selected. */
  stepId: z.string().nullable(),
  /** What an execution that is started from here is to run; null: everything. */
  scope: ExecutionScope.nullable().default(null),
});
export type PlanPanelState = z.infer<typeof PlanPanelState>;

export const LogViewState = z.object({
  folder: z.string(),
  /** Null: the one that started last. */
  executionId: z.string().nullable(),
  stepId: z.string().nullable(),
});
export type LogViewState = z.infer<typeof LogViewState>;

/** From a webview to the extension. */
export const FromWebview = z.discriminatedUnion("type", [
  /** It is there and listens. The answer is `show`. */
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("request"), id: z.int(), method: z.enum(WEBVIEW_OPERATIONS), params: z.unknown() }),
  /** Keep this for after a reload. */
  z.object({ type: z.literal("remember"), state: z.union([PlanPanelState, LogViewState]) }),
  /** What it is called, for its tab. */
  z.object({ type: z.literal("title"), title: z.string().max(500), specPath: z.string() }),
  /** Show a place of a file of the workspace in an editor. Line from 1. */
  z.object({ type: z.literal("open-file"), path: z.string(), line: z.int().min(1).nullable() }),
  z.object({ type: z.literal("open-log"), executionId: z.string(), stepId: z.string().nullable() }),
  /** The whole log, also what the view does not hold, in an editor; or to where the person says. */
  z.object({ type: z.literal("open-log-file"), executionId: z.string(), stepId: z.string().nullable() }),
  z.object({ type: z.literal("export-log"), executionId: z.string(), stepId: z.string().nullable() }),
  z.object({ type: z.literal("open-report"), executionId: z.string() }),
  /** Open the file in which the folder says which agents it has; a new one proposes an agent that can do this. */
  z.object({ type: z.literal("define-agents"), capabilities: z.array(z.string()) }),
  /** Show what is spent and reserved of all limits of the folder. */
  z.object({ type: z.literal("open-budget") }),
  z.object({ type: z.literal("copy"), text: z.string() }),
]);
export type FromWebview = z.infer<typeof FromWebview>;

/** From the extension to a webview. */
export const ToWebview = z.discriminatedUnion("type", [
  /** `writeBack`: whether executions that are started here tick the boxes of the spec, as the person set it. */
  z.object({ type: z.literal("show-plan"), state: PlanPanelState, writeBack: z.boolean() }),
  z.object({ type: z.literal("show-log"), state: LogViewState }),
  z.object({ type: z.literal("response"), id: z.int(), result: z.unknown() }),
  /** `error` is a Failure. */
  z.object({ type: z.literal("refusal"), id: z.int(), error: z.unknown() }),
  z.object({ type: z.literal("notification"), method: z.string(), params: z.unknown() }),
  /**
   * Whether there is a worker to talk to. After `lost` all subscriptions are gone; after the next `connected` the webview opens
   * them anew from its cursors.
   */
  z.object({
    type: z.literal("connection"),
    state: z.enum(["connecting", "connected", "lost"]),
    /** For the person, when it is lost. */
    message: z.string().nullable(),
  }),
]);
export type ToWebview = z.infer<typeof ToWebview>;
