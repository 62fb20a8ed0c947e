import type { JSX } from "preact";
import type { AgentView } from "../../schemas/agent.ts";
import type { PlanStep, StepModification } from "../../schemas/plan.ts";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { count, oneLine, t } from "../text.ts";
import { withChange } from "./draft.ts";
import type { PlanPage } from "./plan-page.ts";

type Choice = Omit<StepModification, "stepId">;

/**
 * Decides about all steps at once that have no agent: where a folder has no agents yet, these are all steps of a spec that another
 * tool made.
 */
export function UndecidedSteps({ page, steps }: { page: PlanPage; steps: readonly PlanStep[] }): JSX.Element {
  const decide = (choice: Choice): void => {
    page.setDraft(steps.reduce((draft, { id }) => withChange(draft, { stepId: id, ...choice }), [...page.draft.value]));
  };
  const agents = (page.workspace.value?.agents ?? []).filter(({ available }) => available);
  const wanted = [...new Set(steps.map(({ capability }) => capability))];
  return (
    <li class="diagnostic error">
      <Icon name="error" />
      <span class="diagnostic-text">
        {count(steps.length, "{0} step has no agent.", "{0} steps have no agent.")}{" "}
        <span class="muted">{t("Needed: {0}", wanted.join(", "))}</span>
        <span class="quick-choices">
          <select
            class="field agent-for-all"
            aria-label={t("Agent for all of them")}
            value=""
            onChange={({ currentTarget: { value } }) => {
              if (value !== "") decide({ agent: value });
            }}
          >
            <option value="">{t("Agent for All…")}</option>
            {agents.map(agentOption)}
          </select>
          <Button
            onClick={() => {
              decide({ simulate: true });
            }}
          >
            {t("Simulate All")}
          </Button>
          <Button
            onClick={() => {
              decide({ skip: true });
            }}
          >
            {t("Skip All")}
          </Button>
          <Button
            onClick={() => {
              page.host.tell({ type: "define-agents", capabilities: wanted });
            }}
          >
            {t("Define Agents")}
          </Button>
        </span>
      </span>
    </li>
  );
}

function agentOption({ id, name }: AgentView): JSX.Element {
  return (
    <option key={id} value={id}>
      {name === id ? oneLine(id) : `${oneLine(name)} (${oneLine(id)})`}
    </option>
  );
}
