import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import { withoutOptions } from "../../schemas/diagnostic-words.ts";
import type { Plan } from "../../schemas/plan.ts";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { hasEnded } from "../parts/step-state.ts";
import { count, t, visible } from "../text.ts";
import { own, whyBusy } from "./actions-of.ts";
import { DecisionBanner } from "./decision-banner.tsx";
import { countChanges, withChange } from "./draft.ts";
import { replan, runEverything } from "./plan-commands.ts";
import type { PlanAnswer, PlanPage } from "./plan-page.ts";
import { revisionWord } from "./step-words.ts";
import { UndecidedSteps } from "./undecided-steps.tsx";

/** What a person should know or decide, above the plan; most urgent first. */
export function Messages({ page, answer }: { page: PlanPage; answer: PlanAnswer }): JSX.Element {
  const { plan, changes, notices, edited, revision } = answer;
  const { value: worker } = page.host.worker;
  const { value: problem } = page.problem;
  const { progress } = page.run;
  const { value: note } = page.note;
  const executionId = page.shown.value?.executionId ?? null;
  const status = progress.value?.status ?? null;
  const goesOn = executionId !== null && status !== null && status !== "completed" ? executionId : null;
  // The sentence about the edited spec has a banner of its own.
  const others = notices.filter(
    (notice) => !(edited && notice.startsWith(plan.specPath)) && !page.fileProblems.includes(notice),
  );
  return (
    <div class="messages">
      {worker.state === "lost" && <LostBanner page={page} message={worker.message} />}
      {problem !== null && (
        <Banner kind="error" onDismiss={() => (page.problem.value = null)}>
          {visible(problem.message)}
        </Banner>
      )}
      {progress.value?.decisions.map((decision) => (
        <DecisionBanner key={decision.decisionId} page={page} decision={decision} />
      ))}
      {(progress.value?.stalled ?? null) !== null && (
        <Banner kind="error">{visible(progress.value?.stalled ?? "")}</Banner>
      )}
      <RunMessages page={page} />
      {edited && <EditedBanner page={page} plan={plan} goesOn={goesOn} />}
      {revision && <RevisionBanner revision={revision} />}
      {executionId === null && page.scope.value !== null && (
        <ScopeBanner page={page} stepId={page.scope.value.stepId} />
      )}
      {page.draft.value.length > 0 && <DraftBanner page={page} />}
      {note !== null && (
        <Banner kind="info" onDismiss={() => (page.note.value = null)}>
          {visible(note)}
        </Banner>
      )}
      {executionId === null && plan.planner.note !== null && (
        <Banner kind={plan.planner.kind === "model" ? "info" : "warning"}>{visible(plan.planner.note)}</Banner>
      )}
      {executionId === null && <FileProblems page={page} />}
      {executionId === null && <Diagnostics page={page} plan={plan} />}
      {changes.length > 0 && executionId === null && (
        <Folded
          kind="info"
          title={count(
            changes.length,
            "{0} difference from the plan that was approved last",
            "{0} differences from the plan that was approved last",
          )}
        >
          <ul class="lines">
            {changes.map((change) => (
              <li key={change}>{visible(change)}</li>
            ))}
          </ul>
        </Folded>
      )}
      {others.map((notice) => (
        <Banner key={notice} kind="info">
          {visible(notice)}
        </Banner>
      ))}
    </div>
  );
}

function LostBanner({ page, message }: { page: PlanPage; message: string | null }): JSX.Element {
  return (
    <Banner
      kind="error"
      actions={
        <Button
          onClick={() => {
            page.load();
          }}
        >
          {t("Try Again")}
        </Button>
      }
    >
      {t("The connection to the worker is lost; what is shown may be out of date.")}
      {message !== null && <span class="muted"> {visible(message)}</span>}
    </Banner>
  );
}

