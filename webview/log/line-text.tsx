import type { JSX } from "preact";
import { DRAWN_CHARACTERS, cutAt, type LogLine } from "./log-line.ts";
import { styledRuns, type StyledRun } from "./terminal-colours.ts";
import { styleOf } from "./theme-palette.ts";
import { visibleRuns } from "./visible-text.ts";

interface LineTextProps {
  readonly line: LogLine;
  /** As much as is held, and not just its beginning. */
  readonly whole: boolean;
  readonly pattern: RegExp | null;
  /** Whether the match that a person went to is in this line. */
  readonly current: boolean;
}

/** The message of a line: text nodes alone, with the colours that its program asked for and the places that match the search. */
export function LineText({ line, whole, pattern, current }: LineTextProps): JSX.Element {
  const raw = whole ? line.raw : cutAt(line.raw, DRAWN_CHARACTERS);
  const runs = withMatches(styledRuns(visibleRuns(raw)), pattern);
  return (
    <span class="log-text">
      {runs.map(({ text, mark, style, match }, index) => {
        if (!mark && style === null && !match) return text;
        const classes = [mark ? "log-mark" : "", match ? (current ? "log-match current" : "log-match") : ""];
        return (
          <span key={index} class={classes.join(" ").trim()} style={style === null || match ? {} : styleOf(style)}>
            {text}
          </span>
        );
      })}
    </span>
  );
}

/** Characters of a line that are held and not drawn. */
export function undrawn(line: LogLine, whole: boolean): number {
  return whole ? 0 : Math.max(0, line.raw.length - DRAWN_CHARACTERS);
}

interface Piece extends StyledRun {
  readonly match: boolean;
}

/** Cuts the runs at the borders of matches, which may reach over several of them. */
function withMatches(runs: readonly StyledRun[], pattern: RegExp | null): Piece[] {
  if (pattern === null) return runs.map((run) => ({ ...run, match: false }));
  pattern.lastIndex = 0;
  const places = [
    ...runs
      .map(({ text }) => text)
      .join("")
      .matchAll(pattern),
  ].map((match) => ({
    from: match.index,
    to: match.index + match[0].length,
  }));
  const pieces: Piece[] = [];
  let start = 0;
  let next = 0;
  for (const run of runs) {
    const end = start + run.text.length;
    for (let at = start; at < end;) {
      while ((places[next]?.to ?? Number.POSITIVE_INFINITY) <= at) next += 1;
      const place = places[next];
      const match = place !== undefined && place.from <= at;
      const to = Math.min(end, place === undefined ? end : match ? place.to : place.from);
      pieces.push({ ...run, text: run.text.slice(at - start, to - start), match });
      at = to;
    }
    start = end;
  }
  return pieces;
}
