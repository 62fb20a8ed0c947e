import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { AgentView } from "../../schemas/agent.ts";
import { formatDuration, parseDuration } from "../../schemas/duration.ts";
import type { Plan, PlanStep, StepModification } from "../../schemas/plan.ts";
import { Button } from "../parts/button.tsx";
import { oneLine, t } from "../text.ts";
import { own, whyBusy } from "./actions-of.ts";
import { changedFields, changeOf, withChange, withoutField, withoutStep, type DraftField } from "./draft.ts";
import { Field, TextField, type EditProps } from "./edit-fields.tsx";
import { Part } from "./inspector-parts.tsx";
import { ParameterFields } from "./parameter-fields.tsx";
import { replan } from "./plan-commands.ts";
import type { PlanPage } from "./plan-page.ts";
import "./step-edit.css";

interface StepEditProps {
  readonly page: PlanPage;
  readonly plan: Plan;
  readonly step: PlanStep;
}

/** What a person may change of a step before it is approved. Changes are a draft until then; each can be taken back. */
export function StepEdit({ page, plan, step }: StepEditProps): JSX.Element {
  const change = changeOf(page.draft.value, step.id);
  const changed = changedFields(change);
  const before = page.savedSteps.value.get(step.id) ?? step;
  const [isOpen, setOpen] = useState(step.decision === "undecided" || changed.length > 0);
  const executionId = page.shown.value?.executionId ?? null;
  const set = (patch: Omit<StepModification, "stepId">): void => {
    page.setDraft(withChange(page.draft.value, { stepId: step.id, ...patch }));
  };
  const field = (name: DraftField): { changed: boolean; onUndo: () => void } => ({
    changed: changed.includes(name),
    onUndo: () => {
      page.setDraft(withoutField(page.draft.value, step.id, name));
    },
  });
  if (!isOpen) {
    return (
      <Part title={t("Change")}>
        <Button
          icon="edit"
          onClick={() => {
            setOpen(true);
          }}
        >
          {t("Change This Step")}
        </Button>
      </Part>
    );
  }
  const parts: EditProps = { step, before, change, set, field };
  return (
    <Part title={t("Change")}>
      <form
        class="edit"
        onSubmit={(event) => {
          event.preventDefault();
        }}
      >
        <AgentField {...parts} agents={page.workspace.value?.agents ?? []} />
        <TimingFields {...parts} />
        <ParameterFields {...parts} />
        <CommentField {...parts} />
        <div class="edit-actions">
          <Button
            icon="git-compare"
            disabledBecause={whyBusy(page) ?? (changed.length === 0 ? t("Nothing is changed.") : null)}
            title={t("Make a new plan with these changes")}
            onClick={() => own(page, replan(page, plan.revises ?? executionId))}
          >
            {t("Replan")}
          </Button>
          {changed.length > 0 && (
            <Button
              icon="discard"
              onClick={() => {
                page.setDraft(withoutStep(page.draft.value, step.id));
              }}
            >
              {t("Undo Changes of This Step")}
            </Button>
          )}
        </div>
      </form>
    </Part>
  );
}

const SIMULATE = "\u0000simulate";
const SKIP = "\u0000skip";