function RunMessages({ page }: { page: PlanPage }): JSX.Element | null {
  const execution = page.execution.value;
  if (execution === null || execution.executionId !== page.shown.value?.executionId) return null;
  const isOver = hasEnded(page.run.progress.value?.status ?? execution.status);
  return (
    <>
      {isOver && execution.failure && (
        <Banner kind={execution.status === "cancelled" ? "info" : "error"}>{visible(execution.failure.message)}</Banner>
      )}
      {execution.notices.map((notice) => (
        <Banner key={notice} kind="info">
          {visible(notice)}
        </Banner>
      ))}
    </>
  );
}

function EditedBanner({ page, plan, goesOn }: { page: PlanPage; plan: Plan; goesOn: string | null }): JSX.Element {
  const busy = whyBusy(page);
  return (
    <Banner
      kind="warning"
      actions={
        <>
          {goesOn !== null && (
            <Button primary disabledBecause={busy} onClick={() => own(page, replan(page, goesOn))}>
              {t("Replan This Execution")}
            </Button>
          )}
          <Button
            primary={goesOn === null}
            disabledBecause={busy}
            onClick={() => own(page, replan(page, goesOn === null ? plan.revises : null))}
          >
            {goesOn === null ? t("Replan") : t("New Plan")}
          </Button>
        </>
      }
    >
      {t("The specification changed since this plan was made. The plan runs as it was made.")}
    </Banner>
  );
}

/** "Run from here" of a spec whose plan has to be approved first. */
function ScopeBanner({ page, stepId }: { page: PlanPage; stepId: string }): JSX.Element {
  return (
    <Banner
      kind="info"
      actions={
        <Button
          onClick={() => {
            runEverything(page);
          }}
        >
          {t("Run Everything")}
        </Button>
      }
    >
      {t("Only “{0}” and what depends on it will run.", visible(page.steps.value.get(stepId)?.title ?? stepId))}
    </Banner>
  );
}

function RevisionBanner({ revision }: { revision: NonNullable<PlanAnswer["revision"]> }): JSX.Element {
  const { counts, steps } = revision;
  const words = (["kept", "stale", "new", "removed"] as const).map(
    (status) => `${counts[status]} ${revisionWord(status)}`,
  );
  const changed = steps.filter(({ status }) => status !== "kept");
  return (
    <Folded kind="info" title={t("For the execution to go on with: {0}", words.join(", "))}>
      <ul class="lines">
        {changed.map(({ stepId, title, status, reason }) => (
          <li key={stepId}>
            <span class={`badge ${status}`}>{revisionWord(status)}</span> {visible(title)}
            <span class="muted">: {visible(reason)}</span>
          </li>
        ))}
      </ul>
    </Folded>
  );
}

function DraftBanner({ page }: { page: PlanPage }): JSX.Element {
  const changes = countChanges(page.draft.value);
  const { value: failure } = page.previewFailure;
  return (
    <Banner
      kind={failure === null ? "info" : "error"}
      actions={
        <Button
          icon="discard"
          onClick={() => {
            page.setDraft([]);
          }}
        >
          {t("Undo All")}
        </Button>
      }
    >
      {count(changes, "{0} change is not in the recorded plan yet.", "{0} changes are not in the recorded plan yet.")}
      {failure !== null && <span> {visible(failure.message)}</span>}
    </Banner>
  );
}

const SEVERITIES = ["error", "warning", "info"] as const;

function FileProblems({ page }: { page: PlanPage }): JSX.Element {
  return (
    <>
      {page.fileProblems.map((problem) => {
        const [, path = "", at = "1"] = /^(\.planwright\/\w+\.json):(\d+)/.exec(problem) ?? [];
        const line = Number(at);
        return (
          <Banner key={problem} kind="error">
            {visible(problem)}{" "}
            {path !== "" && (
              <button
                type="button"
                class="link"
                onClick={() => {
                  page.host.tell({ type: "open-file", path, line });
                }}
              >
                {t("line {0}", line)}
              </button>
            )}
            <div class="muted">{t("Until it is repaired, no plan can be approved or started.")}</div>
          </Banner>
        );
      })}
    </>
  );
}

