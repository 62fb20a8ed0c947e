import { z } from "zod";
import { HookDelivery } from "../hook.ts";
import { operation } from "../operation.ts";
import { CommandId } from "./spec.ts";

export const hookList = operation({
  name: "hook.list",
  summary: "List what hooks were sent, newest first.",
  params: z.strictObject({
    executionId: z.string().nullable().default(null),
    limit: z.int().min(1).max(1_000).default(50),
  }),
  result: z.object({
    deliveries: z.array(HookDelivery),
    /** What is wrong with the hooks file, one sentence each. */
    problems: z.array(z.string()),
  }),
  effect: "read",
  audience: ["person"],
  http: { method: "GET", path: "/api/v1/hooks/deliveries" },
});

export const hookRetry = operation({
  name: "hook.retry",
  summary: "Send again what was given up.",
  params: z.strictObject({ executionId: z.string().nullable().default(null), commandId: CommandId }),
  result: z.object({ queued: z.int().min(0) }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/hooks/retry" },
});
