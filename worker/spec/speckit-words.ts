import type { TaskWords } from "./markdown-dialect.ts";
import { plainTitle } from "./plain-title.ts";
import { isIdList, readRequirementIds } from "./requirement-ids.ts";

/**
 * A task id as Spec Kit's tasks template has it (T001), or as people go on from there: T105a, T1.1, R001. Other letters than T
 * need two digits, because "S3 bucket" is no id.
 */
export const TASK_ID = String.raw`(?:T\d{1,6}|[A-SU-Z]\d{2,6})(?:\.\d{1,4}){0,3}[A-Za-z]?(?![\p{L}\p{N}_])`;

const OWN_ID = new RegExp(String.raw`^(?:\[(${TASK_ID})\]|(\x60?)(${TASK_ID})\2)`, "u");
/** "T001-T005": the one that is named first is the id, and all of it stays in the title. */
const FURTHER_ID = /^\s{0,3}(?:[-–—~〜～/,&+]|to\b|and\b)\s{0,3}T?\d/;
/** Brackets of a link are none of ours. */
const LABEL = /^[\s:]*\[([^[\]\n]{1,80})\](?!\()/;

/**
 * Reads the words of a task: its id, then `[P]`, stories and other labels in any order. Stories become requirements; other labels
 * stay in the title, because only their authors know what they mean. Null: it begins with no id, so it is no task of Spec Kit.
 */
export function readTaskWords(text: string): (TaskWords & { readonly id: string }) | null {
  const words = plainTitle(text);
  const plain = words.includes("\\") ? words.replace(/\\([[\]])/g, "$1") : words;
  const mark = /^\[P\]\s+/.exec(plain)?.[0] ?? "";
  const match = OWN_ID.exec(plain.slice(mark.length));
  if (!match) return null;
  const id = match[1] ?? match[3] ?? "";
  let parallel = mark !== "";
  let rest = plain.slice(mark.length + match[0].length);
  if (FURTHER_ID.test(rest)) return { id, title: `${id}${rest}`, parallel, requirements: [] };
  const requirements: string[] = [];
  const labels: string[] = [];
  for (let label = LABEL.exec(rest); label; label = LABEL.exec(rest)) {
    const inside = (label[1] ?? "").trim();
    if (inside === "P") parallel = true;
    else if (isRequirementList(inside)) requirements.push(...readRequirementIds(inside));
    else labels.push(`[${inside}]`);
    rest = rest.slice(label[0].length);
  }
  const title = rest.replace(/^[\s.:)：、–—-]+/u, "");
  return { id, title: [...labels, title].filter((part) => part !== "").join(" "), parallel, requirements };
}

/** User stories such as `US1, US2` and numbered requirements such as `FR-001, SC-001–SC-006`; no priorities, no tasks. */
export function isRequirementList(words: string): boolean {
  return /^(?:US-?|[A-Z]{1,6}-)\d/.test(words) && isIdList(words);
}
