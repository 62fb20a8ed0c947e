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