function AgentField({
  step,
  before,
  change,
  set,
  field,
  agents,
}: EditProps & { agents: readonly AgentView[] }): JSX.Element {
  const offering = agents.filter(({ capabilities }) => capabilities.some(({ name }) => name === step.capability));
  const others = agents.filter((agent) => !offering.includes(agent));
  const value = step.decision === "skip" ? SKIP : step.decision === "simulate" ? SIMULATE : (step.agent ?? "");
  const chosen = change?.skip === true ? SKIP : change?.simulate === true ? SIMULATE : (change?.agent ?? value);
  const isKnown = chosen === "" || chosen === SKIP || chosen === SIMULATE || agents.some(({ id }) => id === chosen);
  return (
    <Field id="edit-agent" label={t("Run by")} was={choiceWord(before)} {...field("choice")}>
      <select
        id="edit-agent"
        class="field"
        value={chosen}
        onChange={({ currentTarget: { value: next } }) => {
          if (next === SKIP) set({ skip: true });
          else if (next === SIMULATE) set({ simulate: true });
          else if (next !== "") set({ agent: next });
        }}
      >
        {chosen === "" && <option value="">{t("Choose…")}</option>}
        {!isKnown && <option value={chosen}>{oneLine(chosen)}</option>}
        <optgroup label={t("Agents for {0}", step.capability)}>{offering.map(agentOption)}</optgroup>
        {others.length > 0 && <optgroup label={t("Other agents")}>{others.map(agentOption)}</optgroup>}
        <optgroup label={t("Without an agent")}>
          <option value={SIMULATE}>{t("Simulate: nothing really runs")}</option>
          <option value={SKIP}>{t("Skip: what depends on it goes on")}</option>
        </optgroup>
      </select>
    </Field>
  );
}

function agentOption(agent: AgentView): JSX.Element {
  const name = agent.name === agent.id ? oneLine(agent.id) : `${oneLine(agent.name)} (${oneLine(agent.id)})`;
  const label = agent.available ? name : t("{0}, not available: {1}", name, oneLine(agent.unavailableReason ?? ""));
  return (
    <option key={agent.id} value={agent.id} disabled={!agent.available}>
      {agent.simulated ? t("{0}, simulated", label) : label}
    </option>
  );
}

function choiceWord(step: PlanStep): string {
  if (step.decision === "skip") return t("skipped");
  if (step.decision === "simulate") return t("simulated");
  return step.agent === null ? t("undecided") : oneLine(step.agent);
}

function TimingFields({ before, change, set, field }: EditProps): JSX.Element {
  const timeout = change?.timeout ?? before.timeout;
  const retries = change?.retries ?? before.retry.maxAttempts - 1;
  const locks = change?.locks ?? before.locks.map(({ name }) => name);
  return (
    <>
      <div class="edit-row">
        <TextField
          id="edit-timeout"
          label={t("Timeout")}
          was={timeoutWord(before.timeout)}
          {...field("timeout")}
          value={timeoutWord(timeout)}
          read={(text) => {
            const milliseconds = text.trim() === "none" ? "none" : parseDuration(text);
            return milliseconds === null ? t("Write it like 90s, 5m or 1h30m, or none.") : { timeout: milliseconds };
          }}
          set={set}
        />
        <TextField
          id="edit-retries"
          label={t("Retries")}
          was={String(before.retry.maxAttempts - 1)}
          {...field("retries")}
          value={String(retries)}
          read={(text) =>
            /^\d{1,3}$/.test(text.trim()) && Number(text) <= 100
              ? { retries: Number(text) }
              : t("Write a whole number from 0 to 100.")
          }
          set={set}
        />
      </div>
      <TextField
        id="edit-locks"
        label={t("Locks")}
        hint={t("Names with commas between them; steps with the same one do not run together.")}
        was={before.locks.map(({ name }) => name).join(", ") || t("none")}
        {...field("locks")}
        value={locks.join(", ")}
        read={(text) => ({ locks: text.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()])) })}
        set={set}
      />
    </>
  );
}

function timeoutWord(timeout: PlanStep["timeout"]): string {
  return timeout === "none" ? "none" : formatDuration(timeout);
}

function CommentField({ step, change, set, field }: EditProps): JSX.Element {
  return (
    <TextField
      id="edit-comment"
      label={t("Comment")}
      rows={2}
      hint={
        step.parameters.command === null
          ? t("It joins the instructions of the step.")
          : t("It is kept with the plan; the command does not read it.")
      }
      was={t("none")}
      {...field("comment")}
      value={change?.comment ?? ""}
      read={(text) => (text.trim() === "" ? null : { comment: text.trim().slice(0, COMMENT_LENGTH) })}
      set={set}
    />
  );
}

const COMMENT_LENGTH = 10_000;
