import { z } from "zod";
import { operation } from "../operation.ts";

/** A role as lists show it (catalogue D2). */
const RoleView = z.object({
  id: z.string(),
  /** One line. */
  summary: z.string(),
  /** Whether its steps change files. */
  writes: z.boolean(),
  /** The file of the workspace with its template, with `/`; null: it is built in. */
  path: z.string().nullable(),
  /** What agents in this role are told, with places such as `{{title}}`. */
  template: z.string(),
});
export type RoleView = z.infer<typeof RoleView>;

export const roleList = operation({
  name: "role.list",
  summary: "List the roles that steps can have, with the prompt template of each.",
  params: z.strictObject({}),
  result: z.object({
    roles: z.array(RoleView),
    /** The places that templates can have, with what stands there. */
    places: z.record(z.string(), z.string()),
    /** What is wrong with templates of the workspace, one sentence each. */
    problems: z.array(z.string()),
  }),
  effect: "read",
  audience: ["person"],
  http: { method: "GET", path: "/api/v1/roles" },
});
