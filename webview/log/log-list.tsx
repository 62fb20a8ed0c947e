import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { count, t } from "../text.ts";
import { copyPlaces } from "./copy-places.ts";
import { GapCells, LineCells } from "./log-row.tsx";
import type { LogModel } from "./log-model.ts";
import { isSelected, movedBy, selectedText, type RowSelection } from "./row-selection.ts";
import { useRowWindow, type RowWindow } from "./row-window.ts";

/** Distance from the end, in pixels, that still counts as the end. */
const END_PIXELS = 6;

interface LogListProps {
  readonly model: LogModel;
  readonly list: RefObject<HTMLDivElement | null>;
}

/** The lines, as many as fit. Follows the end until the reader leaves it, and never moves what they read. */
export function LogList({ model, list }: LogListProps): JSX.Element {
  const { feed } = model;
  const { ring, following } = model.view.value;
  const selection = model.selection.value;
  const onSelect = (next: RowSelection | null): void => {
    model.selection.value = next;
  };
  const rowHeight = useRowHeight(list);
  const wrap = model.wrap.value;
  const [whole, setWhole] = useState<ReadonlySet<number>>(new Set());
  const window = useRowWindow({
    ...{ scroller: list, count: ring.length, rowHeight, measured: wrap, following },
    keyOf: (index) => ring.firstId + index,
  });
  useScrolling(model, list, window);
  useCopying(model, list);
  useLayoutEffect(() => {
    if (selection !== null) window.rows.scrollToIndex(selection.active - ring.firstId, { align: "auto" });
  }, [selection?.active]);

  const first = (list.current?.scrollTop ?? 0) / rowHeight;
  const page = Math.max(1, Math.floor((list.current?.clientHeight ?? rowHeight) / rowHeight) - 1);
  const onKeyDown = (event: KeyboardEvent): void => {
    // Keys may come faster than the list is drawn.
    const selection = model.selection.peek();
    if (event.key === "Enter" && selection !== null)
      list.current?.querySelector<HTMLElement>(`#row-${selection.active} button`)?.click();
    if (event.key === "Escape" && selection !== null) onSelect(null);
    if (event.altKey || event.ctrlKey || event.metaKey) {
      if (event.key !== "a") return;
      event.preventDefault();
      model.leaveEnd();
      onSelect({ anchor: ring.firstId, active: ring.endId - 1 });
      return;
    }
    const from = following ? ring.endId - 1 : ring.firstId + Math.round(first);
    const moved = movedBy(event.key, event.shiftKey, { ring, selection, from, page });
    if (moved === null) return;
    event.preventDefault();
    if (event.key === "End" && !event.shiftKey) feed.latest();
    else model.leaveEnd();
    onSelect(moved);
  };
  return (
    <div
      ref={list}
      class={wrap ? "log-list wrap" : "log-list"}
      role="grid"
      tabIndex={0}
      aria-label={t("Log lines")}
      aria-rowcount={ring.length}
      aria-colcount={4}
      aria-multiselectable
      {...(selection === null ? {} : { "aria-activedescendant": `row-${selection.active}` })}
      onKeyDown={onKeyDown}
    >
      <div class="log-rows" role="rowgroup" style={{ height: `${window.height}px` }}>
        {window.items.map(({ index, start, key }) => (
          <LogListRow
            key={String(key)}
            {...{ model, index, start, selection, onSelect }}
            measure={wrap ? window.rows.measureElement : null}
            whole={whole.has(Number(key))}
            onWhole={() => {
              setWhole(new Set([...whole, Number(key)]));
            }}
          />
        ))}
      </div>
    </div>
  );
}

interface LogListRowProps {
  readonly model: LogModel;
  readonly index: number;
  /** Distance from the beginning of the list, in pixels. */
  readonly start: number;
  readonly selection: RowSelection | null;
  readonly onSelect: (selection: RowSelection | null) => void;
  readonly measure: ((element: HTMLElement | null) => void) | null;
  readonly whole: boolean;
  readonly onWhole: () => void;
}

