import type { JSX } from "preact";
import { count, t, visible } from "../text.ts";
import { levelLook } from "./level-look.ts";
import { LineText, undrawn } from "./line-text.tsx";
import type { LogGap, LogLine } from "./log-line.ts";

interface LineProps {
  readonly line: LogLine;
  /** Title of its step; null: it is of none. */
  readonly step: string | null;
  readonly whole: boolean;
  readonly pattern: RegExp | null;
  readonly current: boolean;
  readonly onWhole: () => void;
  readonly onOpenFile: () => void;
}

/** The cells of a line. */
export function LineCells({ line, step, whole, pattern, current, onWhole, onOpenFile }: LineProps): JSX.Element {
  const look = levelLook(line.level);
  const left = undrawn(line, whole);
  return (
    <>
      <span role="gridcell" class="log-time" title={new Date(line.time).toLocaleString()}>
        {timeOf(line.time)}
      </span>
      <span role="gridcell" class={`log-level level-${line.level}`} title={look.word}>
        <span class={`codicon codicon-${look.icon}`} aria-hidden="true" />
        <span class="log-level-word">{look.word}</span>
      </span>
      <span role="gridcell" class="log-step" title={stepTitle(line, step)}>
        {step === null ? "" : visible(step)}
      </span>
      <span role="gridcell" class="log-message">
        <LineText line={line} whole={whole} pattern={pattern} current={current} />
        {left > 0 && (
          <button type="button" tabIndex={-1} class="link log-more" onClick={onWhole}>
            {count(left, "… {0} more character", "… {0} more characters")}
          </button>
        )}
        {left === 0 && line.cut > 0 && (
          <button type="button" tabIndex={-1} class="link log-more" onClick={onOpenFile}>
            {count(line.cut, "… {0} more character, open the log", "… {0} more characters, open the log")}
          </button>
        )}
      </span>
    </>
  );
}

interface GapProps {
  readonly gap: LogGap;
  readonly onShow: () => void;
  readonly onOpenFile: () => void;
}

/** What stands where lines are missing. */
export function GapCells({ gap, onShow, onOpenFile }: GapProps): JSX.Element {
  return (
    <span role="gridcell" class="log-gap" aria-colspan={4}>
      <span class="codicon codicon-ellipsis" aria-hidden="true" />
      <span>{gapText(gap)}</span>
      <button type="button" tabIndex={-1} class="link" onClick={onShow}>
        {t("Show")}
      </button>
      <button type="button" tabIndex={-1} class="link" onClick={onOpenFile}>
        {t("Open the log")}
      </button>
    </span>
  );
}

export function gapText({ count: lines }: LogGap): string {
  return lines === null
    ? t("Earlier lines are not shown")
    : count(lines, "{0} line is not shown", "{0} lines are not shown");
}

/** Local time to the millisecond; the date stands in the cell's title. */
export function timeOf(time: number): string {
  const at = new Date(time);
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${clock}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

function stepTitle({ agent, attempt, stream }: LogLine, step: string | null): string {
  if (step === null) return "";
  const parts = [
    visible(step),
    ...(agent === null ? [] : [t("agent {0}", visible(agent))]),
    ...(attempt === null ? [] : [t("attempt {0}", attempt)]),
    ...(stream === null ? [] : [stream]),
  ];
  return parts.join(" · ");
}
