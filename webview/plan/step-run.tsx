import type { JSX } from "preact";
import type { AttemptView, StepDetail, StepGlance } from "../../schemas/execution.ts";
import type { CommandEnd } from "../../schemas/event.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import { Button } from "../parts/button.tsx";
import { Icon, SimulatedMark, State } from "../parts/icon.tsx";
import { hasEnded, stepLook, type StateLook } from "../parts/step-state.ts";
import { duration, moment, oneLine, runningDuration, t, visible } from "../text.ts";
import { own, whyBusy } from "./actions-of.ts";
import { AttemptCosts } from "./attempt-costs.tsx";
import { DecisionBanner } from "./decision-banner.tsx";
import { Fact, Part, StepLink } from "./inspector-parts.tsx";
import { kill, rerun, retry } from "./plan-commands.ts";
import type { PlanPage } from "./plan-page.ts";
import { runningTime } from "./run-follower.ts";

/** How the step goes in the execution that is shown: why it waits, its attempts with evidence, and what can be done with it. */
export function StepRun({ page, step }: { page: PlanPage; step: PlanStep }): JSX.Element | null {
  const executionId = page.shown.value?.executionId ?? null;
  const detail = page.detail.value;
  if (executionId === null) return null;
  const glance = page.run.glances.value.get(step.id);
  const isThis = detail !== null && detail.step.id === step.id;
  return (
    <Part title={t("Execution")}>
      <StepActions page={page} executionId={executionId} step={step} glance={glance} />
      {isThis && <Blocked page={page} detail={detail} />}
      {isThis && detail.decisions.map((one) => <DecisionBanner key={one.decisionId} page={page} decision={one} />)}
      {isThis && detail.step.failure && <p class="failure">{visible(detail.step.failure.message)}</p>}
      {isThis &&
        detail.attempts
          .toReversed()
          .map((attempt) => <Attempt key={attempt.attempt} page={page} attempt={attempt} glance={glance} />)}
      {isThis && detail.attempts.length === 0 && detail.step.blocker === null && (
        <p class="muted">{t("It has not run.")}</p>
      )}
      {!isThis && glance === undefined && <p class="muted">{t("It has not begun.")}</p>}
    </Part>
  );
}

interface StepActionsProps {
  readonly page: PlanPage;
  readonly executionId: string;
  readonly step: PlanStep;
  readonly glance: StepGlance | undefined;
}

function StepActions({ page, executionId, step, glance }: StepActionsProps): JSX.Element {
  const busy = whyBusy(page);
  const status = glance?.status ?? "pending";
  const isOver = hasEnded(page.run.progress.value?.status ?? "running");
  const hasRun = (glance?.spans.length ?? 0) > 0;
  return (
    <div class="step-actions">
      {hasRun && (
        <Button
          icon="list-flat"
          onClick={() => {
            page.host.tell({ type: "open-log", executionId, stepId: step.id });
          }}
        >
          {t("Log")}
        </Button>
      )}
      {status === "running" && (
        <Button
          icon="debug-stop"
          disabledBecause={busy}
          title={t("End this run; what follows is what the plan says of a failure")}
          onClick={() => own(page, kill(page, executionId, step.id))}
        >
          {t("End This Run")}
        </Button>
      )}
      {(status === "failed" || status === "cancelled" || (status === "skipped" && isOver)) && (
        <Button
          icon="debug-restart"
          primary
          disabledBecause={busy}
          onClick={() => own(page, retry(page, executionId, step.id))}
        >
          {t("Retry")}
        </Button>
      )}
      {status === "completed" && (
        <>
          <Button
            icon="debug-restart"
            disabledBecause={busy}
            title={t("Run it again with everything that depends on it")}
            onClick={() => own(page, rerun(page, executionId, step.id, false))}
          >
            {t("Rerun from Here")}
          </Button>
          <Button
            icon="refresh"
            disabledBecause={busy}
            onClick={() => own(page, rerun(page, executionId, step.id, true))}
          >
            {t("Rerun Only This")}
          </Button>
        </>
      )}
    </div>
  );
}

