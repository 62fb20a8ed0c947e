import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { z } from "zod";
import type { AgentView } from "../../schemas/agent.ts";
import { formatDuration, parseDuration } from "../../schemas/duration.ts";
import type { Plan, PlanStep, StepModification } from "../../schemas/plan.ts";
import { Button, IconButton } from "../parts/button.tsx";
import { oneLine, t, visible } from "../text.ts";
import { own, whyBusy } from "./actions-of.ts";
import { commandText } from "./approve-dialog.tsx";
import { changedFields, changeOf, withChange, withoutField, withoutStep, type DraftField } from "./draft.ts";
import { Part } from "./inspector-parts.tsx";
import { replan } from "./plan-commands.ts";
import type { PlanPage } from "./plan-page.ts";

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

interface EditProps {
  readonly step: PlanStep;
  /** The step as it is in the recorded plan. */
  readonly before: PlanStep;
  readonly change: StepModification | null;
  readonly set: (patch: Omit<StepModification, "stepId">) => void;
  readonly field: (name: DraftField) => { changed: boolean; onUndo: () => void };
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly changed: boolean;
  readonly onUndo: () => void;
  /** What it was in the recorded plan. */
  readonly was: string;
  readonly problem?: string | null;
  readonly hint?: string;
  readonly children: ComponentChildren;
}

function Field({ id, label, changed, onUndo, was, problem = null, hint, children }: FieldProps): JSX.Element {
  return (
    <div class={changed ? "edit-field changed" : "edit-field"}>
      <div class="edit-label">
        <label for={id}>{label}</label>
        {changed && (
          <>
            <span class="muted ellipsis" title={was}>
              {t("was {0}", was)}
            </span>
            <IconButton icon="discard" label={t("Undo: {0}", label)} onClick={onUndo} />
          </>
        )}
      </div>
      {children}
      {problem !== null && (
        <div class="edit-problem" role="alert">
          {problem}
        </div>
      )}
      {hint !== undefined && problem === null && <div class="muted edit-hint">{hint}</div>}
    </div>
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

const Json = z.record(z.string(), z.json());
const Argv = z.array(z.string()).min(1);

function ParameterFields({ before, change, set, field }: EditProps): JSX.Element {
  const { instructions, command, cwd, env, extra } = before.parameters;
  const changed = change?.parameters ?? {};
  const own_ = Object.fromEntries(Object.entries({ ...extra, ...changed }).filter(([key]) => !KNOWN.has(key)));
  const extraChanged = Object.keys(changed).filter((key) => !KNOWN.has(key));
  const commandWas = command === null ? "" : commandText(command);
  const envWas = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return (
    <details class="edit-more">
      <summary>{t("Parameters")}</summary>
      <TextField
        id="edit-instructions"
        label={t("Instructions")}
        rows={5}
        was={oneLine(instructions) || t("empty")}
        {...field("parameters.instructions")}
        value={textOf(changed["instructions"], instructions)}
        read={(text) => ({ parameters: { instructions: text } })}
        set={set}
      />
      <TextField
        id="edit-command"
        label={t("Command")}
        rows={3}
        mono
        hint={t('Shell text, or a list such as ["npm", "test"].')}
        was={oneLine(commandWas) || t("none")}
        {...field("parameters.command")}
        value={textOf(changed["command"], commandWas)}
        read={readCommand}
        set={set}
      />
      <TextField
        id="edit-cwd"
        label={t("Folder")}
        was={cwd ?? t("the workspace")}
        {...field("parameters.cwd")}
        value={textOf(changed["cwd"], cwd ?? "")}
        read={(text) => ({ parameters: { cwd: text.trim() === "" ? null : text.trim() } })}
        set={set}
      />
      <TextField
        id="edit-env"
        label={t("Environment")}
        rows={2}
        mono
        hint={t("One NAME=value a line, on top of what the specification says.")}
        was={envWas.join(", ") || t("none")}
        {...field("parameters.env")}
        value={envText(changed["env"], envWas)}
        read={readEnvironment}
        set={set}
      />
      <TextField
        id="edit-extra"
        label={t("For the agent")}
        rows={3}
        mono
        hint={t('A JSON object; the agent gets it as it is, such as {"model": "small"}.')}
        was={Object.keys(extra).length === 0 ? t("none") : JSON.stringify(extra)}
        changed={extraChanged.length > 0}
        onUndo={() => {
          for (const key of extraChanged) field(`parameters.${key}`).onUndo();
        }}
        value={Object.keys(own_).length === 0 ? "" : JSON.stringify(own_, null, 2)}
        read={readExtra}
        set={set}
      />
    </details>
  );
}

const KNOWN: ReadonlySet<string> = new Set(["instructions", "command", "cwd", "env"]);

type Patch = Omit<StepModification, "stepId">;

function readCommand(text: string): Patch | string {
  if (text.trim() === "") return { parameters: { command: null } };
  if (!text.trim().startsWith("[")) return { parameters: { command: text } };
  const words = parsed(Argv, text);
  return words === null ? t('A list is written like ["npm", "test"].') : { parameters: { command: words } };
}

function readEnvironment(text: string): Patch | string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const variables: Record<string, string> = {};
  for (const line of lines) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (!match) return t("“{0}” is not NAME=value.", visible(line.trim()));
    variables[match[1] ?? ""] = match[2] ?? "";
  }
  return { parameters: { env: variables } };
}

