import { select } from "d3-selection";
import { zoom, zoomIdentity, type ZoomBehavior } from "d3-zoom";
import { useEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";
import { MAX_SCALE, MIN_SCALE, type Transform } from "./viewport.ts";

export interface ZoomControl {
  /** Where the drawing is now. */
  readonly current: () => Transform;
  readonly set: (transform: Transform) => void;
  /** By a factor, around the middle of the view. */
  readonly by: (factor: number) => void;
}

/**
 * Moves and scales a drawing by mouse, wheel and touch: dragging and the wheel move it, the wheel with Ctrl (or two fingers) scales it.
 * `onMove` is called at most once a frame.
 */
export function useZoom(
  ref: RefObject<HTMLElement | null>,
  onMove: (transform: Transform, byPerson: boolean) => void,
): ZoomControl {
  const behavior = useRef<ZoomBehavior<HTMLElement, unknown> | null>(null);
  const transform = useRef<Transform>({ x: 0, y: 0, k: 1 });
  const listener = useRef(onMove);
  listener.current = onMove;

  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    let frame = 0;
    const own = zoom<HTMLElement, unknown>()
      .scaleExtent([MIN_SCALE, MAX_SCALE])
      .filter((event: MouseEvent) => (event.type === "wheel" ? event.ctrlKey || event.metaKey : event.button === 0))
      .on("zoom", (event: { transform: Transform; sourceEvent: Event | null }) => {
        const { x, y, k } = event.transform;
        transform.current = { x, y, k };
        const byPerson = event.sourceEvent !== null;
        frame ||= requestAnimationFrame(() => {
          frame = 0;
          listener.current(transform.current, byPerson);
        });
      });
    behavior.current = own;
    // A double click opens a step; it does not scale.
    select(element).call(own).on("dblclick.zoom", null);
    const onWheel = (event: WheelEvent): void => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const [dx, dy] = event.shiftKey ? [event.deltaY, event.deltaX] : [event.deltaX, event.deltaY];
      const { k } = transform.current;
      own.translateBy(select(element), (-dx * unit) / k, (-dy * unit) / k);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener("wheel", onWheel);
      select(element).on(".zoom", null);
    };
  }, [ref]);

  return {
    current: () => transform.current,
    set: ({ x, y, k }) => {
      const element = ref.current;
      if (element && behavior.current) {
        behavior.current.transform(select(element), zoomIdentity.translate(x, y).scale(k));
      }
    },
    by: (factor) => {
      const element = ref.current;
      if (element && behavior.current) behavior.current.scaleBy(select(element), factor);
    },
  };
}
