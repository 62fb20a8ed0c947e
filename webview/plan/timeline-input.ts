import { useLayoutEffect, useRef } from "preact/hooks";
import type { TimelineRow } from "./timeline-rows.ts";
import type { TimeWindow } from "./timeline-scale.ts";

export const ZOOM_STEP = 1.5;
/** Share of what is shown by which keys move it. */
const PAN_SHARE = 0.2;

/** What a person can do with the timeline, whether by keys or with a pointer. */
export interface TimelineActions {
  readonly shown: TimeWindow;
  readonly onSelect: (stepId: string) => void;
  readonly onHover: (stepId: string | null) => void;
  /** Shows all of the time. */
  readonly onFit: () => void;
  /** Around a moment that stays where it is; the middle when none is given. */
  readonly zoom: (factor: number, around?: number) => void;
  /** By so many milliseconds. */
  readonly pan: (by: number) => void;
}

interface KeyOptions extends TimelineActions {
  /** The steps as arrow keys walk along them. */
  readonly order: readonly TimelineRow[];
  readonly active: string | null;
  readonly setActive: (stepId: string | null) => void;
  readonly page: number;
}

/** Up and down along the steps, left and right along the time. */
export function useKeys(options: KeyOptions): (event: KeyboardEvent) => void {
  const { order, active, setActive, page, shown, onSelect, onHover, onFit, zoom, pan } = options;
  const go = (by: number): void => {
    const from = order.findIndex(({ step }) => step.id === active);
    const to = Math.min(order.length - 1, Math.max(0, from === -1 ? (by < 0 ? order.length - 1 : 0) : from + by));
    const id = order[to]?.step.id ?? null;
    setActive(id);
    onHover(id);
  };
  const step = (shown.end - shown.start) * PAN_SHARE;
  const keys: Readonly<Record<string, () => void>> = {
    ArrowUp: () => go(-1),
    ArrowDown: () => go(1),
    PageUp: () => go(-page),
    PageDown: () => go(page),
    Home: () => go(-order.length),
    End: () => go(order.length),
    ArrowLeft: () => pan(-step),
    ArrowRight: () => pan(step),
    Enter: () => {
      if (active !== null) onSelect(active);
    },
    " ": () => {
      if (active !== null) onSelect(active);
    },
    "+": () => zoom(ZOOM_STEP),
    "=": () => zoom(ZOOM_STEP),
    "-": () => zoom(1 / ZOOM_STEP),
    "0": onFit,
  };
  return (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
}

interface PointerOptions extends TimelineActions {
  readonly element: { readonly current: HTMLElement | null };
  readonly labelWidth: number;
  readonly trackWidth: number;
}

interface PointerHandlers {
  readonly onClick: (event: MouseEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerUp: () => void;
}

/** Wheel with Ctrl zooms, sideways it moves; dragging moves, too. A click selects the step under the pointer. */
export function usePointer(options: PointerOptions): PointerHandlers {
  const { element, shown, labelWidth, trackWidth, zoom, pan, onSelect, onHover } = options;
  const drag = useRef<{ from: number; moved: boolean } | null>(null);
  const perPixel = (shown.end - shown.start) / trackWidth;
  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return () => {};
    const onWheel = (event: WheelEvent): void => {
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        const x = event.clientX - target.getBoundingClientRect().left - labelWidth;
        zoom(Math.exp(-event.deltaY / 300), shown.start + Math.max(0, x) * perPixel);
      } else if (sideways !== 0) pan(sideways * perPixel);
      else return;
      event.preventDefault();
    };
    // A listener that may keep the page from scrolling has to say so.
    target.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      target.removeEventListener("wheel", onWheel);
    };
  });
  return {
    onClick: (event) => {
      const id = stepAt(event.target);
      if (id !== null && drag.current?.moved !== true) onSelect(id);
      drag.current = null;
    },
    onPointerDown: (event) => {
      drag.current = { from: event.clientX, moved: false };
    },
    onPointerMove: (event) => {
      onHover(stepAt(event.target));
      const { current } = drag;
      if (current === null || event.buttons !== 1) return;
      const by = current.from - event.clientX;
      if (!current.moved && Math.abs(by) < 4) return;
      drag.current = { from: event.clientX, moved: true };
      pan(by * perPixel);
    },
    onPointerUp: () => {
      if (drag.current?.moved === false) drag.current = null;
    },
  };
}

function stepAt(target: EventTarget | null): string | null {
  return target instanceof Element ? (target.closest<HTMLElement>("[data-step]")?.dataset["step"] ?? null) : null;
}
