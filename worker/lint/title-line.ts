import type { SpecTask } from "../../schemas/spec.ts";
import type { Element, Span } from "./places.ts";

/** List markers, quotes, heading marks and the box, with Kiro's star. */
const LEAD = /^(?:(?:[-*+]|\d{1,9}[.)]|>|#{1,6})[ \t]+)*(?:\[[ xX~-]\](?:\\?\*)?[ \t]*)?/;
const MARK = /\[P\]|[(（]P[)）]/;

interface TitleLine {
  /** The words behind the box; in other dialects than ours the id is one of them. */
  readonly title: Span;
  readonly mark: Span | null;
  readonly id: Element | null;
}

/** What stands in the line that a task begins with. */
export function titleLine(text: string, { from, to }: Span, task: SpecTask): TitleLine {
  const line = text.slice(from, to);
  const lead = LEAD.exec(line)?.[0].length ?? 0;
  const found = task.parallel ? MARK.exec(line.slice(lead)) : null;
  const mark = found ? { from: from + lead + found.index, to: from + lead + found.index + found[0].length } : null;
  const behind = mark && mark.from === from + lead ? lead + (mark.to - mark.from) : lead;
  const words = line.slice(behind).trim();
  const start = from + behind + (line.length - behind - line.slice(behind).trimStart().length);
  const at = task.ownId === null ? -1 : line.indexOf(task.ownId, lead);
  return {
    title: words === "" ? { from, to } : { from: start, to: start + words.length },
    mark,
    id: at < 0 || task.ownId === null ? null : { text: task.ownId, from: from + at, to: from + at + task.ownId.length },
  };
}
