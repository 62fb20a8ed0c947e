import type { JSX } from "preact";
import { Icon } from "../parts/icon.tsx";
import { duration, money, oneLine, t } from "../text.ts";
import { lookOf } from "./timeline-bars.tsx";
import type { AttemptBar, TimelineRow } from "./timeline-rows.ts";

/** Attempts that are told one by one. */
const TOLD_ATTEMPTS = 6;

interface TimelineDetailsProps {
  /** The step under the pointer or the keys, else the selected one. */
  readonly row: TimelineRow | null;
  readonly currency: string;
}

/** What the bars of a step mean, in words and numbers. */
export function TimelineDetails({ row, currency }: TimelineDetailsProps): JSX.Element {
  if (row === null) {
    return (
      <p class="timeline-details muted">{t("Point at a step, or walk along with the arrow keys, to see its times.")}</p>
    );
  }
  const { step, glance, attempts, planned } = row;
  const look = lookOf(row);
  const left = attempts.length - TOLD_ATTEMPTS;
  return (
    <p class={`timeline-details state-${look.kind}`}>
      <span class="state-icon">
        <Icon name={look.icon} />
      </span>
      <strong class="timeline-details-title">{oneLine(step.title)}</strong>
      <span>{look.word}</span>
      {(glance?.simulated ?? step.simulated) && <span>{t("simulated")}</span>}
      {left > 0 && <span>{t("{0} earlier attempts", left)}</span>}
      {attempts.slice(-TOLD_ATTEMPTS).map((bar) => (
        <span key={bar.attempt}>{attemptText(bar)}</span>
      ))}
      {attempts.length === 0 && planned !== null && (
        <span>{t("expected from {0} to {1}", duration(planned.start), duration(planned.end))}</span>
      )}
      <span>
        {step.estimatedDuration === null
          ? t("duration not estimated")
          : t("estimated {0}", duration(step.estimatedDuration))}
      </span>
      {glance !== null && glance.cost !== null && <span>{money(glance.cost, currency)}</span>}
      {row.critical && <span>{t("on the critical path")}</span>}
      {glance?.problem != null && <span class="timeline-problem">{oneLine(glance.problem)}</span>}
    </p>
  );
}

function attemptText({ attempt, start, end, outcome }: AttemptBar): string {
  const took = duration(end - start);
  switch (outcome) {
    case "running":
      return t("attempt {0} runs for {1}", attempt, took);
    case "succeeded":
      return t("attempt {0} succeeded after {1}", attempt, took);
    case "failed":
      return t("attempt {0} failed after {1}", attempt, took);
    case "cancelled":
      return t("attempt {0} was cancelled after {1}", attempt, took);
    case "interrupted":
      return t("attempt {0} was interrupted after {1}", attempt, took);
  }
}

/** What the kinds of bars stand for. */
export function TimelineLegend({ executed }: { readonly executed: boolean }): JSX.Element {
  return (
    <span class="timeline-legend">
      <span>
        <span class="timeline-sample timeline-ghost" aria-hidden="true" />
        {t("estimated")}
      </span>
      {executed && (
        <span>
          <span class="timeline-sample timeline-wait" aria-hidden="true" />
          {t("waits")}
        </span>
      )}
      <span>
        <span class="timeline-sample timeline-ghost critical" aria-hidden="true" />
        {t("critical path")}
      </span>
    </span>
  );
}
