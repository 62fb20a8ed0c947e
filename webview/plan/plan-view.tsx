import type { JSX } from "preact";
import type { Failure } from "../../schemas/failure.ts";
import type { Plan } from "../../schemas/plan.ts";
import { Button, IconButton } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { useSize } from "../parts/use-size.ts";
import { t, visible } from "../text.ts";
import { Graph } from "./graph.tsx";
import { Header } from "./header.tsx";
import { Inspector } from "./inspector.tsx";
import { Messages } from "./messages.tsx";
import type { Arrangement, Tab } from "./kept-state.ts";
import type { PlanPage } from "./plan-page.ts";
import { StepList } from "./step-list.tsx";
import { Timeline } from "./timeline.tsx";

/** Below it there is room for one thing at a time. */
const NARROW = 640;
/** From here on the inspector stands beside the pictures, which are above one another. */
const MEDIUM = 760;
/** From here on graph, list and inspector stand beside one another. */
const WIDE = 1_100;

/** The plan panel as a whole. */
export function PlanView({ page }: { page: PlanPage }): JSX.Element {
  const saved = page.saved.value;
  const answer = page.answer.value;
  if (answer === null) {
    return saved.kind === "failed" ? <Failed page={page} reason={saved.failure} /> : <LoadingPlan page={page} />;
  }
  return (
    <main class="plan-page" aria-busy={page.busy.value !== null}>
      <Header page={page} plan={answer.plan} />
      <Messages page={page} answer={answer} />
      {answer.plan.steps.length === 0 ? (
        <EmptyPlan page={page} plan={answer.plan} />
      ) : (
        <Body page={page} plan={answer.plan} />
      )}
    </main>
  );
}

function LoadingPlan({ page }: { page: PlanPage }): JSX.Element {
  const { state, message } = page.host.worker.value;
  if (state === "lost") {
    return <Failed page={page} reason={{ code: "worker_unavailable", message: message ?? "", retryable: true }} />;
  }
  return (
    <main class="empty" aria-busy="true">
      <Icon name="loading" spin />
      <p>{t("Loading the plan…")}</p>
    </main>
  );
}

function Failed({ page, reason }: { page: PlanPage; reason: Failure }): JSX.Element {
  return (
    <main class="empty">
      <Icon name="error" />
      <h1>{t("The plan cannot be shown")}</h1>
      <p role="alert">{visible(reason.message)}</p>
      <Button
        primary
        onClick={() => {
          page.saved.value = { kind: "loading" };
          page.load();
        }}
      >
        {t("Try Again")}
      </Button>
    </main>
  );
}

function EmptyPlan({ page, plan }: { page: PlanPage; plan: Plan }): JSX.Element {
  const isDone = plan.settled.length > 0;
  return (
    <div class="empty">
      <Icon name={isDone ? "pass" : "checklist"} />
      <p>
        {isDone
          ? t("Every task of the specification is done or skipped: there is nothing to run.")
          : t("The specification has no task to run. A task is a list item with a box: - [ ] Do this")}
      </p>
      <Button
        onClick={() => {
          page.host.tell({ type: "open-file", path: plan.specPath, line: 1 });
        }}
      >
        {t("Open the Specification")}
      </Button>
    </div>
  );
}

function Body({ page, plan }: { page: PlanPage; plan: Plan }): JSX.Element {
  const { ref, size } = useSize<HTMLDivElement>();
  const isNarrow = size.width < NARROW;
  const step = page.stepOf(page.selected.value);
  const wanted = page.arrangement.value;
  const arrangement: Arrangement = isNarrow && wanted === "both" ? "list" : wanted;
  const tab = page.tab.value;
  // Where there is room for one thing only, the step that was opened is that thing.
  const stepAlone = isNarrow && step !== null;
  const layout = size.width >= WIDE ? "wide" : size.width >= MEDIUM ? "medium" : isNarrow ? "narrow" : "stacked";
  return (
    <>
      <ViewBar page={page} arrangement={arrangement} isNarrow={isNarrow} />
      <div ref={ref} class={`body ${layout}${step === null ? "" : " inspecting"}`}>
        {size.width > 0 && (
          <>
            {!stepAlone && (
              <div class={`pictures ${tab === "plan" ? arrangement : "timeline"}`}>
                {tab === "plan" && arrangement !== "list" && <GraphArea page={page} />}
                {tab === "plan" && arrangement !== "graph" && <StepList page={page} plan={plan} />}
                {tab === "timeline" && <TimelineArea page={page} plan={plan} />}
              </div>
            )}
            {step !== null && <Inspector page={page} plan={plan} step={step} />}
          </>
        )}
      </div>
    </>
  );
}

function TimelineArea({ page, plan }: { page: PlanPage; plan: Plan }): JSX.Element {
  return (
    <Timeline
      plan={plan}
      glances={page.run.glances.value}
      progress={page.run.progress.value}
      now={page.run.elapsed.value}
      selected={page.selected.value}
      onSelect={(stepId) => {
        page.select(stepId);
      }}
    />
  );
}

function GraphArea({ page }: { page: PlanPage }): JSX.Element {
  const layout = page.layout.value;
  switch (layout.kind) {
    case "there":
      return <Graph key={`${layout.value.planId} ${layout.value.direction}`} page={page} layout={layout.value} />;
    case "loading":
      return (
        <div class="graph empty" aria-busy="true">
          <Icon name="loading" spin />
          <p>{t("Drawing the graph…")}</p>
        </div>
      );
    case "failed":
      return (
        <div class="graph empty">
          <p role="alert">{t("The graph cannot be drawn: {0}", visible(layout.failure.message))}</p>
          <Button
            onClick={() => {
              page.load();
            }}
          >
            {t("Try Again")}
          </Button>
        </div>
      );
  }
}

function ViewBar(props: { page: PlanPage; arrangement: Arrangement; isNarrow: boolean }): JSX.Element {
  const { page, arrangement, isNarrow } = props;
  const tabs: readonly [Tab, string][] = [
    ["plan", t("Plan")],
    ["timeline", t("Timeline")],
  ];
  const choices: readonly [Arrangement, string, string][] = [
    ["graph", "type-hierarchy-sub", t("Graph Only")],
    ["both", "split-horizontal", t("Graph and List")],
    ["list", "list-unordered", t("List Only")],
  ];
  return (
    <div class="view-bar">
      <div class="tabs" role="group" aria-label={t("View")}>
        {tabs.map(([tab, title]) => (
          <button
            key={tab}
            type="button"
            class="tab"
            aria-pressed={page.tab.value === tab}
            onClick={() => {
              page.tab.value = tab;
              page.keep();
            }}
          >
            {title}
          </button>
        ))}
      </div>
      {page.tab.value === "plan" && (
        <div class="choices" role="group" aria-label={t("How the plan is shown")}>
          {choices
            .filter(([choice]) => !isNarrow || choice !== "both")
            .map(([choice, icon, label]) => (
              <IconButton
                key={choice}
                icon={icon}
                label={label}
                pressed={arrangement === choice}
                onClick={() => {
                  page.arrangement.value = choice;
                  page.keep();
                }}
              />
            ))}
        </div>
      )}
    </div>
  );
}
