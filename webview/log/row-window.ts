import {
  elementScroll,
  measureElement,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
  type VirtualizerOptions,
} from "@tanstack/virtual-core";
import { useLayoutEffect, useReducer, useRef } from "preact/hooks";
import type { RefObject } from "preact";

type Rows = Virtualizer<HTMLElement, HTMLElement>;

interface WindowOptions {
  readonly scroller: RefObject<HTMLElement | null>;
  readonly count: number;
  readonly rowHeight: number;
  /** Rows differ in height and are measured. */
  readonly measured: boolean;
  readonly keyOf: (index: number) => number;
  /** New rows at the end come into view. */
  readonly following: boolean;
}

export interface RowWindow {
  readonly rows: Rows;
  readonly items: readonly VirtualItem[];
  readonly height: number;
}

/** The rows of a long list that are in view. What a reader looks at stays where it is while rows before it go. */
export function useRowWindow(options: WindowOptions): RowWindow {
  const { scroller, count, rowHeight, measured, keyOf, following } = options;
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  const all: VirtualizerOptions<HTMLElement, HTMLElement> = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: keyOf,
    overscan: 12,
    anchorTo: "end",
    followOnAppend: following,
    scrollEndThreshold: rowHeight,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    measureElement,
    onChange: () => {
      redraw(undefined);
    },
  };
  const kept = useRef<Rows | null>(null);
  const rows = (kept.current ??= new Virtualizer(all));
  rows.setOptions(all);
  useLayoutEffect(() => rows._didMount(), [rows]);
  useLayoutEffect(() => {
    rows._willUpdate();
  });
  useLayoutEffect(() => {
    rows.measure();
  }, [rows, measured, rowHeight]);
  return { rows, items: rows.getVirtualItems(), height: rows.getTotalSize() };
}
