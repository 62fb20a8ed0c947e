import { z } from "zod";
import { ToolKind } from "./agent.ts";

/** What a person always lets an agent do in a workspace, until they take it back (catalogue F1). */
export const KeptPermission = z.object({
  agent: z.string(),
  tool: ToolKind,
  /** The command, path or address that it holds for, exactly. */
  subject: z.string(),
  by: z.string(),
  at: z.iso.datetime(),
});
export type KeptPermission = z.infer<typeof KeptPermission>;

/** The file in the person's state folder. */
export const KeptPermissions = z.object({ v: z.literal(1), permissions: z.array(KeptPermission) });
