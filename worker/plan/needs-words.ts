import type { Dialect } from "../../schemas/spec.ts";

interface NeedsWords {
  /** In a sentence, behind "from". */
  readonly told: string;
  /** In the title of something to do. */
  readonly name: string;
}

const PLAIN: NeedsWords = { told: "`needs`", name: "needs" };

const WORDS: Partial<Record<Dialect, NeedsWords>> = {
  speckit: { told: "its `(depends on …)`", name: "dependencies" },
  kiro: { told: "its `_Depends:_`", name: "_Depends_" },
  taskmaster: { told: "its `dependencies`", name: "dependencies" },
};

/** What people of a dialect call the list of what a task waits for. */
export function needsWords(dialect: Dialect): NeedsWords {
  return WORDS[dialect] ?? PLAIN;
}
