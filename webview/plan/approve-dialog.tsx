import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Hook } from "../../schemas/hook.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { count, duration, oneLine, t, visible } from "../text.ts";
import { own } from "./actions-of.ts";
import { policyLines } from "./limits.tsx";
import { approve, approveAndExecute, whyNotApproved } from "./plan-commands.ts";
import type { PlanPage } from "./plan-page.ts";
import { plannedCost } from "./totals.ts";
import "./approve-dialog.css";

interface ApproveDialogProps {
  readonly page: PlanPage;
  readonly plan: Plan;
  readonly execute: boolean;
  readonly isApproved: boolean;
  readonly onClose: () => void;
}

/** Before anything may run: what it is, word for word, and what it is expected to cost. */
export function ApproveDialog({ page, plan, execute, isApproved, onClose }: ApproveDialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const goesOn = plan.revises !== null;
  const verb = execute ? (goesOn ? t("Go On") : t("Execute")) : t("Approve");
  const word = execute && !isApproved ? (goesOn ? t("Approve and Go On") : t("Approve and Execute")) : verb;
  return (
    <dialog ref={dialog} class="approve" aria-labelledby="approve-title" onClose={onClose}>
      <h2 id="approve-title">{t("{0}: {1}", word, oneLine(plan.title))}</h2>
      <p class="muted">{summary(plan)}</p>
      {(plannedCost(plan).share ?? 0) > 1 && (
        <Banner kind="warning">{t("The plan is expected to cost more than its budget.")}</Banner>
      )}
      {execute && page.scope.value !== null && (
        <p>{t("Of these, only the chosen step and what depends on it will run.")}</p>
      )}
      {plan.isolation !== null && <p>{isolationText(plan.isolation)}</p>}
      <ProgramsAndCommands plan={plan} />
      <div class="dialog-actions">
        <Button
          onClick={() => {
            dialog.current?.close();
          }}
        >
          {t("Cancel")}
        </Button>
        <Button
          primary
          icon={execute ? "play" : "check"}
          disabledBecause={whyNotApproved(page)}
          onClick={() => {
            dialog.current?.close();
            own(page, execute ? approveAndExecute(page) : approve(page));
          }}
        >
          {word}
        </Button>
      </div>
    </dialog>
  );
}

function summary(plan: Plan): string {
  const cost = plannedCost(plan);
  const skipped = plan.steps.filter(({ decision }) => decision === "skip").length;
  const simulated = plan.steps.filter((step) => step.simulated).length;
  return [
    count(plan.steps.length - skipped, "{0} step", "{0} steps"),
    skipped > 0 ? t("{0} skipped", skipped) : "",
    simulated > 0 ? t("{0} simulated", simulated) : "",
    t("cost {0}, {1}", cost.text, cost.note),
    plan.estimatedDuration === null ? "" : t("time {0}, estimated", duration(plan.estimatedDuration)),
    t("{0} at once", plan.maxConcurrent),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

/** Every program and every command that the approval allows to run. */
function ProgramsAndCommands({ plan }: { plan: Plan }): JSX.Element {
  const agents = Object.entries(plan.agentCommands);
  const steps = plan.steps.flatMap((step, index) => {
    const lines = commandLines(step);
    return lines.length === 0 ? [] : [{ step, number: index + 1, lines }];
  });
  const hooks = plan.hooks.map((hook) => ({ hook, what: hookText(hook) }));
  const limits = plan.policies.flatMap(policyLines);
  const setup = plan.isolation?.setup ?? null;
  if (agents.length === 0 && setup === null && steps.length === 0 && hooks.length === 0 && limits.length === 0) {
    return <p>{t("It starts no program and no command.")}</p>;
  }
  return (
    <section class="runs" aria-label={t("What would run")} tabIndex={0}>
      {agents.length > 0 && <h3>{t("Programs of agents")}</h3>}
      <ul>
        {agents.map(([id, argv]) => (
          <li key={id}>
            <span class="runs-name">{oneLine(id)}</span>
            <code>{visible(argv.map((word) => JSON.stringify(word)).join(" "))}</code>
          </li>
        ))}
      </ul>
      {setup !== null && (
        <>
          <h3>{t("In each new worktree")}</h3>
          <ul>
            <li>
              <code>{visible(setup)}</code>
            </li>
          </ul>
        </>
      )}
      {steps.length > 0 && <h3>{t("Commands of steps")}</h3>}
      <ul>
        {steps.map(({ step, number, lines }) => (
          <li key={step.id}>
            <span class="runs-name">{`${number}. ${oneLine(step.title)}`}</span>
            <code>{visible(lines.join("\n"))}</code>
          </li>
        ))}
      </ul>
      {hooks.length > 0 && <h3>{t("Told of what happens")}</h3>}
      <ul>
        {hooks.map(({ hook, what }) => (
          <li key={hook.id}>
            <span class="runs-name">{t("{0}, on {1}", oneLine(hook.id), hook.on.join(", "))}</span>
            <code>{visible(what)}</code>
          </li>
        ))}
      </ul>
      {limits.length > 0 && <h3>{t("Limits of the folder")}</h3>}
      <ul>
        {limits.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  );
}

/** Where coding steps work, and what becomes of what they make. */
function isolationText({ kind, merge, bring }: NonNullable<Plan["isolation"]>): string {
  if (kind !== "worktree") return t("Coding steps: one at a time, in the folder itself");
  const end =
    merge === "auto"
      ? t("Coding steps: in git worktrees of their own; the result is applied at the end")
      : t("Coding steps: in git worktrees of their own; the result waits until you accept it");
  return bring.length === 0 ? end : `${end}. ${t("Copied into each worktree: {0}", oneLine(bring.join(", ")))}`;
}

/** Where a hook sends, or which program it runs. */
function hookText({ url, command }: Hook): string {
  return url === undefined
    ? t("runs {0}", (command ?? []).map((word) => JSON.stringify(word)).join(" "))
    : t("sends to {0}", url);
}

function commandLines(step: PlanStep): string[] {
  if (step.decision !== "agent" || step.simulated) return [];
  const { command, cwd, env } = step.parameters;
  const lines = [
    ...(command === null ? [] : [commandText(command)]),
    ...(step.check === null ? [] : [t("check: {0}", step.check)]),
  ];
  if (lines.length === 0) return [];
  // These decide what a program's name means.
  const place = cwd === null ? [] : [t("in {0}:", cwd)];
  return [...place, ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...lines];
}

/** A command as it would be run: shell text as it is, words as a list. */
export function commandText(command: NonNullable<PlanStep["parameters"]["command"]>): string {
  return command.kind === "shell" ? command.script.trimEnd() : JSON.stringify(command.argv);
}
