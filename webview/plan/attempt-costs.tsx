import type { JSX } from "preact";
import type { AttemptView } from "../../schemas/execution.ts";
import { money, oneLine, t, visible } from "../text.ts";
import { Fact } from "./inspector-parts.tsx";
import { certaintyWord } from "./totals.ts";

const REFUSALS_SHOWN = 5;

/** What an attempt has cost, so far while it runs, and what it said of costs that could not be booked. */
export function AttemptCosts({ attempt }: { attempt: AttemptView }): JSX.Element {
  const { costs, refused, outcome } = attempt;
  const more = refused.length - REFUSALS_SHOWN;
  return (
    <>
      {costs.map((cost, index) => (
        <Fact key={index} name={outcome === null ? t("Cost so far") : t("Cost")}>
          {money(cost.amount, cost.currency)}{" "}
          <span class="muted">
            {[certaintyWord(cost.certainty), oneLine(cost.service)].filter((part) => part !== "").join(", ")}
          </span>
        </Fact>
      ))}
      {refused.slice(0, REFUSALS_SHOWN).map(({ said, reason }, index) => (
        <Fact key={index} name={t("Refused cost")}>
          <code>{visible(said)}</code> <span class="muted">{t("because {0}", visible(reason))}</span>
        </Fact>
      ))}
      {more > 0 && <Fact name={t("Refused cost")}>{t("and {0} more", more)}</Fact>}
    </>
  );
}
