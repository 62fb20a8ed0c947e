import type { Dialect } from "../../schemas/spec.ts";

const WORDS: Partial<Record<Dialect, string>> = {
  speckit: "its `(depends on …)`",
  kiro: "its `_Depends:_`",
  taskmaster: "its `dependencies`",
};

/** What people of a dialect call the list of what a task waits for. */
export function needsWords(dialect: Dialect): string {
  return WORDS[dialect] ?? "`needs`";
}