function Diagnostics({ page, plan }: { page: PlanPage; plan: Plan }): JSX.Element | null {
  const [first] = SEVERITIES.filter((severity) => plan.diagnostics.some((one) => one.severity === severity));
  if (first === undefined) return null;
  const of = (severity: Diagnostic["severity"]): number =>
    plan.diagnostics.filter((one) => one.severity === severity).length;
  const title = [
    of("error") > 0 ? count(of("error"), "{0} error", "{0} errors") : "",
    of("warning") > 0 ? count(of("warning"), "{0} warning", "{0} warnings") : "",
    of("info") > 0 ? count(of("info"), "{0} note", "{0} notes") : "",
  ].filter((part) => part !== "");
  const undecided = plan.steps.filter(({ decision }) => decision === "undecided");
  const shown =
    undecided.length > EACH_SHOWN ? plan.diagnostics.filter(({ code }) => code !== "no-agent") : plan.diagnostics;
  return (
    <Folded kind={first} title={t("The plan has {0}.", title.join(", "))} open={first === "error"}>
      <ul class="lines">
        {undecided.length > 1 && <UndecidedSteps page={page} steps={undecided} />}
        {shown.map((diagnostic, index) => (
          <DiagnosticLine key={index} page={page} plan={plan} diagnostic={diagnostic} />
        ))}
      </ul>
    </Folded>
  );
}

/** Of more steps without an agent only their number is told: each says it itself, in the graph and the list. */
const EACH_SHOWN = 5;

function DiagnosticLine({
  page,
  plan,
  diagnostic,
}: {
  page: PlanPage;
  plan: Plan;
  diagnostic: Diagnostic;
}): JSX.Element {
  const { severity, range, steps } = diagnostic;
  const [stepId] = steps;
  return (
    <li class={`diagnostic ${severity}`}>
      <Icon name={severity} />
      <span class="diagnostic-text">
        <span class="sr-only">{t("{0}: ", severity)}</span>
        {visible(withoutOptions(diagnostic) ?? diagnostic.message)}{" "}
        {range && (
          <button
            type="button"
            class="link"
            onClick={() => {
              page.host.tell({ type: "open-file", path: plan.specPath, line: range.line });
            }}
          >
            {t("line {0}", range.line)}
          </button>
        )}{" "}
        {stepId !== undefined && page.steps.value.has(stepId) && <span aria-hidden="true">· </span>}
        {stepId !== undefined && page.steps.value.has(stepId) && (
          <button
            type="button"
            class="link"
            onClick={() => {
              page.openInspector(stepId);
            }}
          >
            {t("show step")}
          </button>
        )}
        {diagnostic.code === "no-agent" && page.stepOf(stepId ?? null)?.decision === "undecided" && (
          <QuickChoices page={page} stepId={stepId ?? ""} />
        )}
      </span>
    </li>
  );
}

/** What can be decided at once about a step that has no agent; choosing one needs the inspector. */
function QuickChoices({ page, stepId }: { page: PlanPage; stepId: string }): JSX.Element {
  const decide = (change: { simulate: true } | { skip: true }): void => {
    page.setDraft(withChange(page.draft.value, { stepId, ...change }));
  };
  return (
    <span class="quick-choices">
      <Button
        onClick={() => {
          page.openInspector(stepId);
        }}
      >
        {t("Choose Agent…")}
      </Button>
      <Button
        onClick={() => {
          decide({ simulate: true });
        }}
      >
        {t("Simulate")}
      </Button>
      <Button
        onClick={() => {
          decide({ skip: true });
        }}
      >
        {t("Skip")}
      </Button>
    </span>
  );
}

interface FoldedProps {
  readonly kind: "error" | "warning" | "info";
  readonly title: string;
  readonly open?: boolean;
  readonly children: ComponentChildren;
}

/** A message whose details unfold. */
function Folded({ kind, title, open = false, children }: FoldedProps): JSX.Element {
  const [isOpen, setOpen] = useState(open);
  return (
    <Banner
      kind={kind}
      actions={
        <button
          type="button"
          class="link"
          aria-expanded={isOpen}
          onClick={() => {
            setOpen(!isOpen);
          }}
        >
          {isOpen ? t("Hide") : t("Show")}
        </button>
      }
    >
      <div>{title}</div>
      {isOpen && children}
    </Banner>
  );
}
