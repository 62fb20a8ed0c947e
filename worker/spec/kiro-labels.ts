import { isIdList } from "./requirement-ids.ts";

/** What a line such as `_Requirements: 1.1, 2.3_` says of a task. */
export interface KiroLabel {
  readonly kind: "requirements" | "depends" | "boundary";
  /** Where its text begins, and the part behind the colon without the marks around; offsets in the text that was read. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

const REQUIREMENTS =
  "validates|requirements?|需求|要求|要件|요구사항|requisitos|requisiti|exigences|anforderungen|требования";
const DEPENDS = "depends(?: on)?|dependencies";
const NAMES = `(?:(${REQUIREMENTS})|(${DEPENDS})|(boundary))`;

/** Emphasised anywhere, or plain at the beginning of a line. */
const LABEL = new RegExp(
  String.raw`(?:([_*])|^[ \t>]*(?:[-+*][ \t]+)?)${NAMES}[ \t]*[_*]{0,3}[ \t]*[:：][ \t]*([_*]{0,3})`,
  "gimu",
);
/** Longer texts are no lists of ids. */
const VALUE_LIMIT = 2_000;

/** The labels of Kiro and cc-sdd in the text of a task, in order. Each character is looked at once or twice. */
export function readKiroLabels(text: string): KiroLabel[] {
  const labels: KiroLabel[] = [];
  const pattern = new RegExp(LABEL);
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [whole, mark, requirements, depends, , closed = ""] = match;
    const from = match.index + whole.length;
    const to = valueEnd(text, from, mark !== undefined && closed === "");
    pattern.lastIndex = to;
    // "Requirements: Node 18" in plain words is text.
    if (mark === undefined && closed === "" && !isIdList(text.slice(from, to))) continue;
    const kind = requirements !== undefined ? "requirements" : depends !== undefined ? "depends" : "boundary";
    labels.push({ kind, start: match.index, from, to });
  }
  return labels;
}

/** Emphasised text goes on to the mark that closes it, also over a line break; everything else to the end of its line. */
function valueEnd(text: string, from: number, emphasised: boolean): number {
  const rest = text.slice(from, from + VALUE_LIMIT);
  const line = /^[^\r\n]*/.exec(rest)?.[0].length ?? 0;
  if (!emphasised) return from + line;
  const close = /_(?![\p{L}\p{N}_])|\*/u.exec(rest);
  if (!close) return from + line;
  const isWhole = !/\n[ \t]*(?:[-+*][ \t]|\r?\n)/.test(rest.slice(0, close.index));
  return from + (isWhole ? close.index : Math.min(line, close.index));
}
