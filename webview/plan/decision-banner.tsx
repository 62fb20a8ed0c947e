import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Decision, DecisionChoice } from "../../schemas/decision.ts";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { money, oneLine, t, visible } from "../text.ts";
import { own, whyBusy } from "./actions-of.ts";
import { changeOf } from "./draft.ts";
import { AskedLimit } from "./limits.tsx";
import { answer } from "./plan-commands.ts";
import type { PlanPage } from "./plan-page.ts";

/** What waits for a person, with exactly the choices that there are. */
export function DecisionBanner({ page, decision }: { page: PlanPage; decision: Decision }): JSX.Element {
  const { title, message, choices, currency, stepId, executionId } = decision;
  const [amount, setAmount] = useState("");
  const busy = whyBusy(page);
  const asked = decision.amount;
  const entered = amount.trim() === "" ? null : Number(amount);
  const isWrong = entered !== null && !(Number.isFinite(entered) && entered > 0 && entered <= 1_000_000_000);
  const isChanged = changeOf(page.draft.value, stepId) !== null;
  return (
    <Banner
      kind="warning"
      actions={
        <>
          {choices.includes("allow") && (
            <label class="amount">
              <span class="sr-only">{t("Amount to add to the limit, in {0}", currency)}</span>
              <input
                class="field"
                inputMode="decimal"
                size={8}
                placeholder={asked === null ? "" : money(asked, currency).replace(` ${currency}`, "")}
                value={amount}
                aria-invalid={isWrong}
                onInput={(event) => {
                  setAmount(event.currentTarget.value);
                }}
              />
              {currency}
            </label>
          )}
          {choices.map((choice, index) => (
            <Button
              key={choice}
              primary={index === 0}
              disabledBecause={busy ?? (choice === "allow" && isWrong ? t("Enter an amount above 0.") : null)}
              onClick={() => own(page, answer(page, decision, choice, choice === "allow" ? entered : null))}
            >
              {choiceWord(choice, isChanged)}
            </Button>
          ))}
        </>
      }
    >
      <div>
        <strong>{visible(message)}</strong>
      </div>
      {decision.kind === "budget" && <AskedLimit page={page} decision={decision} />}
      <div class="muted">
        {asked === null ? "" : t("Asked for: {0}. ", money(asked, currency))}
        <button
          type="button"
          class="link"
          onClick={() => {
            page.openInspector(stepId);
          }}
        >
          {t("Show “{0}”", oneLine(title))}
        </button>{" "}
        <button
          type="button"
          class="link"
          onClick={() => {
            page.host.tell({ type: "open-log", executionId, stepId });
          }}
        >
          {t("Open its log")}
        </button>
      </div>
    </Banner>
  );
}

/** What a choice is called. One that is not known here keeps its own name, so that later kinds of decisions can be answered, too. */
function choiceWord(choice: DecisionChoice, isChanged: boolean): string {
  const words: Readonly<Record<string, string>> = {
    retry: isChanged ? t("Retry with Changes") : t("Retry"),
    skip: t("Skip"),
    allow: t("Allow"),
    allow_once: t("Allow Once"),
    allow_session: t("Allow in This Execution"),
    allow_always: t("Always Allow"),
    reject: t("Reject"),
    abort: t("Stop Execution"),
  };
  return words[choice] ?? choice;
}
