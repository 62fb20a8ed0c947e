import type { JSX } from "preact";
import { Icon } from "../parts/icon.tsx";
import { plannedLook, stepLook, type StateLook } from "../parts/step-state.ts";
import { count, duration, oneLine, t } from "../text.ts";
import { extentOf, type AttemptBar, type TimelineRow } from "./timeline-rows.ts";
import { placed, type TimeWindow } from "./timeline-scale.ts";

/** From this width in pixels on there is room for an icon in a bar. */
const ICON_PIXELS = 20;
/** The same for a step's title. */
const TITLE_PIXELS = 60;

export function lookOf({ step, glance }: TimelineRow): StateLook {
  return glance === null ? plannedLook(step) : stepLook(glance.status);
}

interface RowCellsProps {
  readonly row: TimelineRow;
  readonly id: string;
  readonly shown: TimeWindow;
  readonly trackWidth: number;
  readonly selected: boolean;
  readonly active: boolean;
  /** From 1, of so many. */
  readonly position: number;
  readonly size: number;
}

/** A step with its name and its bars. */
export function RowCells(props: RowCellsProps): JSX.Element {
  const { row, id, shown, trackWidth, selected, active, position, size } = props;
  const look = lookOf(row);
  const simulated = row.glance?.simulated ?? row.step.simulated;
  return (
    <div
      id={id}
      class={`timeline-step state-${look.kind}${selected ? " selected" : ""}${active ? " active" : ""}`}
      role="option"
      data-step={row.step.id}
      aria-selected={selected}
      aria-posinset={position}
      aria-setsize={size}
      aria-label={spoken(row)}
    >
      <span class="timeline-label">
        <span class="state-icon" title={look.word}>
          <Icon name={look.icon} spin={look.icon === "sync"} />
        </span>
        <span class="ellipsis" title={oneLine(row.step.title)}>
          {oneLine(row.step.title)}
        </span>
        {simulated && (
          <span title={t("simulated")}>
            <Icon name="beaker" />
          </span>
        )}
        {row.critical && (
          <span class="timeline-critical-mark" title={t("On the critical path")}>
            <Icon name="flame" />
          </span>
        )}
      </span>
      <span class="timeline-track">
        <Bars row={row} shown={shown} trackWidth={trackWidth} />
      </span>
    </div>
  );
}

interface LaneCellsProps {
  readonly rows: readonly TimelineRow[];
  readonly shown: TimeWindow;
  readonly trackWidth: number;
  readonly selected: string | null;
  readonly active: string | null;
  readonly idOf: (stepId: string) => string;
}

/** Steps that follow one another in a lane, each with its name in it where there is room. */
export function LaneCells({ rows, shown, trackWidth, selected, active, idOf }: LaneCellsProps): JSX.Element {
  return (
    <span class="timeline-track timeline-lane" role="presentation">
      {rows.map((row) => {
        const extent = extentOf(row);
        const place = extent === null ? null : placed(extent, shown);
        if (place === null) return null;
        const { id, title } = row.step;
        const look = lookOf(row);
        const width = (place.width / 100) * trackWidth;
        const classes = `timeline-box state-${look.kind}${id === selected ? " selected" : ""}${id === active ? " active" : ""}`;
        return (
          <span key={id} role="presentation">
            <Bars row={row} shown={shown} trackWidth={0} />
            <span
              id={idOf(id)}
              class={classes}
              role="option"
              data-step={id}
              aria-selected={id === selected}
              aria-label={spoken(row)}
              style={{ left: `${Math.max(0, place.left)}%`, width: `${place.width + Math.min(0, place.left)}%` }}
            >
              {width >= ICON_PIXELS && (
                <span class="state-icon">
                  <Icon name={look.icon} />
                </span>
              )}
              {width >= TITLE_PIXELS && <span class="ellipsis">{oneLine(title)}</span>}
            </span>
          </span>
        );
      })}
    </span>
  );
}

interface BarsProps {
  readonly row: TimelineRow;
  readonly shown: TimeWindow;
  /** In pixels; 0: no icons. */
  readonly trackWidth: number;
}

/** What was planned lies behind what happened. */
function Bars({ row, shown, trackWidth }: BarsProps): JSX.Element {
  const { planned, waits, attempts, critical } = row;
  const ghost = planned === null ? null : placed(planned, shown);
  const mark = critical ? " critical" : "";
  return (
    <>
      {ghost !== null && (
        <span
          class={`timeline-ghost${planned?.estimated === true ? "" : " unknown"}${mark}`}
          style={{ left: `${ghost.left}%`, width: `${ghost.width}%` }}
        />
      )}
      {waits.map((wait) => {
        const place = placed(wait, shown);
        if (place === null) return null;
        return (
          <span key={wait.start} class="timeline-wait" style={{ left: `${place.left}%`, width: `${place.width}%` }} />
        );
      })}
      {attempts.map((bar) => {
        const place = placed(bar, shown);
        if (place === null) return null;
        const wide = (place.width / 100) * trackWidth >= ICON_PIXELS;
        const icon = ATTEMPT_ICONS[bar.outcome];
        return (
          <span
            key={bar.attempt}
            class={`timeline-attempt ${bar.outcome}${mark}`}
            style={{ left: `${place.left}%`, width: `${place.width}%` }}
          >
            {wide && <Icon name={icon} />}
          </span>
        );
      })}
    </>
  );
}

const ATTEMPT_ICONS: Readonly<Record<AttemptBar["outcome"], string>> = {
  running: "play",
  succeeded: "check",
  failed: "error",
  cancelled: "circle-slash",
  interrupted: "debug-disconnect",
};

/** A row for whoever does not see it. */
function spoken(row: TimelineRow): string {
  const { step, attempts, planned, critical } = row;
  const [first] = attempts;
  const last = attempts.at(-1);
  const parts = [oneLine(step.title), lookOf(row).word];
  if (first !== undefined && last !== undefined) {
    parts.push(t("began after {0}", duration(first.start)));
    if (last.outcome !== "running") parts.push(t("ended after {0}", duration(last.end)));
    parts.push(count(attempts.length, "{0} attempt", "{0} attempts"));
  } else if (planned !== null) {
    parts.push(t("expected after {0}", duration(planned.start)));
  }
  parts.push(
    step.estimatedDuration === null
      ? t("duration not estimated")
      : t("estimated {0}", duration(step.estimatedDuration)),
  );
  if (critical) parts.push(t("on the critical path"));
  return parts.join(", ");
}
