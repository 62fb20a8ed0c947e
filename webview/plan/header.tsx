import type { JSX } from "preact";
import { DIALECT_NAMES } from "../../schemas/dialect-names.ts";
import type { ExecutionProgress, ExecutionStatus } from "../../schemas/execution.ts";
import type { Plan } from "../../schemas/plan.ts";
import { SimulatedMark, State } from "../parts/icon.tsx";
import { executionLook, hasEnded, type StateLook } from "../parts/step-state.ts";
import { count, duration, moment, oneLine, runningDuration, t } from "../text.ts";
import { own, whyBusy } from "./actions-of.ts";
import { Actions } from "./actions.tsx";
import { Limits } from "./limits.tsx";
import { replan } from "./plan-commands.ts";
import type { PlanPage } from "./plan-page.ts";
import { plannedCost, plannedTime, runCost, type Total } from "./totals.ts";

/** What the plan is, where it stands, what it costs, and what can be done with it. */
export function Header({ page, plan }: { page: PlanPage; plan: Plan }): JSX.Element {
  const progress = page.run.progress.value;
  const status = statusOf(page);
  const doneBefore = plan.settled.filter(({ state }) => state === "done").length;
  return (
    <header class="plan-header">
      <div class="headline">
        <h1 class="ellipsis" title={oneLine(plan.title)}>
          {oneLine(plan.title)}
        </h1>
        <Actions page={page} plan={plan} status={status} />
      </div>
      <div class="subline">
        <State look={standing(page, status)} />
        {isSimulated(page, plan) && <SimulatedMark />}
        <button
          type="button"
          class="link"
          title={t("Open the specification")}
          onClick={() => {
            page.host.tell({ type: "open-file", path: plan.specPath, line: 1 });
          }}
        >
          {oneLine(plan.specPath)}
        </button>
        {!isOwnDialect(plan) && (
          <span class="muted" title={t("The dialect that the specification is read as")}>
            {DIALECT_NAMES[plan.dialect]}
          </span>
        )}
        <span class="muted">{count(plan.steps.length, "{0} step", "{0} steps")}</span>
        {doneBefore > 0 && (
          <span class="muted">{count(doneBefore, "{0} task done before", "{0} tasks done before")}</span>
        )}
        <Inputs plan={plan} />
        <OptionalTasks page={page} plan={plan} />
        <ExecutionChoice page={page} />
      </div>
      <div class="figures">
        {progress ? <RunFigures page={page} progress={progress} /> : <PlanFigures plan={plan} />}
        <Limits page={page} plan={plan} />
      </div>
    </header>
  );
}

/** Its name says so already. */
function isOwnDialect({ dialect, specPath }: Plan): boolean {
  return dialect === "spec" && /\.spec\.md$/i.test(specPath);
}

/** The values that were given for the inputs of the spec. */
function Inputs({ plan }: { plan: Plan }): JSX.Element | null {
  const values = Object.entries(plan.reading.inputs).map(([name, value]) => `${name}: ${value}`);
  if (values.length === 0) return null;
  return (
    <span class="muted ellipsis" title={oneLine(values.join("\n"))}>
      {oneLine(values.join(", "))}
    </span>
  );
}

/** Where the spec marks tasks as optional: whether they run, and the other way. Once it is executed, that is decided. */
function OptionalTasks({ page, plan }: { page: PlanPage; plan: Plan }): JSX.Element | null {
  const { optionalTasks, reading } = plan;
  if (optionalTasks === 0) return null;
  const words = reading.optional
    ? count(optionalTasks, "with {0} optional task", "with {0} optional tasks")
    : count(optionalTasks, "without {0} optional task", "without {0} optional tasks");
  const isDecided = page.shown.value?.executionId !== null || plan.revises !== null;
  return (
    <span class="muted">
      {words}
      {!isDecided && (
        <>
          {" "}
          <button
            type="button"
            class="link"
            title={
              reading.optional ? t("Plan again without the optional tasks") : t("Plan again with the optional tasks")
            }
            disabled={whyBusy(page) !== null}
            onClick={() => own(page, replan(page, null, !reading.optional))}
          >
            {reading.optional ? t("Leave Out") : t("Include")}
          </button>
        </>
      )}
    </span>
  );
}

/** Of the execution that is shown; null without one. What was asked here and is not yet answered counts already. */
export function statusOf(page: PlanPage): ExecutionStatus | null {
  const executionId = page.shown.value?.executionId ?? null;
  if (executionId === null) return null;
  const status = page.run.progress.value?.status ?? page.execution.value?.status ?? null;
  if (status !== null && !hasEnded(status) && page.cancelling.value === executionId) return "cancelling";
  return status;
}

function standing(page: PlanPage, status: ExecutionStatus | null): StateLook {
  if (status !== null) return executionLook(status);
  const answer = page.answer.value;
  if (page.draft.value.length > 0)
    return { icon: "edit", glyph: "", word: t("changed, not approved"), kind: "undecided" };
  return answer?.approved
    ? { icon: "verified", glyph: "", word: t("approved"), kind: "completed" }
    : { icon: "circle-outline", glyph: "", word: t("not approved yet"), kind: "planned" };
}

