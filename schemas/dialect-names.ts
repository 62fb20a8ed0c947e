import type { Dialect } from "./spec.ts";

/** What people call each dialect: the names of the tools that it comes from. */
export const DIALECT_NAMES: Readonly<Record<Dialect, string>> = {
  spec: "Planwright",
  speckit: "Spec Kit",
  kiro: "Kiro",
  "kiro-requirements": "Kiro requirements",
  taskmaster: "Task Master",
  openspec: "OpenSpec",
  checklist: "Checklist",
  prose: "Prose",
};

/** Those that new specs can be written in, in the order in which people see them. */
export const TEMPLATE_DIALECTS = [
  "spec",
  "speckit",
  "kiro",
  "taskmaster",
  "openspec",
  "checklist",
] as const satisfies readonly Dialect[];

/** Those that a file can be read as which is to be planned: requirements are read beside tasks and hold none. */
export const PLANNED_DIALECTS: readonly Dialect[] = [...TEMPLATE_DIALECTS, "prose"];
