import { z } from "zod";
import { KeptPermission } from "../kept-permission.ts";
import { operation } from "../operation.ts";
import { CommandId } from "./spec.ts";

export const permissionList = operation({
  name: "permission.list",
  summary: "List what agents may always do in this workspace, oldest first.",
  params: z.strictObject({}),
  result: z.object({ permissions: z.array(KeptPermission) }),
  effect: "read",
  audience: ["person"],
  http: { method: "GET", path: "/api/v1/permissions" },
});

export const permissionForget = operation({
  name: "permission.forget",
  summary:
    "Take back what agents may always do: all of it, of one agent, or one subject. What was allowed is asked again.",
  params: z.strictObject({
    agent: z.string().nullable().default(null),
    subject: z.string().nullable().default(null),
    commandId: CommandId,
  }),
  result: z.object({ forgotten: z.array(KeptPermission) }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/permissions/forget" },
});