function isSimulated(page: PlanPage, plan: Plan): boolean {
  return page.execution.value?.simulated ?? plan.steps.some(({ simulated }) => simulated);
}

/** The executions of this plan, where there is a choice. */
function ExecutionChoice({ page }: { page: PlanPage }): JSX.Element | null {
  const executions = page.executions.value;
  const shown = page.shown.value?.executionId ?? null;
  if (executions.length === 0 || (executions.length === 1 && shown !== null)) return null;
  const now = new Date();
  return (
    <select
      class="field execution-choice"
      aria-label={t("Execution that is shown")}
      value={shown ?? ""}
      onChange={(event) => {
        page.selectExecution(event.currentTarget.value === "" ? null : event.currentTarget.value);
      }}
    >
      <option value="">{t("The plan alone")}</option>
      {executions.map(({ executionId, startedAt, status }) => (
        <option key={executionId} value={executionId}>
          {t("{0}: {1}", moment(startedAt, now), executionLook(status).word)}
        </option>
      ))}
    </select>
  );
}

function PlanFigures({ plan }: { plan: Plan }): JSX.Element {
  const time = plannedTime(plan);
  const path = plan.criticalPath.length;
  return (
    <>
      <CostFigure total={plannedCost(plan)} label={t("Cost")} />
      <Figure label={t("Time")} value={time.text} note={time.note} />
      {path > 1 && (
        <Figure
          label={t("Critical path")}
          value={duration(plan.criticalPathDuration)}
          note={count(path, "{0} step", "{0} steps")}
        />
      )}
    </>
  );
}

function RunFigures({ page, progress }: { page: PlanPage; progress: ExecutionProgress }): JSX.Element {
  const { completed, failed, skipped, total, remaining, decisions, running } = progress;
  const done = completed + failed + skipped;
  const ended = hasEnded(progress.status);
  const notes = [
    running.length > 0 ? t("{0} running", running.length) : "",
    decisions.length > 0 ? t("{0} to decide", decisions.length) : "",
    failed > 0 ? t("{0} failed", failed) : "",
    leftOut(page, progress),
  ];
  return (
    <>
      <div class="figure">
        <div class="figure-label">{t("Progress")}</div>
        <div class="figure-value">{t("{0} of {1} steps", done, total)}</div>
        <Bar
          label={t("{0} of {1} steps", done, total)}
          parts={[
            { share: total === 0 ? 0 : completed / total, kind: "completed" },
            { share: total === 0 ? 0 : failed / total, kind: "failed" },
            { share: total === 0 ? 0 : skipped / total, kind: "skipped" },
          ]}
        />
        <div class="figure-note">{notes.filter((note) => note !== "").join(", ")}</div>
      </div>
      <CostFigure total={runCost(progress)} label={ended ? t("Cost") : t("Cost so far")} />
      <Figure
        label={t("Time")}
        value={ended ? duration(progress.elapsed) : runningDuration(page.run.elapsed.value)}
        note={ended ? "" : remaining === null ? t("time left unknown") : t("about {0} left", duration(remaining))}
      />
    </>
  );
}

/** Progress counts what was cancelled among what was skipped; the steps tell them apart. */
function leftOut({ run }: PlanPage, { skipped }: ExecutionProgress): string {
  if (skipped === 0) return "";
  const cancelled = [...run.glances.value.values()].filter(({ status }) => status === "cancelled").length;
  return [
    skipped > cancelled ? t("{0} skipped", skipped - cancelled) : "",
    cancelled > 0 ? t("{0} cancelled", cancelled) : "",
  ]
    .filter((note) => note !== "")
    .join(", ");
}

function CostFigure({ total, label }: { total: Total; label: string }): JSX.Element {
  const isOver = total.share !== null && total.share > 1;
  return (
    <div class="figure">
      <div class="figure-label">{label}</div>
      <div class="figure-value">{total.text}</div>
      {total.share !== null && (
        <Bar
          label={isOver ? t("over the budget: {0}", total.text) : total.text}
          parts={[
            { share: total.share, kind: isOver ? "failed" : "running" },
            { share: total.reserved, kind: "planned" },
          ]}
        />
      )}
      <div class="figure-note">{isOver ? t("over the budget, {0}", total.note) : total.note}</div>
    </div>
  );
}

function Figure({ label, value, note }: { label: string; value: string; note: string }): JSX.Element {
  return (
    <div class="figure">
      <div class="figure-label">{label}</div>
      <div class="figure-value">{value}</div>
      <div class="figure-note">{note}</div>
    </div>
  );
}

interface BarProps {
  readonly label: string;
  readonly parts: readonly { readonly share: number; readonly kind: string }[];
}

/** A bar whose numbers stand beside it. */
function Bar({ label, parts }: BarProps): JSX.Element {
  return (
    <div class="bar" role="img" aria-label={label}>
      {parts
        .filter(({ share }) => share > 0)
        .map(({ share, kind }) => (
          <div key={kind} class={`bar-part state-${kind}`} style={{ width: `${Math.min(1, share) * 100}%` }} />
        ))}
    </div>
  );
}
