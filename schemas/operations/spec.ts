import { z } from "zod";
import { operation } from "../operation.ts";
import { SpecDocument } from "../spec.ts";

/** A path relative to the workspace folder, or absolute inside it. */
export const WorkspacePath = z.string().min(1).max(4_096);

export const specParse = operation({
  name: "spec.parse",
  summary: "Read a spec file and show what was understood. Writes nothing.",
  params: z.strictObject({ path: WorkspacePath }),
  result: z.object({ path: z.string(), document: SpecDocument }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "POST", path: "/api/v1/specs/parse" },
});
