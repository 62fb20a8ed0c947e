import type { BudgetLevel, LimitStanding } from "../schemas/budget.ts";
import type { WorkspaceView } from "../schemas/operations/subscription.ts";
import { byUse, levelWord, limitName, percent, usedText, useOf, windowWord } from "./budget-words.ts";
import { joined, spokenOf, type Localizer } from "./trees/row.ts";

export interface BudgetStatusText {
  /** With an icon of VS Code; nothing in it comes from a spec or an agent. */
  readonly text: string;
  /** Plain text for people, a line for each limit. */
  readonly tooltip: readonly string[];
  /** For screen readers, without icons. */
  readonly spoken: string;
  readonly level: BudgetLevel;
}

const MOST_LIMITS = 12;
const ICONS: Readonly<Record<BudgetLevel, string>> = {
  below: "$(credit-card)",
  threshold: "$(warning)",
  limit: "$(error)",
};

/** The limit that is used up most, of all folders; null: nobody needs to see one now. */
export function budgetStatusOf(
  views: readonly (Pick<WorkspaceView, "limits" | "progress"> | null)[],
  l10n: Localizer,
): BudgetStatusText | null {
  const limits = byUse(views.flatMap((view) => view?.limits ?? []));
  const [first] = limits;
  if (first === undefined) return null;
  const goesOn = views.some((view) => (view?.progress.length ?? 0) > 0);
  // What an execution has spent of its own budget stands beside its progress already.
  const isNews = first.level !== "below" || (goesOn && limits.some(({ policy }) => policy !== null));
  if (!isNews) return null;
  const share = l10n.t("Budget {0} %", percent(useOf(first).share));
  const rest = limits.length - MOST_LIMITS;
  return {
    text: `${ICONS[first.level]} ${share}`,
    spoken: spokenOf(share, levelWord(first.level, l10n), limitName(first, l10n)),
    tooltip: [
      ...limits.slice(0, MOST_LIMITS).map((limit) => limitLine(limit, l10n)),
      ...(rest > 0 ? [l10n.t("and {0} more", rest)] : []),
    ],
    level: first.level,
  };
}

function limitLine(limit: LimitStanding, l10n: Localizer): string {
  const share = l10n.t("{0} % used", percent(useOf(limit).share));
  const parts = joined(share, levelWord(limit.level, l10n), usedText(limit, l10n), windowWord(limit.window, l10n));
  return `${limitName(limit, l10n)}: ${parts}`;
}
