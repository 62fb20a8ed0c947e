import type { TaskDraft } from "./task-draft.ts";

const OWN_PART = 48;
const PARENT_PART = 32;

/**
 * Internal ids, unique in the document: the file's own id, or a slug of the titles on the way to the task. Whoever comes
 * second gets `#2`. Own ids are given out first, so that no slug takes one away. Also returns the tasks that repeat the own id of another.
 */
export function assignIds(drafts: readonly TaskDraft[]): {
  ids: Map<TaskDraft, string>;
  repeated: { draft: TaskDraft; first: TaskDraft }[];
} {
  const ids = new Map<TaskDraft, string>();
  const numbers = new Map<string, number>();
  const taken = new Set<string>();
  const firsts = new Map<string, TaskDraft>();
  const repeated: { draft: TaskDraft; first: TaskDraft }[] = [];
  for (const draft of drafts) {
    const { id } = draft.own;
    if (id !== undefined && !firsts.has(id)) {
      firsts.set(id, draft);
      taken.add(id);
      ids.set(draft, id);
    }
  }
  for (const draft of drafts) {
    const { id } = draft.own;
    if (ids.has(draft)) continue;
    ids.set(draft, unique(id ?? slugOf(draft, ids), taken, numbers));
    const first = id === undefined ? undefined : firsts.get(id);
    if (first) repeated.push({ draft, first });
  }
  return { ids, repeated };
}

function unique(wanted: string, taken: Set<string>, numbers: Map<string, number>): string {
  let candidate = wanted;
  while (taken.has(candidate)) {
    const number = (numbers.get(wanted) ?? 1) + 1;
    numbers.set(wanted, number);
    candidate = `${wanted}#${number}`;
  }
  taken.add(candidate);
  return candidate;
}

function slugOf(draft: TaskDraft, ids: ReadonlyMap<TaskDraft, string>): string {
  const own = slug(draft.title, OWN_PART) || "task";
  const parent = draft.parent ? (ids.get(draft.parent) ?? "") : "";
  const above = slug(parent, PARENT_PART);
  return above === "" ? own : `${above}-${own}`;
}

/** Lower case, letters and digits of any language, everything else a dash; at most `limit` characters, cut between words. */
export function slug(text: string, limit: number): string {
  const words = text
    .slice(0, 500)
    .normalize("NFC")
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== "");
  let result = "";
  for (const word of words) {
    const longer = result === "" ? word : `${result}-${word}`;
    if (longer.length > limit) return result === "" ? [...word].slice(0, limit >> 1).join("") : result;
    result = longer;
  }
  return result;
}
