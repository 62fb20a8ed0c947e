import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import { IconButton } from "../parts/button.tsx";
import { SimulatedMark, State } from "../parts/icon.tsx";
import { count, duration, oneLine, t, visible } from "../text.ts";
import { commandText } from "./approve-dialog.tsx";
import type { PlanPage } from "./plan-page.ts";
import { Fact, Part, StepLink } from "./inspector-parts.tsx";
import { StepEdit } from "./step-edit.tsx";
import { StepRun } from "./step-run.tsx";
import { lookOf, revisionWord } from "./step-words.ts";
import { estimateOf } from "./totals.ts";
import "./inspector.css";

/** Everything about one step: how it went, what it runs and why, and what a person may change of it. */
export function Inspector({ page, plan, step }: { page: PlanPage; plan: Plan; step: PlanStep }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  const inspections = page.inspections.value;
  // Only when a person asked for it: a click in the graph or list leaves the focus there.
  useEffect(() => {
    if (!page.takeInspection()) return;
    heading.current?.focus();
  }, [inspections]);
  const glance = page.run.glances.value.get(step.id);
  const revised = page.revised.value.get(step.id);
  const number = page.numbers.value.get(step.id) ?? 0;
  // Once it runs, what it is comes before what could be changed of it.
  const hasBegun = page.run.progress.value !== null;
  const edit = <StepEdit key={`edit ${step.id}`} page={page} plan={plan} step={step} />;
  return (
    <section
      class="inspector"
      aria-label={t("Step {0}", number)}
      onKeyDown={(event) => {
        if (event.key === "Escape") close(page);
      }}
    >
      <div class="inspector-head">
        <h2 ref={heading} tabIndex={-1}>
          {`${number}. ${oneLine(step.title)}`}
        </h2>
        <IconButton
          icon="go-to-file"
          label={t("Open Line {0} of the Specification", step.line)}
          onClick={() => {
            page.host.tell({ type: "open-file", path: plan.specPath, line: step.line });
          }}
        />
        <IconButton
          icon="close"
          label={t("Close")}
          onClick={() => {
            close(page);
          }}
        />
      </div>
      <div class="inspector-state">
        <State look={lookOf(page, step, glance)} />
        {step.simulated && <SimulatedMark />}
        {page.critical.value.has(step.id) && <span class="muted">{t("on the critical path")}</span>}
        {step.checkpoint && <span class="muted">{t("checkpoint")}</span>}
        {revised && (
          <span>
            <span class={`badge ${revised.status}`}>{revisionWord(revised.status)}</span>{" "}
            <span class="muted">{visible(revised.reason)}</span>
          </span>
        )}
      </div>
      <StepRun key={step.id} page={page} step={step} />
      <WhatRuns step={step} />
      {!hasBegun && edit}
      <Facts page={page} plan={plan} step={step} />
      {hasBegun && edit}
    </section>
  );
}

/** The focus goes back to the steps, from where a person goes on. */
function close(page: PlanPage): void {
  page.select(null);
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>(".list-body, .graph-view")?.focus();
  });
}

function WhatRuns({ step }: { step: PlanStep }): JSX.Element | null {
  const { instructions, command, cwd, env } = step.parameters;
  const variables = Object.entries(env);
  if (instructions === "" && command === null && step.check === null && step.extract.length === 0) return null;
  return (
    <Part title={t("What runs")}>
      {instructions !== "" && <p class="instructions">{visible(instructions)}</p>}
      {command !== null && <pre tabIndex={0}>{visible(commandText(command))}</pre>}
      <dl>
        {step.check !== null && <Fact name={t("Check")}>{<code>{visible(step.check)}</code>}</Fact>}
        {step.extract.length > 0 && (
          <Fact name={t("Named outputs")}>
            <code>{visible(step.extract.map(({ name }) => name).join(", "))}</code>
          </Fact>
        )}
        {cwd !== null && <Fact name={t("Folder")}>{visible(cwd)}</Fact>}
        {variables.length > 0 && (
          <Fact name={t("Environment")}>
            <code>{visible(variables.map(([name, value]) => `${name}=${value}`).join("\n"))}</code>
          </Fact>
        )}
      </dl>
    </Part>
  );
}