function Blocked({ page, detail }: { page: PlanPage; detail: StepDetail }): JSX.Element | null {
  const { blocker } = detail.step;
  if (blocker === null) return null;
  return (
    <div class="blocked">
      <Icon name="watch" />
      <div>
        {capitalized(visible(blocker.detail))}
        <ul class="lines">
          {blocker.steps.slice(0, BLOCKERS_SHOWN).map((stepId) => (
            <li key={stepId}>
              <StepLink page={page} stepId={stepId} />
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

const BLOCKERS_SHOWN = 6;

interface AttemptProps {
  readonly page: PlanPage;
  readonly attempt: AttemptView;
  readonly glance: StepGlance | undefined;
}

function Attempt(props: AttemptProps): JSX.Element {
  const { page, attempt, glance } = props;
  const { outcome, failure, result, artifacts } = attempt;
  const spent = outcome === null ? runningTime(glance, page.run.elapsed.value) : attempt.duration;
  return (
    <div class="attempt">
      <div class="attempt-head">
        <State look={outcomeLook(outcome)} />
        <span>{t("Attempt {0}", attempt.attempt)}</span>
        {attempt.simulated && <SimulatedMark />}
        <span class="muted">
          {[
            oneLine(attempt.agent),
            moment(attempt.startedAt, new Date()),
            spent === null ? "" : outcome === null ? runningDuration(spent) : duration(spent),
          ]
            .filter((part) => part !== "")
            .join(" · ")}
        </span>
      </div>
      {failure && <p class="failure">{visible(failure.message)}</p>}
      <dl>
        {result?.end && <Fact name={t("Ended with")}>{endWord(result.end)}</Fact>}
        {result?.check && (
          <Fact name={t("Check")}>
            {result.check.end.exitCode === 0 ? t("passed") : t("failed ({0})", endWord(result.check.end))}{" "}
            <code>{oneLine(result.check.command)}</code>
          </Fact>
        )}
        <AttemptCosts attempt={attempt} />
        {(result?.outputs ?? []).map(({ name, value }) => (
          <Fact key={name} name={t("Output {0}", oneLine(name))}>
            <code>{visible(String(value))}</code>
          </Fact>
        ))}
        {artifacts.map((artifact) => (
          <Fact key={artifact.path} name={t("Made")}>
            <button
              type="button"
              class="link"
              onClick={() => {
                page.host.tell({ type: "open-file", path: artifact.path, line: null });
              }}
            >
              {oneLine(artifact.path)}
            </button>{" "}
            <span class="muted">{sizeWord(artifact.size)}</span>
          </Fact>
        ))}
      </dl>
      {outcome !== "succeeded" && result !== null && result.tail.trim() !== "" && (
        <pre tabIndex={0} aria-label={t("Last lines of its output")}>
          {visible(withoutColours(result.tail))}
        </pre>
      )}
    </div>
  );
}

function outcomeLook(outcome: AttemptView["outcome"]): StateLook {
  switch (outcome) {
    case null:
      return stepLook("running");
    case "succeeded":
      return { ...stepLook("completed"), word: t("succeeded") };
    case "failed":
      return stepLook("failed");
    case "cancelled":
      return stepLook("cancelled");
    case "interrupted":
      return { ...stepLook("waiting"), icon: "debug-disconnect", word: t("interrupted") };
  }
}

function endWord({ exitCode, signal }: CommandEnd): string {
  return exitCode === null ? t("signal {0}", signal ?? t("unknown")) : t("exit code {0}", exitCode);
}

function sizeWord(bytes: number): string {
  if (bytes < 1_000) return t("{0} bytes", bytes);
  return bytes < 1_000_000 ? t("{0} kB", (bytes / 1_000).toFixed(1)) : t("{0} MB", (bytes / 1_000_000).toFixed(1));
}

/** Colours belong to the log, which shows them. */
function withoutColours(text: string): string {
  return text.replace(new RegExp(`${ESCAPE}\\[[0-9;:]*m`, "g"), "");
}

const ESCAPE = "\u001b";
