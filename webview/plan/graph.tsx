import { useSignal, type ReadonlySignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { PlanLayout } from "../../schemas/plan-layout.ts";
import { Button, IconButton } from "../parts/button.tsx";
import { useSize } from "../parts/use-size.ts";
import { t } from "../text.ts";
import { drawEdges, GraphEdges } from "./graph-edges.tsx";
import { GraphNodes, nodeId } from "./graph-nodes.tsx";
import type { PlanPage } from "./plan-page.ts";
import { stepLabel } from "./step-words.ts";
import { useZoom } from "./use-zoom.ts";
import {
  boxInView,
  contains,
  detailAt,
  fit,
  Neighbours,
  nodeAt,
  nodesIn,
  readable,
  reveal,
  type Box,
  type Detail,
  type Direction,
  type Size,
  type Transform,
} from "./viewport.ts";
import "./graph.css";

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
/** How many views around the one that is seen are drawn, so that not every movement draws anew. */
const AROUND = 0.25;

/** What is drawn now: everything in the box, in this detail. */
interface Drawn {
  readonly box: Box;
  readonly detail: Detail;
}

/** The graph of the plan: steps as boxes, what they wait for as lines. Everything in it also stands in the list. */
export function Graph({ page, layout }: { page: PlanPage; layout: PlanLayout }): JSX.Element {
  const { ref, size } = useSize<HTMLDivElement>();
  const { scene, drawn, control } = useScene(page, layout, ref, size);
  const neighbours = useMemo(() => new Neighbours(layout), [layout]);
  const edges = useMemo(() => drawEdges(layout, page.critical.value), [layout, page.critical.value]);
  const selected = page.selected.value;
  const isDrawn = nodesIn(drawn.box, layout.nodes).some(({ stepId }) => stepId === selected);
  const stepUnder = (event: MouseEvent): string | null => {
    const bounds = ref.current?.getBoundingClientRect();
    if (!bounds) return null;
    const { x, y, k } = control.current();
    return nodeAt((event.clientX - bounds.left - x) / k, (event.clientY - bounds.top - y) / k, layout.nodes);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (act(event.key)) event.preventDefault();
  };
  /** What a key does; false when it does nothing here. */
  const act = (key: string): boolean => {
    const direction = ARROWS[key];
    if (direction !== undefined) {
      const next =
        selected === null ? (page.lastSelected ?? layout.nodes[0]?.stepId) : neighbours.next(selected, direction);
      if (next !== null && next !== undefined) page.select(next);
    } else if (key === "Enter" && selected !== null) page.openInspector(selected);
    else if (key === "Home") page.select(page.plan.value?.steps[0]?.id ?? null);
    else if (key === "End") page.select(page.plan.value?.steps.at(-1)?.id ?? null);
    else if (key === "+" || key === "=") control.by(ZOOM_STEP);
    else if (key === "-") control.by(1 / ZOOM_STEP);
    else if (key === "0") control.fitAll();
    else return false;
    return true;
  };
  return (
    <div class="graph">
      <div
        ref={ref}
        class="graph-view"
        role="listbox"
        tabIndex={0}
        aria-label={t(
          "Graph of the plan: arrow keys walk along what waits for what, Enter shows a step, plus and minus zoom",
        )}
        aria-activedescendant={selected !== null && isDrawn ? nodeId(page, selected) : undefined}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const stepId = stepUnder(event);
          if (stepId !== null) page.select(stepId);
        }}
        onMouseMove={(event) => {
          // A tooltip says what the box has no room for.
          const step = event.buttons === 0 ? page.stepOf(stepUnder(event)) : null;
          const words = step === null ? "" : stepLabel(page, step, page.run.glances.value.get(step.id));
          if (event.currentTarget.title !== words) event.currentTarget.title = words;
        }}
        onDblClick={(event) => {
          const stepId = stepUnder(event);
          if (stepId !== null) page.openInspector(stepId);
        }}
      >
        <svg width={size.width} height={size.height} role="presentation">
          <g ref={scene} role="presentation">
            <GraphEdges edges={edges} box={drawn.box} detail={drawn.detail} />
            <GraphNodes page={page} layout={layout} box={drawn.box} detail={drawn.detail} />
          </g>
        </svg>
      </div>
      <Controls page={page} control={control} />
    </div>
  );
}

interface Scene {
  readonly scene: RefObject<SVGGElement | null>;
  readonly drawn: Drawn;
  readonly control: SceneControl;
}