function Facts({ page, plan, step }: { page: PlanPage; plan: Plan; step: PlanStep }): JSX.Element {
  const cost = estimateOf(step, "cost", plan.currency);
  const time = estimateOf(step, "duration", plan.currency);
  const timeout = step.timeout === "none" ? t("none") : duration(step.timeout);
  return (
    <>
      <Part title={t("Expected")}>
        <dl>
          <Fact name={t("Cost")}>
            {cost.text} <span class="muted">{cost.note}</span>
          </Fact>
          <Fact name={t("Time")}>
            {time.text} <span class="muted">{time.note}</span>
          </Fact>
          {step.estimateNote !== null && <Fact name={t("Record")}>{visible(step.estimateNote)}</Fact>}
          <Fact name={t("Attempts")}>
            {t("at most {0}, timeout {1}", step.retry.maxAttempts, timeout)}
            {step.idempotent ? "" : ` · ${t("asked before it runs again after a crash")}`}
          </Fact>
          {step.onFailure !== null && <Fact name={t("On failure")}>{step.onFailure}</Fact>}
          {step.priority !== 0 && <Fact name={t("Priority")}>{step.priority}</Fact>}
        </dl>
      </Part>
      <Part title={t("Why this agent")}>
        <dl>
          <Fact name={t("Agent")}>
            {step.agent === null ? t("none") : oneLine(step.agent)}{" "}
            <span class="muted">{visible(step.reason.agent)}</span>
          </Fact>
          {step.fallbacks.length > 0 && (
            <Fact name={t("If it cannot")}>
              {oneLine(step.fallbacks.join(", "))} <span class="muted">{t("in this order")}</span>
            </Fact>
          )}
          <Fact name={t("Capability")}>
            {step.capability} <span class="muted">{visible(step.reason.capability)}</span>
          </Fact>
          {step.service !== null && <Fact name={t("Service")}>{oneLine(step.service)}</Fact>}
        </dl>
      </Part>
      <Place page={page} plan={plan} step={step} />
      <Requirements page={page} plan={plan} step={step} />
      <Dependencies page={page} step={step} />
      {step.locks.length > 0 && (
        <Part title={t("Uses alone")}>
          <ul class="lines">
            {step.locks.map(({ name, reason }) => (
              <li key={name}>
                <code>{oneLine(name)}</code>{" "}
                <span class="muted">{visible(reason ?? t("stated in the specification"))}</span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Files page={page} title={t("Files")} paths={step.files} />
      <Files page={page} title={t("Must produce")} paths={step.outputs} />
    </>
  );
}

/** Where a step of a plan with coding steps works, and what is wanted of it there. */
function Place({ page, plan, step }: { page: PlanPage; plan: Plan; step: PlanStep }): JSX.Element | null {
  const { isolation } = plan;
  if (isolation === null && step.role === null && step.reviews === null) return null;
  return (
    <Part title={t("How it works")}>
      <dl>
        {step.role !== null && <Fact name={t("Role")}>{oneLine(step.role)}</Fact>}
        {isolation !== null && (
          <Fact name={t("Works in")}>
            {placeWord(step.place)} <span class="muted">{visible(isolation.reason)}</span>
          </Fact>
        )}
        {step.change === "required" && <Fact name={t("Changes")}>{t("It fails when it changes no file.")}</Fact>}
        {step.reviews !== null && (
          <Fact name={t("Reviews")}>
            <StepLink page={page} stepId={step.reviews} />{" "}
            <span class="muted">{t("sends it back at most {0} times", step.rounds)}</span>
          </Fact>
        )}
      </dl>
    </Part>
  );
}

function placeWord(place: PlanStep["place"]): string {
  switch (place) {
    case "worktree":
      return t("a git worktree of its own");
    case "tree":
      return t("the tree into which results are merged");
    case "folder":
      return t("the folder itself");
  }
}

/** What the step is for, as its task says, with the words of the file beside the spec where there is one. */
function Requirements({ page, plan, step }: { page: PlanPage; plan: Plan; step: PlanStep }): JSX.Element | null {
  if (step.requirements.length === 0) return null;
  const known = new Map(plan.requirements.map((one) => [one.id, one]));
  return (
    <Part title={t("Serves")}>
      <ul class="lines">
        {step.requirements.map((id) => {
          const requirement = known.get(id);
          return (
            <li key={id}>
              {requirement ? (
                <button
                  type="button"
                  class="link"
                  title={t("Open Line {0} of {1}", requirement.line, oneLine(requirement.path))}
                  onClick={() => {
                    page.host.tell({ type: "open-file", path: requirement.path, line: requirement.line });
                  }}
                >
                  {oneLine(id)}
                </button>
              ) : (
                <code>{oneLine(id)}</code>
              )}
              {requirement && <span class="muted"> {visible(requirement.title)}</span>}
            </li>
          );
        })}
      </ul>
    </Part>
  );
}

function Dependencies({ page, step }: { page: PlanPage; step: PlanStep }): JSX.Element {
  const followers = (page.plan.value?.steps ?? []).filter(({ dependencies }) => dependencies.includes(step.id));
  return (
    <>
      <Part title={t("Waits for")}>
        {step.dependencies.length === 0 && <p class="muted">{t("Nothing: it can start at once.")}</p>}
        <ul class="lines">
          {step.dependencies.map((id) => (
            <li key={id}>
              <StepLink page={page} stepId={id} />{" "}
              <span class="muted">{visible(step.reason.dependencies[id] ?? "")}</span>
            </li>
          ))}
        </ul>
      </Part>
      {followers.length > 0 && (
        <Part title={count(followers.length, "{0} step waits for it", "{0} steps wait for it")}>
          <ul class="lines">
            {followers.slice(0, FOLLOWERS_SHOWN).map(({ id }) => (
              <li key={id}>
                <StepLink page={page} stepId={id} />
              </li>
            ))}
            {followers.length > FOLLOWERS_SHOWN && (
              <li class="muted">{t("and {0} more", followers.length - FOLLOWERS_SHOWN)}</li>
            )}
          </ul>
        </Part>
      )}
    </>
  );
}

const FOLLOWERS_SHOWN = 20;

function Files({
  page,
  title,
  paths,
}: {
  page: PlanPage;
  title: string;
  paths: readonly string[];
}): JSX.Element | null {
  if (paths.length === 0) return null;
  return (
    <Part title={title}>
      <ul class="lines">
        {paths.map((path) => (
          <li key={path}>
            {/[*?[{]/.test(path) ? (
              <code>{oneLine(path)}</code>
            ) : (
              <button
                type="button"
                class="link"
                onClick={() => {
                  page.host.tell({ type: "open-file", path, line: null });
                }}
              >
                {oneLine(path)}
              </button>
            )}
          </li>
        ))}
      </ul>
    </Part>
  );
}
