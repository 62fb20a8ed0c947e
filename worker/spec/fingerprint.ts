import type { TaskDraft } from "./task-draft.ts";

/** Short and fast, for noticing edits; not for safety. */
export function fingerprintOf(draft: TaskDraft): string {
  return fingerprintOfWords([draft.title, draft.parallel, draft.instructions, draft.own]);
}

/** The same of anything that JSON can say. */
export function fingerprintOfWords(words: readonly unknown[]): string {
  return hash(JSON.stringify(words));
}

/** Two FNV-1a sums with different seeds, 64 bits together. */
function hash(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ (code + index), 0x85ebca6b);
  }
  return (low >>> 0).toString(16).padStart(8, "0") + (high >>> 0).toString(16).padStart(8, "0");
}
