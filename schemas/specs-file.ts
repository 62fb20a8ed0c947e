import { z } from "zod";
import { Dialect } from "./spec.ts";

/** The content of `.planwright/specs.json`: as what a person wants specs to be read, whatever they look like. */
export const SpecsFile = z.strictObject({
  $schema: z.string().optional(),
  /** By path inside the workspace, with `/`. */
  dialects: z.record(z.string(), Dialect).default({}),
});
export type SpecsFile = z.infer<typeof SpecsFile>;