function readExtra(text: string): Patch | string {
  if (text.trim() === "") return { parameters: {} };
  const object = parsed(Json, text);
  if (object === null) return t('Write a JSON object such as {"model": "small"}.');
  const taken = Object.keys(object).find((key) => KNOWN.has(key));
  return taken === undefined ? { parameters: object } : t("{0} has a field of its own above.", taken);
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function textOf(changed: unknown, before: string): string {
  if (changed === undefined) return before;
  if (changed === null) return "";
  return typeof changed === "string" ? changed : JSON.stringify(changed);
}

function envText(changed: unknown, before: readonly string[]): string {
  const variables = z.record(z.string(), z.string()).safeParse(changed);
  const lines = variables.success ? Object.entries(variables.data).map(([name, value]) => `${name}=${value}`) : before;
  return lines.join("\n");
}

function CommentField({ change, set, field }: EditProps): JSX.Element {
  return (
    <TextField
      id="edit-comment"
      label={t("Comment")}
      rows={2}
      hint={t("It joins the instructions of the step.")}
      was={t("none")}
      {...field("comment")}
      value={change?.comment ?? ""}
      read={(text) => (text.trim() === "" ? null : { comment: text.trim().slice(0, COMMENT_LENGTH) })}
      set={set}
    />
  );
}

const COMMENT_LENGTH = 10_000;

interface TextFieldProps extends Omit<FieldProps, "children" | "problem"> {
  readonly value: string;
  readonly rows?: number;
  readonly mono?: boolean;
  /** The change that the text means; why it means none; null: the field is as it was. */
  readonly read: (text: string) => Patch | string | null;
  readonly set: (patch: Patch) => void;
}

/** A text that becomes part of the draft when the person leaves the field, or presses Enter in one of a single line. */
function TextField({ value, rows, mono = false, read, set, ...field }: TextFieldProps): JSX.Element {
  const [text, setText] = useState<string | null>(null);
  const reading = text === null || text === value ? null : read(text);
  const problem = typeof reading === "string" ? reading : null;
  const commit = (): void => {
    if (text === null || text === value) return setText(null);
    if (reading === null) field.onUndo();
    else if (typeof reading === "object") set(reading);
    if (typeof reading !== "string") setText(null);
  };
  const props = {
    id: field.id,
    class: mono ? "field mono" : "field",
    value: text ?? value,
    spellcheck: false,
    "aria-invalid": problem !== null,
    onInput: (event: { currentTarget: { value: string } }) => {
      setText(event.currentTarget.value);
    },
    onBlur: commit,
  };
  return (
    <Field {...field} problem={problem}>
      {rows === undefined ? (
        <input
          {...props}
          onKeyDown={(event) => {
            if (event.key === "Enter") commit();
          }}
        />
      ) : (
        <textarea {...props} rows={rows} />
      )}
    </Field>
  );
}