/** What a person does with the view of the drawing besides dragging it. */
interface SceneControl {
  /** How large it is drawn now, in percent. A signal: what shows it is all that is drawn anew. */
  readonly percent: ReadonlySignal<number>;
  readonly by: (factor: number) => void;
  readonly fitAll: () => void;
  readonly natural: () => void;
  readonly current: () => Transform;
}

/** Moves the drawing and decides what of it is drawn: moving alone draws nothing anew. */
function useScene(page: PlanPage, layout: PlanLayout, ref: RefObject<HTMLDivElement | null>, size: Size): Scene {
  const scene = useRef<SVGGElement>(null);
  const [drawn, setDrawn] = useState<Drawn>({ box: EMPTY, detail: "dot" });
  const percent = useSignal(100);
  // What a person has moved is left alone; before that the drawing adapts to the room that it has.
  const isLeftAlone = useRef(page.transform.value !== null);
  const isPlaced = useRef(false);
  const isMeasured = size.width > 0 && size.height > 0;
  const draw = (transform: Transform): void => {
    scene.current?.setAttribute("transform", `translate(${transform.x},${transform.y}) scale(${transform.k})`);
    percent.value = Math.round(transform.k * 100);
    const detail = detailAt(transform.k);
    setDrawn((before) =>
      before.detail === detail && contains(before.box, boxInView(transform, size, 0))
        ? before
        : { box: boxInView(transform, size, AROUND), detail },
    );
  };
  const zoom = useZoom(ref, (transform, byPerson) => {
    draw(transform);
    isLeftAlone.current ||= byPerson;
    if (isLeftAlone.current) keepSoon(page, transform);
  });
  const control: SceneControl = {
    percent,
    by: (factor) => {
      isLeftAlone.current = true;
      zoom.by(factor);
    },
    fitAll: () => {
      isLeftAlone.current = true;
      zoom.set(fit(layout, size));
    },
    natural: () => {
      isLeftAlone.current = true;
      zoom.by(1 / zoom.current().k);
    },
    current: zoom.current,
  };
  useEffect(() => {
    if (!isMeasured) return;
    const kept = page.transform.value;
    if (!isPlaced.current && kept !== null) zoom.set(kept);
    else if (!isLeftAlone.current) zoom.set(readable(layout, size));
    isPlaced.current = true;
    draw(zoom.current());
  }, [layout, size, isMeasured]);
  const selected = page.selected.value;
  useEffect(() => {
    const node = layout.nodes.find(({ stepId }) => stepId === selected);
    if (!node || !isMeasured) return;
    const before = zoom.current();
    const after = reveal(node, before, size);
    if (after.x !== before.x || after.y !== before.y) zoom.set(after);
  }, [selected, size, isMeasured]);
  // What runs comes into view by itself until a person has moved the drawing or chosen a step.
  const runningId = page.run.progress.value?.running[0]?.stepId ?? null;
  useEffect(() => {
    const node = layout.nodes.find(({ stepId }) => stepId === runningId);
    if (node && isMeasured && !isLeftAlone.current && selected === null) zoom.set(reveal(node, zoom.current(), size));
  }, [runningId]);
  return { scene, drawn, control };
}

const EMPTY: Box = { left: 0, top: 0, right: -1, bottom: -1 };
const ZOOM_STEP = 1.25;

function Controls({ page, control }: { page: PlanPage; control: SceneControl }): JSX.Element {
  const isRight = page.direction.value === "right";
  return (
    <div class="graph-controls" role="toolbar" aria-label={t("View of the graph")}>
      <IconButton icon="zoom-in" label={t("Zoom In")} onClick={() => control.by(ZOOM_STEP)} />
      <IconButton icon="zoom-out" label={t("Zoom Out")} onClick={() => control.by(1 / ZOOM_STEP)} />
      <IconButton icon="screen-full" label={t("Show All")} onClick={control.fitAll} />
      <Button onClick={control.natural} title={t("Natural Size")}>
        <span class="percent">{control.percent}%</span>
      </Button>
      <IconButton
        icon={isRight ? "arrow-down" : "arrow-right"}
        label={isRight ? t("Draw from Top to Bottom") : t("Draw from Left to Right")}
        onClick={() => {
          page.setDirection(isRight ? "down" : "right");
        }}
      />
    </div>
  );
}

const KEEP_DELAY_MS = 400;
let keepTimer: number | undefined;

function keepSoon(page: PlanPage, transform: Transform): void {
  window.clearTimeout(keepTimer);
  keepTimer = window.setTimeout(() => {
    page.transform.value = transform;
    page.keep();
  }, KEEP_DELAY_MS);
}
