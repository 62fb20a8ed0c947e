import type { LineRing } from "./line-ring.ts";
import type { LogRow } from "./log-line.ts";

/** The row that keys act on, and the rows between it and where a selection began. Rows are told by their ids. */
export interface RowSelection {
  readonly active: number;
  /** Where the selection began; the active row when only that one is selected. */
  readonly anchor: number;
}

export function isSelected(selection: RowSelection | null, id: number): boolean {
  if (selection === null || selection.active === selection.anchor) return false;
  return id >= Math.min(selection.active, selection.anchor) && id <= Math.max(selection.active, selection.anchor);
}

/** The messages of the selected lines as a person sees them, one a line, without what stands beside them. */
export function selectedText(ring: LineRing, from: number, to: number): string {
  const texts: string[] = [];
  for (let id = Math.max(from, ring.firstId); id <= to; id += 1) {
    const row = ring.byId(id);
    if (row === null) continue;
    texts.push(copiedText(row));
  }
  return texts.join("\n");
}

function copiedText(row: LogRow): string {
  if (row.kind === "gap") return "…";
  return row.cut > 0 ? `${row.text}…` : row.text;
}

/** Where a key takes the selection; null: it is no key of the list. `page`: rows that are on the screen. */
export function movedBy(
  key: string,
  extend: boolean,
  at: {
    readonly ring: LineRing;
    readonly selection: RowSelection | null;
    readonly from: number;
    readonly page: number;
  },
): RowSelection | null {
  const { ring, selection, from, page } = at;
  const first = ring.firstId;
  const last = ring.endId - 1;
  if (last < first) return null;
  const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[key];
  if (step === undefined) return null;
  const begin = selection === null ? from - Math.sign(step) * (Math.abs(step) === 1 ? 1 : 0) : selection.active;
  const active = Math.min(last, Math.max(first, begin + step));
  return { active, anchor: extend ? (selection?.anchor ?? active) : active };
}
