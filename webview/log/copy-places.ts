import type { LineRing } from "./line-ring.ts";
import { selectedText } from "./row-selection.ts";

/**
 * The text that is marked in the list, as lines; null: none is, or only within one message, which the browser copies well enough.
 * Rows between those at its ends come from what is held, since only those in view are in the page.
 */
export function copyPlaces(list: HTMLElement, ring: LineRing): string | null {
  const marked = getSelection();
  if (marked === null || marked.isCollapsed || marked.rangeCount === 0) return null;
  const range = marked.getRangeAt(0);
  const from = rowOf(range.startContainer);
  const to = rowOf(range.endContainer);
  if (from === null || to === null || !list.contains(from)) return null;
  const first = part(from, range, "start");
  if (from === to) return first;
  const middle = selectedText(ring, idOf(from) + 1, idOf(to) - 1);
  return [first, ...(idOf(to) - idOf(from) > 1 ? [middle] : []), part(to, range, "end")].join("\n");
}

function rowOf(node: Node): HTMLElement | null {
  const element = node instanceof HTMLElement ? node : node.parentElement;
  return element?.closest<HTMLElement>(".log-row") ?? null;
}

function idOf(row: HTMLElement): number {
  return Number(row.id.replace("row-", ""));
}

/** What of a row's message lies within a range. */
function part(row: HTMLElement, range: Range, side: "start" | "end"): string {
  const message = row.querySelector(".log-text");
  if (message === null) return "…";
  const piece = document.createRange();
  piece.selectNodeContents(message);
  if (side === "start" && message.contains(range.startContainer))
    piece.setStart(range.startContainer, range.startOffset);
  if (message.contains(range.endContainer)) piece.setEnd(range.endContainer, range.endOffset);
  return piece.toString();
}
