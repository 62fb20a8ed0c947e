import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import type { ExecutionProgress, StepGlance } from "../../schemas/execution.ts";
import type { Plan } from "../../schemas/plan.ts";
import { IconButton } from "../parts/button.tsx";
import { useSize } from "../parts/use-size.ts";
import { t } from "../text.ts";
import { TimelineDetails, TimelineLegend } from "./timeline-details.tsx";
import { LaneCells, RowCells } from "./timeline-bars.tsx";
import { useKeys, usePointer, ZOOM_STEP, type TimelineActions } from "./timeline-input.ts";
import { byStart, extentOf, packedLanes, timelineRows, type TimelineRow } from "./timeline-rows.ts";
import { panned, percentOf, tickLabel, ticks, wholeWindow, zoomed, type TimeWindow } from "./timeline-scale.ts";
import "./timeline.css";

export interface TimelineProps {
  readonly plan: Plan;
  /** The steps that have begun; empty for a plan that has not been executed. */
  readonly glances: ReadonlyMap<string, StepGlance>;
  /** Null: nothing was executed. */
  readonly progress: ExecutionProgress | null;
  /** The execution's clock now, in milliseconds since its start. */
  readonly now: number;
  readonly selected: string | null;
  readonly onSelect: (stepId: string) => void;
}

type Arrangement = "plan" | "start" | "lanes";

const ROW_HEIGHT = 26;
/** Rows that are drawn beyond those in view. */
const OVERSCAN = 6;
/** Least distance between two moments of the ruler, in pixels. */
const TICK_PIXELS = 80;

/** When each step ran, runs, or can be expected to run: one row a step, or parallel steps in lanes. */
export function Timeline(props: TimelineProps): JSX.Element {
  const { plan, glances, progress, now, selected, onSelect } = props;
  const [arrangement, setArrangement] = useState<Arrangement>("plan");
  const [window, setWindow] = useState<TimeWindow | null>(null);
  const [hovered, setHovered] = useState<string | null>(null);
  const clock = progress === null ? 0 : now;
  const rows = useMemo(() => timelineRows(plan, glances, clock), [plan, glances, clock]);
  const lines = useMemo(() => arranged(rows, arrangement), [rows, arrangement]);
  const end = useMemo(() => rows.reduce((latest, row) => Math.max(latest, extentOf(row)?.end ?? 0), clock), [rows]);
  const whole = wholeWindow(end);
  const shown = window ?? whole;
  const isRunning = progress !== null && progress.running.length > 0;
  const zoom = (factor: number, around = (shown.start + shown.end) / 2): void => {
    const next = zoomed(shown, factor, around, whole);
    setWindow(next.end - next.start >= whole.end - whole.start ? null : next);
  };
  const pan = (by: number): void => {
    if (window !== null) setWindow(panned(window, by, whole));
  };
  const told = rows.find(({ step }) => step.id === (hovered ?? selected)) ?? null;
  return (
    <section class="timeline" aria-label={t("Timeline")}>
      <div class="timeline-bar" role="toolbar" aria-label={t("Timeline")}>
        <ArrangementChoice value={arrangement} onChange={setArrangement} />
        <TimelineLegend executed={progress !== null} />
        <span class="timeline-zoom">
          <IconButton icon="zoom-out" label={t("Zoom Out")} onClick={() => zoom(1 / ZOOM_STEP)} />
          <IconButton icon="zoom-in" label={t("Zoom In")} onClick={() => zoom(ZOOM_STEP)} />
          <IconButton icon="screen-full" label={t("Show All of the Time")} onClick={() => setWindow(null)} />
        </span>
      </div>
      <Rows
        {...{ lines, shown, selected, onSelect, zoom, pan, clock, isRunning, onHover: setHovered }}
        lanes={arrangement === "lanes"}
        onFit={() => setWindow(null)}
      />
      <TimelineDetails row={told} currency={plan.currency} />
    </section>
  );
}

function arranged(rows: readonly TimelineRow[], arrangement: Arrangement): readonly (readonly TimelineRow[])[] {
  if (arrangement === "lanes") return packedLanes(rows);
  return (arrangement === "start" ? byStart(rows) : rows).map((row) => [row]);
}

interface ArrangementChoiceProps {
  readonly value: Arrangement;
  readonly onChange: (value: Arrangement) => void;
}

function ArrangementChoice({ value, onChange }: ArrangementChoiceProps): JSX.Element {
  const choices: readonly [Arrangement, string, string][] = [
    ["plan", "list-ordered", t("In the Order of the Plan")],
    ["start", "sort-precedence", t("In the Order in Which They Start")],
    ["lanes", "layers", t("Side by Side in Lanes")],
  ];
  return (
    <span class="timeline-arrangement">
      {choices.map(([name, icon, label]) => (
        <IconButton key={name} icon={icon} label={label} pressed={value === name} onClick={() => onChange(name)} />
      ))}
    </span>
  );
}