function LogListRow(props: LogListRowProps): JSX.Element | null {
  const { model, index, start, selection, onSelect, measure, whole, onWhole } = props;
  const row = model.view.value.ring.at(index);
  if (row === null) return null;
  const isActive = row.id === selection?.active;
  const isInRange = isSelected(selection, row.id);
  const classes = ["log-row", row.kind === "line" ? `row-${row.level}` : "row-gap"];
  if (isActive) classes.push("active");
  if (isInRange) classes.push("selected");
  const onClick = (event: MouseEvent): void => {
    if (getSelection()?.isCollapsed === false && !event.shiftKey) return;
    if (event.shiftKey) getSelection()?.removeAllRanges();
    model.leaveEnd();
    onSelect({ active: row.id, anchor: event.shiftKey ? (selection?.anchor ?? row.id) : row.id });
  };
  const onOpenFile = (): void => {
    model.openFile();
  };
  return (
    <div
      id={`row-${row.id}`}
      ref={measure}
      data-index={index}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isActive || isInRange}
      class={classes.join(" ")}
      style={{ transform: `translateY(${start}px)` }}
      onClick={onClick}
    >
      {row.kind === "gap" ? (
        <GapCells
          gap={row}
          onOpenFile={onOpenFile}
          onShow={() => {
            model.readFrom(row.cursor);
          }}
        />
      ) : (
        <LineCells
          {...{ line: row, whole, onWhole, onOpenFile, current: isActive }}
          step={row.stepId === null ? null : model.names.titleOf(row.stepId)}
          pattern={model.matches.value.search?.pattern ?? null}
        />
      )}
    </div>
  );
}

/** One row's height follows from the theme's font. */
function useRowHeight(list: RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(20);
  useLayoutEffect(() => {
    const measured = list.current === null ? Number.NaN : Number.parseFloat(getComputedStyle(list.current).lineHeight);
    if (Number.isFinite(measured) && measured > 0) setHeight(Math.round(measured));
  }, []);
  return height;
}

/** Whoever scrolls back reads, and whoever comes to the end follows again. */
function useScrolling(model: LogModel, list: RefObject<HTMLElement | null>, { rows }: RowWindow): void {
  useEffect(() => {
    const element = list.current;
    if (element === null) return () => {};
    let before = element.scrollTop;
    const onScroll = (): void => {
      const { scrollTop, scrollHeight, clientHeight } = element;
      const atEnd = scrollHeight - scrollTop - clientHeight <= END_PIXELS;
      if (atEnd) model.reachEnd();
      else if (scrollTop < before - 1) model.leaveEnd();
      before = scrollTop;
    };
    // Before the list hears of it and draws anew as if the reader were still at the end.
    element.addEventListener("scroll", onScroll, { passive: true, capture: true });
    return () => {
      element.removeEventListener("scroll", onScroll, { capture: true });
    };
  }, [model]);
  // What follows may have changed its height without new lines.
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    const { phase } = model.feed.state;
    if (phase === "reading" && element.scrollHeight <= element.clientHeight) model.reachEnd();
    if (!model.feed.following) return;
    if (element.scrollHeight - element.scrollTop - element.clientHeight > END_PIXELS) rows.scrollToEnd();
  });
}

/** Text that a person marks, or the rows that they selected, is copied without times, levels and steps. */
function useCopying(model: LogModel, list: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const onMarked = (): void => {
      const marked = getSelection();
      if (marked === null || marked.isCollapsed || !list.current?.contains(marked.anchorNode)) return;
      model.leaveEnd();
    };
    const onCopy = (event: ClipboardEvent): void => {
      const text = textToCopy();
      if (text === null) return;
      event.preventDefault();
      event.clipboardData?.setData("text/plain", text);
    };
    const textToCopy = (): string | null => {
      const { ring } = model.feed;
      const marked = list.current === null ? null : copyPlaces(list.current, ring);
      if (marked !== null) return marked;
      const selection = model.selection.peek();
      if (selection === null || document.activeElement !== list.current) return null;
      const { active, anchor } = selection;
      return selectedText(ring, Math.min(active, anchor), Math.max(active, anchor));
    };
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== "c" || !(event.ctrlKey || event.metaKey) || getSelection()?.isCollapsed === false) return;
      const text = textToCopy();
      // Without a marked text the browser does not ask for one.
      if (text !== null) model.host.tell({ type: "copy", text });
    };
    document.addEventListener("selectionchange", onMarked);
    document.addEventListener("copy", onCopy);
    document.addEventListener("keydown", onKeyDown);
    return () => {
      document.removeEventListener("selectionchange", onMarked);
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("keydown", onKeyDown);
    };
  }, [model]);
}

/** For those who do not see them come. Said rarely: a flood of lines is no message. */
export function announcement(unseen: number | null): string {
  return unseen === null || unseen === 0 ? "" : count(unseen, "{0} new line", "{0} new lines");
}
