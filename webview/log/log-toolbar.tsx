import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { LogLevel } from "../../schemas/log.ts";
import { IconButton } from "../parts/button.tsx";
import { executionLook } from "../parts/step-state.ts";
import { moment, oneLine, t } from "../text.ts";
import { levelChoice } from "./level-look.ts";
import type { LogModel } from "./log-model.ts";
import { SearchField } from "./search-field.tsx";

/** Success counts as info, and everything is above debug. */
const LEVELS = LogLevel.options.filter((level) => level !== "success" && level !== "debug");

interface ToolbarProps {
  readonly model: LogModel;
  /** Goes to a line that matches the search. */
  readonly onGo: (backwards: boolean) => void;
  readonly current: number | null;
}

/** What is shown, and how. In a narrow view the choices stand in a row of their own, behind a button. */
export function LogToolbar({ model, onGo, current }: ToolbarProps): JSX.Element {
  const [shown, setShown] = useState(false);
  const nothing = model.executionId.value === null ? t("there is no execution yet") : null;
  return (
    <div class={shown ? "log-toolbar filters-shown" : "log-toolbar"} role="toolbar" aria-label={t("Log")}>
      <ExecutionChoice model={model} />
      <span class="log-filters-toggle">
        <IconButton
          icon={model.isFiltered ? "filter-filled" : "filter"}
          label={t("Filter by step, agent and level")}
          expanded={shown}
          onClick={() => {
            setShown(!shown);
          }}
        />
      </span>
      <div class="log-filters">
        <StepChoice model={model} />
        <AgentChoice model={model} />
        <LevelChoice model={model} />
      </div>
      <SearchField model={model} onGo={onGo} current={current} />
      <div class="log-actions">
        <IconButton
          icon="word-wrap"
          label={t("Wrap lines")}
          pressed={model.wrap.value}
          onClick={() => {
            model.wrap.value = !model.wrap.value;
          }}
        />
        <IconButton
          icon="go-to-file"
          label={t("Open the log in an editor")}
          disabledBecause={nothing}
          onClick={() => {
            model.openFile();
          }}
        />
        <IconButton
          icon="export"
          label={t("Export the log…")}
          disabledBecause={nothing}
          onClick={() => {
            model.exportFile();
          }}
        />
      </div>
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly children: ComponentChildren;
  readonly class?: string;
}

function Choice({ label, value, onChange, children, class: name = "" }: ChoiceProps): JSX.Element {
  return (
    <select
      class={`field log-choice ${value === "" ? "" : "chosen"} ${name}`}
      aria-label={label}
      title={label}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    >
      {children}
    </select>
  );
}

/** The empty choice follows whatever runs. */
function ExecutionChoice({ model }: { readonly model: LogModel }): JSX.Element {
  const executions = model.executions.value ?? [];
  const chosen = model.chosen.value;
  const shown = model.execution.value;
  const now = new Date();
  const isListed = chosen === null || executions.some(({ executionId }) => executionId === chosen);
  return (
    <Choice
      label={t("Execution")}
      class="log-execution"
      value={chosen ?? ""}
      onChange={(value) => {
        model.choose(value === "" ? null : value);
      }}
    >
      <option value="">
        {shown === null || chosen !== null ? t("Newest execution") : t("Newest: {0}", nameOf(shown, now))}
      </option>
      {!isListed && <option value={chosen}>{chosen}</option>}
      {executions.map((execution) => (
        <option key={execution.executionId} value={execution.executionId}>
          {nameOf(execution, now)}
        </option>
      ))}
    </Choice>
  );
}

type Execution = NonNullable<LogModel["execution"]["value"]>;

function nameOf({ title, status, startedAt }: Execution, now: Date): string {
  return `${oneLine(title)} – ${executionLook(status).word}, ${moment(startedAt, now)}`;
}

function StepChoice({ model }: { readonly model: LogModel }): JSX.Element {
  const chosen = model.stepId.value;
  const steps = model.names.steps.value;
  return (
    <Choice
      label={t("Step")}
      value={chosen ?? ""}
      onChange={(value) => {
        model.stepId.value = value === "" ? null : value;
      }}
    >
      <option value="">{t("All steps")}</option>
      {chosen !== null && !steps.has(chosen) && <option value={chosen}>{oneLine(chosen)}</option>}
      {[...steps].map(([id, title]) => (
        <option key={id} value={id}>
          {oneLine(title)}
        </option>
      ))}
    </Choice>
  );
}

function AgentChoice({ model }: { readonly model: LogModel }): JSX.Element {
  const chosen = model.agent.value;
  const agents = new Set(model.names.agents.value);
  if (chosen !== null) agents.add(chosen);
  return (
    <Choice
      label={t("Agent")}
      value={chosen ?? ""}
      onChange={(value) => {
        model.agent.value = value === "" ? null : value;
      }}
    >
      <option value="">{t("All agents")}</option>
      {[...agents].map((agent) => (
        <option key={agent} value={agent}>
          {oneLine(agent)}
        </option>
      ))}
    </Choice>
  );
}

function LevelChoice({ model }: { readonly model: LogModel }): JSX.Element {
  return (
    <Choice
      label={t("Level")}
      value={model.level.value ?? ""}
      onChange={(value) => {
        model.level.value = LEVELS.find((level) => level === value) ?? null;
      }}
    >
      <option value="">{t("All levels")}</option>
      {LEVELS.map((level) => (
        <option key={level} value={level}>
          {levelChoice(level)}
        </option>
      ))}
    </Choice>
  );
}