interface RowsProps extends TimelineActions {
  readonly lines: readonly (readonly TimelineRow[])[];
  readonly lanes: boolean;
  readonly clock: number;
  readonly isRunning: boolean;
  readonly selected: string | null;
}

function Rows(props: RowsProps): JSX.Element {
  const { lines, shown, lanes, clock, isRunning, selected, onHover } = props;
  const { ref, size } = useSize<HTMLDivElement>();
  const [top, setTop] = useState(0);
  const [active, setActive] = useState<string | null>(selected);
  const order = useMemo(() => lines.flat(), [lines]);
  // Step ids are any text; ids of elements are not.
  const places = useMemo(() => new Map(order.map(({ step }, place) => [step.id, place])), [order]);
  const idOf = (stepId: string): string => `timeline-${places.get(stepId) ?? "none"}`;
  const labelWidth = lanes ? 0 : labelWidthOf(size.width);
  const trackWidth = Math.max(1, size.width - labelWidth);
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - OVERSCAN);
  const last = Math.min(lines.length, Math.ceil((top + size.height) / ROW_HEIGHT) + OVERSCAN);
  useShownStep(ref, lines, active);
  useLayoutEffect(() => {
    if (selected !== null) setActive(selected);
  }, [selected]);
  const pointer = usePointer({ ...props, labelWidth, trackWidth, element: ref });
  const onKeyDown = useKeys({
    ...props,
    order,
    active,
    setActive,
    page: Math.max(1, Math.floor(size.height / ROW_HEIGHT) - 1),
  });
  const moments = ticks(shown, Math.max(2, Math.floor(trackWidth / TICK_PIXELS)));
  return (
    <div class="timeline-frame" style={{ "--label": `${labelWidth}px` }}>
      <Ruler moments={moments} shown={shown} />
      <div
        ref={ref}
        class="timeline-rows"
        role="listbox"
        tabIndex={0}
        aria-label={t("Steps on the timeline")}
        {...(active === null ? {} : { "aria-activedescendant": idOf(active) })}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
        onPointerLeave={() => onHover(null)}
        {...pointer}
      >
        <Grid {...{ moments, shown, clock, isRunning }} />
        <div class="timeline-canvas" role="presentation" style={{ height: `${lines.length * ROW_HEIGHT}px` }}>
          {lines.slice(first, last).map((line, index) => (
            <div
              key={line[0]?.step.id ?? first + index}
              class="timeline-row"
              role="presentation"
              style={{ transform: `translateY(${(first + index) * ROW_HEIGHT}px)` }}
            >
              {lanes ? (
                <LaneCells {...{ rows: line, shown, trackWidth, selected, active, idOf }} />
              ) : (
                line.map((row) => (
                  <RowCells
                    key={row.step.id}
                    id={idOf(row.step.id)}
                    {...{ row, shown, trackWidth }}
                    selected={row.step.id === selected}
                    active={row.step.id === active}
                    position={first + index + 1}
                    size={lines.length}
                  />
                ))
              )}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

interface GridProps {
  readonly moments: readonly number[];
  readonly shown: TimeWindow;
  readonly clock: number;
  readonly isRunning: boolean;
}

function Ruler({ moments, shown }: Pick<GridProps, "moments" | "shown">): JSX.Element {
  return (
    <div class="timeline-ruler" aria-hidden="true">
      <div class="timeline-track">
        {moments.map((moment) => (
          <span key={moment} class="timeline-tick" style={{ left: `${percentOf(moment, shown)}%` }}>
            {tickLabel(moment)}
          </span>
        ))}
      </div>
    </div>
  );
}

/** Lines behind the bars, and where the time stands. */
function Grid({ moments, shown, clock, isRunning }: GridProps): JSX.Element {
  const isNowShown = clock > 0 && clock >= shown.start && clock <= shown.end;
  return (
    <div class="timeline-grid" aria-hidden="true">
      {moments.map((moment) => (
        <span key={moment} class="timeline-line" style={{ left: `${percentOf(moment, shown)}%` }} />
      ))}
      {isNowShown && (
        <span
          class={isRunning ? "timeline-now running" : "timeline-now"}
          style={{ left: `${percentOf(clock, shown)}%` }}
        />
      )}
    </div>
  );
}

function labelWidthOf(width: number): number {
  return width < 420 ? 110 : width < 800 ? 180 : 260;
}

/** A step that keys or another view went to comes into view. */
function useShownStep(
  list: { readonly current: HTMLElement | null },
  lines: readonly (readonly TimelineRow[])[],
  active: string | null,
): void {
  useLayoutEffect(() => {
    const element = list.current;
    const index = lines.findIndex((line) => line.some(({ step }) => step.id === active));
    if (element === null || index === -1) return;
    const place = index * ROW_HEIGHT;
    if (place < element.scrollTop) element.scrollTop = place;
    else if (place + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
      element.scrollTop = place + ROW_HEIGHT - element.clientHeight;
    }
    // A row that moves because others begin is not followed.
  }, [active]);
}
